/** Plots as SVG, written by hand: they read in light and in dark mode, and are the same for the same rows. */
import type { Row } from '../results.ts'
import type { Plot } from './commentary.ts'
import { tickText, withUnit } from './number-text.ts'
import { drawLines } from './line-plot.ts'
import { axisTicks, type Axis, label, scaleOf, svg, text } from './svg.ts'

const width = 760
const right = 118
const barHeight = 16
const barGap = 5
const panelGap = 34
const top = 56

/** The plot of one figure, or undefined where the rows do not have it. */
export function drawPlot(plot: Plot, rows: readonly Row[]): string | undefined {
  const drawn = rows.filter(
    ({ figure, group }) => figure === plot.figure && (plot.groups === undefined || plot.groups.includes(group)),
  )
  if (drawn.length === 0) return undefined
  return plot.kind === 'lines' ? drawLines(plot, drawn) : drawBars(plot, drawn)
}

/** A panel for each group, a bar for each system; whiskers reach from the lowest to the highest round. */
function drawBars(plot: Plot, rows: readonly Row[]): string {
  // The name of the only system says nothing.
  const isAlone = new Set(rows.map(({ system, variant }) => (variant === '' ? '' : system))).size === 1
  const nameOf = (row: Row) => (isAlone && row.variant !== '' ? row.variant : label(row))
  const left = Math.max(150, 28 + Math.max(...rows.map((row) => nameOf(row).length)) * 6.6)
  const axis = scaleOf(
    rows.flatMap(({ spread }) => spread),
    plot.scale ?? 'linear',
    { from: left, to: width - right, forBars: true },
  )
  const groups = [...Map.groupBy(rows, ({ group }) => group)]
  const parts: string[] = []
  let y = top
  for (const [group, inGroup] of groups) {
    parts.push(text(16, y + 4, group, 'group'))
    y += 16
    const start = y
    for (const row of inGroup) {
      parts.push(barOf(row, { name: nameOf(row), isAlone }, axis, y))
      y += barHeight + barGap
    }
    parts.unshift(gridOf(axis, start - 4, y))
    y += panelGap - barGap - 16
  }
  const foot = y - panelGap + 16 + 22
  const { unit, better } = rows[0]!
  parts.push(...axisTicks(axis).map((tick) => text(axis.at(tick), foot, tickText(tick, unit), 'tick', 'middle')))
  const scale = plot.scale === 'log' ? ', logarithmic' : ''
  parts.push(text(left, foot + 18, `${plot.figure}${unit === '' ? '' : `, ${unit}`}${scale}; ${better} is better`, 'tick'))
  return svg(width, foot + 30, plot.title, parts)
}

function barOf(row: Row, { name, isAlone }: { readonly name: string; readonly isAlone: boolean }, axis: Axis, y: number): string {
  const [lowest, highest] = row.spread
  const end = axis.at(row.best)
  const middle = y + barHeight / 2
  const kind = row.system === 'zonecast' ? 'ours' : 'peer'
  // A bar too short to see still shows that it is there.
  const length = Math.max(1.5, end - axis.start)
  const whisker =
    lowest === highest
      ? ''
      : `<path class="whisker" d="M${axis.at(lowest).toFixed(1)} ${middle}H${axis.at(highest).toFixed(1)}M${axis.at(highest).toFixed(1)} ${middle - 4}v8M${axis.at(lowest).toFixed(1)} ${middle - 4}v8"/>`
  return (
    text(axis.start - 8, middle + 4, name, kind === 'ours' && !isAlone ? 'name-ours' : 'name', 'end') +
    `<rect class="${kind}" x="${axis.start}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>` +
    whisker +
    text(Math.max(end, axis.at(highest)) + 8, middle + 4, withUnit(row.best, row.unit), 'value')
  )
}

function gridOf(axis: Axis, from: number, to: number): string {
  const lines = axisTicks(axis).map((tick) => `M${axis.at(tick).toFixed(1)} ${from}V${to}`)
  return `<path class="grid" d="${lines.join('')}"/>`
}

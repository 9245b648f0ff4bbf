/** Lines over a number: one a system and variant, a dot at each group. */
import type { Row } from '../results.ts'
import type { Plot } from './commentary.ts'
import { plain, tickText } from './number-text.ts'
import { type Axis, axisTicks, label, scaleOf, svg, text } from './svg.ts'

const width = 760
const height = 360
const area = { left: 76, right: 30, top: 76, bottom: 58 }

export function drawLines(plot: Plot, rows: readonly Row[]): string {
  const placed = rows.filter((row): row is Row & { x: number } => row.x !== undefined)
  const across = scaleOf(
    placed.map(({ x }) => x),
    'log',
    { from: area.left, to: width - area.right },
  )
  const up = scaleOf(
    placed.flatMap(({ spread }) => spread),
    plot.scale ?? 'linear',
    { from: height - area.bottom, to: area.top },
  )
  const series = [...Map.groupBy(placed, label)]
  const { unit, better } = rows[0]!
  const scale = plot.scale === 'log' ? ', logarithmic' : ''
  return svg(width, height, plot.title, [
    text(16, 46, `${plot.figure}${unit === '' ? '' : `, ${unit}`}${scale}; ${better} is better`, 'tick'),
    ...gridOf(across, up, unit),
    text((area.left + width - area.right) / 2, height - 12, `${plot.xTitle ?? ''}, logarithmic`, 'tick', 'middle'),
    ...series.map(([name, points], index) => lineOf(name, points, index, across, up)),
  ])
}

function gridOf(across: Axis, up: Axis, unit: string): string[] {
  const ticks = axisTicks(up)
  const lines = ticks.map((tick) => `M${area.left} ${up.at(tick).toFixed(1)}H${width - area.right}`).join('')
  return [
    `<path class="grid" d="${lines}"/>`,
    ...ticks.map((tick) => text(area.left - 8, up.at(tick) + 4, tickText(tick, unit), 'tick', 'end')),
    ...axisTicks(across).map((tick) => text(across.at(tick), height - area.bottom + 20, plain(tick), 'tick', 'middle')),
  ]
}

const colours = 5

function lineOf(name: string, points: readonly (Row & { x: number })[], index: number, across: Axis, up: Axis): string {
  const colour = index % colours
  const sorted = points.toSorted((a, b) => a.x - b.x)
  const at = sorted.map(({ x, best }) => `${across.at(x).toFixed(1)} ${up.at(best).toFixed(1)}`)
  const spreads = sorted.map(
    ({ x, spread: [lowest, highest] }) => `M${across.at(x).toFixed(1)} ${up.at(lowest).toFixed(1)}V${up.at(highest).toFixed(1)}`,
  )
  const dots = sorted.map(
    ({ x, best }) => `<circle class="d${colour}" cx="${across.at(x).toFixed(1)}" cy="${up.at(best).toFixed(1)}" r="3.5"/>`,
  )
  const legendX = area.left + (index % 3) * 220
  const legendY = 62 + Math.floor(index / 3) * 14
  return [
    `<path class="whisker" d="${spreads.join('')}"/>`,
    `<path class="line s${colour}" d="M${at.join('L')}"/>`,
    ...dots,
    `<circle class="d${colour}" cx="${legendX + 4}" cy="${legendY - 4}" r="4"/>`,
    text(legendX + 14, legendY, name, 'value'),
  ].join('')
}

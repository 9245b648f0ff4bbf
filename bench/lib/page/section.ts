/** One benchmark's section of the page: claims, plots, standing, tables. */
import type { Results, Row } from '../results.ts'
import { machineText } from '../machine.ts'
import { judge, standing, standingText } from './checks.ts'
import type { Claim, Commentary } from './commentary.ts'
import { plain, times, withUnit } from './number-text.ts'
import { drawPlot } from './plot.ts'
import { label } from './svg.ts'

export interface Section {
  readonly name: string
  readonly commentary: Commentary
  readonly results: Results & { readonly rows: readonly Row[] }
}

export interface RenderedSection {
  readonly markdown: string
  /** SVG files by their name. */
  readonly plots: ReadonlyMap<string, string>
}

const saidBy = { post: 'The post', target: 'Our target' } as const

export function renderSection({ name, commentary, results }: Section): RenderedSection {
  const { rows, machine, command } = results
  const plots = new Map<string, string>()
  for (const [index, plot] of commentary.plots.entries()) {
    const drawn = drawPlot(plot, rows)
    if (drawn !== undefined) plots.set(`${name}-${index + 1}.svg`, drawn)
  }
  const images = [...plots.keys()].map(
    (file) => `![${commentary.plots[Number(file.slice(name.length + 1, -4)) - 1]!.title}](benchmarks/${file})`,
  )
  const markdown = [
    `## ${commentary.title}`,
    ...commentary.claims.map((claim) => claimText(claim, rows)),
    ...commentary.how,
    ...images,
    standingList(commentary, rows),
    ...tables(commentary, rows),
    ...(commentary.notes ?? []).map((note) => `> ${note}`),
    `\`${command}\` on ${machineText(machine)}`,
  ]
  return { markdown: markdown.filter((part) => part !== '').join('\n\n'), plots }
}

export function claimText(claim: Claim, rows: readonly Row[]): string {
  const { word, verdicts } = judge(claim, rows)
  const lines = verdicts.map(({ holds, text }) => `- ${holds === undefined ? '' : holds ? '✓ ' : '✗ '}${text}`)
  const shortfall = claim.shortfall && word !== 'holds' ? `*Why, and what it would take:* ${claim.shortfall}` : ''
  return [`**${saidBy[claim.by]}:** ${claim.says} — **${word}**`, lines.join('\n'), claim.aside ?? '', shortfall]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** Who is ahead in what is plotted, whoever that is. */
function standingList({ plots }: Commentary, rows: readonly Row[]): string {
  const lines = [...new Set(plots.map(({ figure }) => figure))].flatMap((figure) =>
    [...new Set(rows.filter((row) => row.figure === figure).map(({ group }) => group))].flatMap((group) => {
      const found = standing(group, figure, rows)
      return found.before.length + found.behind.length === 0 || !hasOurs(group, figure, rows)
        ? []
        : [`- ${group}, ${figure}: ${standingText(found)}.`]
    }),
  )
  return lines.length === 0 ? '' : ['Where zonecast stands:', lines.join('\n')].join('\n\n')
}

const hasOurs = (group: string, figure: string, rows: readonly Row[]): boolean =>
  rows.some((row) => row.group === group && row.figure === figure && row.system === 'zonecast')

/** A table a group. */
function tables({ hidden = [] }: Commentary, rows: readonly Row[]): string[] {
  const shown = rows.filter(({ figure }) => !hidden.includes(figure))
  return [...Map.groupBy(shown, ({ group }) => group)].map(([group, inGroup]) => tableOf(group, inGroup))
}

function tableOf(group: string, rows: readonly Row[]): string {
  const systems = [...new Set(rows.map(label))]
  const figures = [...new Set(rows.map(({ figure }) => figure))]
  const cell = (system: string, figure: string) => {
    const row = rows.find((one) => label(one) === system && one.figure === figure)
    return row === undefined ? '' : cellText(row)
  }
  // The longer side goes down.
  if (systems.length === 1)
    return markdownTable(
      [group, systems[0]!],
      figures.map((figure) => [figure, cell(systems[0]!, figure)]),
    )
  return markdownTable(
    [group, ...figures],
    systems.map((system) => [system, ...figures.map((figure) => cell(system, figure))]),
  )
}

/** The best of the rounds, the lowest and the highest, and how many times better the reference is. */
function cellText({ best, spread: [lowest, highest], unit, ratio }: Row): string {
  const range = lowest === highest ? '' : ` (${plain(lowest)}–${plain(highest)})`
  return `${withUnit(best, unit)}${inUnit(range, best, unit, lowest, highest)}${ratio === undefined ? '' : `; ${times(ratio)}`}`
}

/** Where the unit was changed for reading, the range is in it too. */
function inUnit(range: string, best: number, unit: string, lowest: number, highest: number): string {
  return range === '' || withUnit(best, unit).endsWith(` ${unit}`) || unit === ''
    ? range
    : ` (${withUnit(lowest, unit)}–${withUnit(highest, unit)})`
}

function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...body.map(line)].join('\n')
}

/** Results of a benchmark: rows of figures, kept in a file with the machine and the command. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { round } from './figures.ts'
import type { Machine } from './machine.ts'
import { isQuick } from './rounds.ts'

/** Short runs leave the committed results alone. */
export const resultsFolder = isQuick ? join(tmpdir(), 'zonecast-bench/') : fileURLToPath(new URL('../results/', import.meta.url))

/** The name of our own system in every benchmark. */
export const ours = 'zonecast'

/** One figure of one system in one round. */
export interface Measure {
  /** What is compared with each other, such as `10 records`: a part of the plot and of the table. */
  readonly group: string
  /** Who was measured: `zonecast`, or the peer with its version. */
  readonly system: string
  /** How it was set up: `defaults`, `tuned`, or empty. */
  readonly variant: string
  /** What was measured, such as `sent → answered, p50`. */
  readonly figure: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly value: number
  /** The group as a number, where there is one: lines are drawn along it. */
  readonly x?: number
}

/** One figure of one system over all rounds. */
export interface Row extends Omit<Measure, 'value'> {
  readonly rounds: readonly number[]
  readonly best: number
  /** The lowest and the highest of the rounds. */
  readonly spread: readonly [lowest: number, highest: number]
  /** How many times better our best is than this best, in the same group: above 1 we are ahead, below 1 this row is. */
  readonly ratio?: number
  /** The same in each round, lowest and highest: what was measured one after the other is compared. */
  readonly ratioSpread?: readonly [lowest: number, highest: number]
}

export interface Results {
  readonly command: string
  readonly machine: Machine
  readonly rows?: readonly Row[]
}

/** Joins the rounds; rows come in the order in which their first measures came. The first row of `reference` is what ratios are to. */
export function rowsOf(measures: readonly Measure[], reference: string = ours): Row[] {
  const keyOf = ({ group, system, variant, figure }: Measure) => JSON.stringify([group, figure, system, variant])
  const rows = [...Map.groupBy(measures, keyOf).values()].map((all) => joined(all))
  return rows.map((row) => {
    const to = rows.find(({ group, figure, system }) => group === row.group && figure === row.figure && system === reference)
    return to === undefined || to === row ? row : { ...row, ...ratios(to, row) }
  })
}

function joined(all: readonly Measure[]): Row {
  const { value: _, ...what } = all[0]!
  const rounds = all.map(({ value }) => round(value))
  const [lowest, highest] = [Math.min(...rounds), Math.max(...rounds)]
  return { ...what, rounds, best: what.better === 'lower' ? lowest : highest, spread: [lowest, highest] }
}

function ratios(to: Row, { better, rounds, best }: Row): Pick<Row, 'ratio' | 'ratioSpread'> {
  const ratio = (a: number, b: number) => (better === 'lower' ? b / a : a / b)
  const pairs = rounds.flatMap((value, i) => (to.rounds[i] === undefined ? [] : [ratio(to.rounds[i], value)]))
  const all = [ratio(to.best, best), ...pairs]
  if (!all.every(Number.isFinite)) return {}
  return { ratio: round(all[0]!), ratioSpread: [round(Math.min(...pairs)), round(Math.max(...pairs))] }
}

/** Writes the file of a benchmark; `figures.rows` is what the page shows, and whatever else there is stays beside it. */
export function saveResults(
  name: string,
  machine: Machine,
  figures: Readonly<Record<string, unknown>> & { readonly rows?: readonly Row[] },
): string {
  mkdirSync(resultsFolder, { recursive: true })
  const path = `${resultsFolder}${name}.json`
  writeFileSync(path, `${JSON.stringify({ command: `npm run bench ${name}`, machine, ...figures }, undefined, 2)}\n`)
  return path
}

/** From pairs of slices to rows: medians, and between them the half of the slices that lies around each. */
import { percentile, round } from '../lib/figures.ts'
import { type Measure, ours, type Row } from '../lib/results.ts'
import type { Pair } from './slices.ts'

export const nobody = 'no guard'
export const onCore = "server's time on a core for a call"
export const latency = 'a call that is alone'
/** The guarded slice to the one beside it. */
export const ratioOf = (figure: string): string => `${figure}, with its look to without`

type Place = Pick<Measure, 'group' | 'variant'>

export function rowsOfPairs(place: Place, pairs: readonly Pair[]): Row[] {
  return [
    ...rowsOfFigure(
      place,
      onCore,
      'µs',
      pairs.map(({ cpuMicros }) => cpuMicros),
    ),
    ...rowsOfFigure(
      place,
      latency,
      'ms',
      pairs.map(({ latencyMs }) => latencyMs),
    ),
  ]
}

function rowsOfFigure(place: Place, figure: string, unit: string, pairs: readonly (readonly [number, number])[]): Row[] {
  const row = (system: string, of: string, its: string, values: readonly number[]): Row => ({
    ...place,
    system,
    figure: of,
    unit: its,
    better: 'lower',
    rounds: tenths(values),
    best: round(percentile(values, 0.5)),
    spread: [round(percentile(values, 0.25)), round(percentile(values, 0.75))],
  })
  return [
    row(
      nobody,
      figure,
      unit,
      pairs.map(([without]) => without),
    ),
    row(
      ours,
      figure,
      unit,
      pairs.map(([, guarded]) => guarded),
    ),
    row(
      ours,
      ratioOf(figure),
      '×',
      pairs.map(([without, guarded]) => guarded / without),
    ),
  ]
}

/** The median of each tenth of the time: whether it is the same from beginning to end. */
function tenths(values: readonly number[]): number[] {
  const length = Math.max(1, Math.ceil(values.length / 10))
  return Array.from({ length: Math.ceil(values.length / length) }, (_, i) =>
    round(percentile(values.slice(i * length, (i + 1) * length), 0.5)),
  )
}

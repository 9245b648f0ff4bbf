/** What the programs' own metrics say about the steps of a change. */
import type { System } from '../../conformance/lib/system.ts'

interface Total {
  readonly seconds: number
  readonly count: number
}

export type StepTotals = ReadonlyMap<string, Total>

/** Time and count of each step so far, by `app step`. */
export async function stepTotals(system: System, apps: readonly string[]): Promise<StepTotals> {
  const totals = new Map<string, { seconds: number; count: number }>()
  for (const app of apps) {
    const response = await fetch(`http://127.0.0.1:${system.app(app).ready.port}/metrics`)
    for (const line of (await response.text()).split('\n')) {
      const [, kind, step, value] = /^zonecast_step_seconds_(sum|count)\{.*step="(\w+)".*\} (\S+)/.exec(line) ?? []
      if (step === undefined) continue
      const total = totals.get(`${app} ${step}`) ?? { seconds: 0, count: 0 }
      totals.set(`${app} ${step}`, { ...total, [kind === 'sum' ? 'seconds' : 'count']: Number(value) })
    }
  }
  return totals
}

export interface StepMean {
  readonly step: string
  readonly meanMs: number
  readonly count: number
}

/** Mean time of each step that happened in between. */
export function stepMeans(before: StepTotals, after: StepTotals): StepMean[] {
  return [...after].flatMap(([step, { seconds, count }]) => {
    const earlier = before.get(step) ?? { seconds: 0, count: 0 }
    const times = count - earlier.count
    return times === 0 ? [] : [{ step, meanMs: ((seconds - earlier.seconds) / times) * 1000, count: times }]
  })
}

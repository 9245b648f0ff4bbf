/** `zonectl trace`: the way of a recent change, step by step and program by program. */
import type { ChangeRecord, StateSteps } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { timeFromMessage } from '@zonecast/contract'
import { steps as pathSteps } from '@zonecast/runtime'
import { CliError } from '../failure.ts'
import { timeText } from '../output/json.ts'
import { fields, table } from '../output/table.ts'
import { formatMs } from '../output/text.ts'
import type { Run } from '../run.ts'

export interface StepJson {
  readonly zone: string
  readonly version: number
  readonly step: string
  readonly program: string
  readonly edgeId: string | null
  /** Milliseconds from the first step. */
  readonly startMs: number
  readonly durationMs: number
}

export async function trace(run: Run, [changeId = '']: string[]): Promise<void> {
  const api = await run.api()
  const { change, traceId, steps } = await api.changes.getTrace({ changeId })
  const { startedAtMs, spans } = stepsJson(steps)
  if (spans.length === 0) {
    throw new CliError(`no steps of ${changeId} are known any more`, 1, [
      'the zone API keeps those of recent changes, in memory; "zonectl change show" tells what stays',
    ])
  }
  const startedAt = new Date(startedAtMs).toISOString()
  const json = { changeId, traceId: traceId || null, committedAt: timeText(change?.committedAt), startedAt, steps: spans }
  await run.emit(
    json,
    () => `${fields({ change: changeId, trace: traceId, from: startedAt })}\n${waterfall(spans, ownVersions(change))}`,
  )
}

/** Steps that begin together stand in the order of the path: the wait for an acknowledgement begins with the release. */
const path: readonly string[] = pathSteps

/** All steps by when they began. Clocks of other machines may differ: a step may seem to begin before what it follows from. */
export function stepsJson(states: readonly StateSteps[]): { startedAtMs: number; spans: StepJson[] } {
  const found = states.flatMap(({ zone, version, steps: taken }) =>
    taken.flatMap(({ step, program, edgeId, startedAt, endedAt }) => {
      if (!startedAt || !endedAt) return []
      const startMs = timeFromMessage(startedAt)
      return [{ zone, version: Number(version), step, program, edgeId: edgeId || null, startMs, endMs: timeFromMessage(endedAt) }]
    }),
  )
  const startedAtMs = Math.min(...found.map(({ startMs }) => startMs))
  const spans = found
    .toSorted((a, b) => a.startMs - b.startMs || path.indexOf(a.step) - path.indexOf(b.step))
    .map(({ endMs, ...span }) => ({
      ...span,
      startMs: micros(span.startMs - startedAtMs),
      durationMs: micros(endMs - span.startMs),
    }))
  return { startedAtMs, spans }
}

function micros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

const barWidth = 40

/** The version that the change made of each of its zones. */
function ownVersions(change: ChangeRecord | undefined): Map<string, number> {
  return new Map(change?.effects.map(({ zone, state }) => [zone, Number(state?.version ?? 0)]))
}

/** A line a step, with a bar where it lies between the first and the last; a step that a later version took for the change says so. */
export function waterfall(spans: readonly StepJson[], own: ReadonlyMap<string, number>): string {
  const end = Math.max(...spans.map(({ startMs, durationMs }) => startMs + durationMs), 0.001)
  const zones = new Set(spans.map(({ zone }) => zone))
  return table(
    [
      { title: 'STEP' },
      { title: 'PROGRAM' },
      { title: 'EDGE' },
      { title: 'START', align: 'right' },
      { title: 'TOOK', align: 'right' },
      { title: '' },
    ],
    spans.map(({ zone, version, step, program, edgeId, startMs, durationMs }) => {
      const from = Math.min(barWidth - 1, Math.floor((startMs / end) * barWidth))
      const width = Math.max(1, Math.min(barWidth - from, Math.round((durationMs / end) * barWidth)))
      const bar = `${' '.repeat(from)}${'▒'.repeat(width)}${' '.repeat(barWidth - from - width)}`
      const of = zones.size > 1 ? ` ${zone} ${version}` : ''
      const later = version > (own.get(zone) ?? version) ? ` with version ${version}` : ''
      return [step, program, edgeId ?? '', `+${formatMs(startMs)}`, formatMs(durationMs), `${bar}${of || later}`]
    }),
  )
}

/** Steps that changes have taken here and at edges: told to the zone API, and recorded as spans where these are exported. */
import { type Clock, recordStep, type Step } from '@zonecast/runtime'
import type { ZoneState } from '@zonecast/zone'

export interface StepEntry {
  readonly zone: string
  readonly generation: bigint
  readonly version: bigint
  readonly step: Step
  readonly program: string
  /** Empty for what is done once for all edges. */
  readonly edgeId: string
  /** Unix milliseconds with a fraction. */
  readonly startMs: number
  readonly endMs: number
}

export interface StepPlace {
  readonly zone: string
  readonly state: Pick<ZoneState, 'generation' | 'version'>
  readonly edgeId?: string
  /** The context that the step belongs to. */
  readonly traceparent: string
}

export interface StepLogPorts {
  readonly publisherId: string
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Takes a step that is to be told. */
  readonly tell: (entry: StepEntry) => void
}

/** Steps told a second, and at once after a pause: a trace is there to look at one change, not to slow ten thousand down. */
const perSecond = 500
const burst = 1_000
/** States whose shared steps are remembered, so that each is told once and not for every edge. */
const mostStates = 1_024

export class StepLog {
  readonly #ports: StepLogPorts
  readonly #told = new Set<string>()
  #tokens = burst
  #filledMs: number

  constructor(ports: StepLogPorts) {
    this.#ports = ports
    this.#filledMs = ports.clock.monotonicMs()
  }

  /** Notes a step that is over, and returns the context for what follows from it. */
  note(step: Step, place: StepPlace, startMs: number, endMs: number): string {
    const { zone, state, edgeId = '', traceparent } = place
    const { generation, version } = state
    if (edgeId === '' && !this.#isFirst(`${step} ${generation} ${version} ${zone}`)) return traceparent
    const { publisherId, tell } = this.#ports
    // Those of the edge are the edge's own spans.
    const isOurs = step !== 'apply' && step !== 'answer'
    if (this.#hasToken()) {
      tell({ zone, generation, version, step, program: isOurs ? publisherId : edgeId, edgeId, startMs, endMs })
    }
    const attributes = { 'zonecast.zone': zone, 'zonecast.version': Number(version), ...(edgeId && { 'zonecast.edge': edgeId }) }
    return isOurs ? recordStep(traceparent, { name: step, startMs, endMs, attributes }) : traceparent
  }

  #isFirst(key: string): boolean {
    if (this.#told.has(key)) return false
    this.#told.add(key)
    if (this.#told.size > mostStates) this.#told.delete(this.#told.values().next().value as string)
    return true
  }

  #hasToken(): boolean {
    const nowMs = this.#ports.clock.monotonicMs()
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledMs) * perSecond) / 1_000)
    this.#filledMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}

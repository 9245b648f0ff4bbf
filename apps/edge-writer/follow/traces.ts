/** The trace that a zone's last applied state belongs to, until it is answered. */
import { recordStep } from '@zonecast/runtime'
import type { Answered } from './answer-watch.ts'

/** Zones that wait for their answer; of those beyond it the trace ends with the applying. */
const mostZones = 1_024

export class Traces {
  readonly #zones = new Map<string, string>()

  /** A state is being applied, within this context. */
  applying(zone: string, traceparent: string | undefined): void {
    if (traceparent === undefined) return
    this.#zones.delete(zone)
    this.#zones.set(zone, traceparent)
    if (this.#zones.size > mostZones) this.#zones.delete(this.#zones.keys().next().value as string)
  }

  answered({ zone, state, askedAt, at }: Answered): void {
    const traceparent = this.#zones.get(zone)
    this.#zones.delete(zone)
    if (traceparent === undefined) return
    const attributes = { 'zonecast.zone': zone, 'zonecast.version': Number(state.version) }
    recordStep(traceparent, { name: 'answer', startMs: askedAt, endMs: Math.max(at, askedAt), attributes })
  }
}

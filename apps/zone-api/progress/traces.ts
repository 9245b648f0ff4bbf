/** Steps that recent changes took, program by program: what `GetTrace` tells. */
import { recordStep, type Step } from '@zonecast/runtime'
import type { ZoneState } from '@zonecast/zone'

export interface StepSpan {
  readonly step: string
  readonly program: string
  /** Empty for what is done once for all. */
  readonly edgeId: string
  /** Unix milliseconds with a fraction. */
  readonly startMs: number
  readonly endMs: number
}

export interface StateSteps {
  readonly zone: string
  readonly generation: bigint
  readonly version: bigint
  readonly steps: readonly StepSpan[]
}

type Place = Pick<StateSteps, 'zone' | 'generation' | 'version'>

interface Known extends Place {
  traceparent: string
  readonly steps: Map<string, StepSpan>
}

/** States that are remembered over all zones, some kilobytes each. */
const mostStates = 4_096
/** Versions of one zone, so that a busy one does not push all others out. */
const mostOfZone = 256
const mostStepsOfState = 256

const program = 'zone-api'

export class Traces {
  /** By zone, in the order in which they were first told of. */
  readonly #zones = new Map<string, Map<string, Known>>()
  #size = 0

  /** A step of the zone API itself; recorded as a span where these are exported. Returns the context for what follows. */
  own(step: Step, place: Place & { readonly traceparent: string }, startMs: number, endMs: number): string {
    const { zone, version, traceparent } = place
    this.take({ ...place, steps: [{ step, program, edgeId: '', startMs, endMs }] })
    const known = this.#state(place)
    known.traceparent ||= traceparent
    const attributes = { 'zonecast.zone': zone, 'zonecast.version': Number(version) }
    return recordStep(traceparent, { name: step, startMs, endMs, attributes })
  }

  /** Of a step that is told twice, as by two publishers of one edge, the first counts. */
  take({ steps, ...place }: StateSteps): void {
    const known = this.#state(place)
    for (const span of steps) {
      const key = `${span.step} ${span.program} ${span.edgeId}`
      if (known.steps.size < mostStepsOfState && !known.steps.has(key)) known.steps.set(key, span)
    }
  }

  traceparentOf(place: Place): string {
    return this.#zones.get(place.zone)?.get(keyOf(place))?.traceparent ?? ''
  }

  /** The steps of a change in one zone; what it did not take by itself, a later version of the generation took for it. */
  of(zone: string, { generation, version }: Pick<ZoneState, 'generation' | 'version'>): StateSteps[] {
    const states = [...(this.#zones.get(zone)?.values() ?? [])]
      .filter((known) => known.generation === generation && known.version >= version)
      .toSorted((a, b) => Number(a.version - b.version))
    const seen = new Set<string>()
    return states.flatMap((known) => {
      const steps = [...known.steps].flatMap(([key, span]) => {
        const isOwn = span.program !== program || known.version === version
        if (seen.has(key) || !isOwn) return []
        seen.add(key)
        return [span]
      })
      return steps.length > 0 ? [{ zone, generation, version: known.version, steps }] : []
    })
  }

  #state(place: Place): Known {
    const zone = this.#zones.get(place.zone) ?? new Map<string, Known>()
    const key = keyOf(place)
    let known = zone.get(key)
    if (known) return known
    known = { zone: place.zone, generation: place.generation, version: place.version, traceparent: '', steps: new Map() }
    zone.set(key, known)
    this.#size++
    // The zone that was told of last goes to the end.
    this.#zones.delete(place.zone)
    this.#zones.set(place.zone, zone)
    if (zone.size > mostOfZone) this.#dropOldest(zone)
    while (this.#size > mostStates) {
      const [oldest, states] = this.#zones.entries().next().value as [string, Map<string, Known>]
      this.#dropOldest(states)
      if (states.size === 0) this.#zones.delete(oldest)
    }
    return known
  }

  #dropOldest(zone: Map<string, Known>): void {
    zone.delete(zone.keys().next().value as string)
    this.#size--
  }
}

function keyOf({ generation, version }: Place): string {
  return `${generation} ${version}`
}

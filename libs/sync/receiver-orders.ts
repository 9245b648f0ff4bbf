/** An operator's order to take a zone back: the way out where an edge holds a version that was never committed. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import type { Reset, ResetDone } from './messages.ts'
import type { ReceiverParts } from './receiver-parts.ts'
import type { Trouble } from './receiver-recalls.ts'
import type { Stream } from './receiver-shards.ts'

/** The zone is fetched whole as a damaged one is, and for that one fetch the fence lets an older state through. */
export class Orders {
  readonly #parts: ReceiverParts

  constructor(parts: ReceiverParts) {
    this.#parts = parts
  }

  take(stream: Stream, { order, zone, shard, state, placement, force }: Reset): void {
    const { recalls, stateOf, emit } = this.#parts
    const had = stateOf(zone)
    const isLater = had !== undefined && compareStates(had, state) > 0
    const answer = { order, zone, shard, had }
    if (!isLater && !force) return this.#tell(stream.id, { ...answer, outcome: 'fine', detail: '' })
    const isTaken = recalls.ordered({ zone, shard, placement }, { state, order, stream: stream.id, had })
    if (!isTaken) return this.#tell(stream.id, { ...answer, outcome: 'failed', detail: 'the edge is fetching the zone already' })
    emit({ kind: 'alarm', shard, zone, detail: `an operator orders it back to version ${state.version}` })
  }

  /** The order is carried out, at this state. */
  done(trouble: Trouble, have: ZoneState): void {
    this.#over(trouble, 'done', have, '')
  }

  failed(trouble: Trouble, detail: string): void {
    this.#over(trouble, 'failed', this.#parts.stateOf(trouble.zone), detail)
  }

  #over(trouble: Trouble, outcome: ResetDone['outcome'], have: ZoneState | undefined, detail: string): void {
    const { zone, shard, reset } = trouble
    if (reset === undefined) return
    const { order, stream, had } = reset
    this.#parts.recalls.obeyed(trouble)
    const answer = { order, zone, shard, outcome, had, detail }
    // Each publisher of the shard believed what the edge held before.
    const told = outcome === 'done' ? this.#parts.streamsFor(shard).map(({ id }) => id) : [stream]
    for (const id of told) this.#tell(id, { ...answer, have })
  }

  #tell(stream: number, answer: Omit<ResetDone, 'kind' | 'have'> & { readonly have?: ZoneState | undefined }): void {
    if (!this.#parts.streams.has(stream)) return
    const message: ResetDone = { kind: 'resetDone', have: answer.had, ...answer }
    this.#parts.emit({ kind: 'send', stream, message })
  }
}

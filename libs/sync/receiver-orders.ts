/** An operator's order to take a zone back: the way out where an edge holds a version that was never committed. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import type { Reset, ResetDone } from './messages.ts'
import type { ReceiverParts } from './receiver-parts.ts'
import type { Trouble } from './receiver-recalls.ts'
import type { Stream } from './receiver-shards.ts'
import { Recent } from './recent.ts'

/** Orders whose outcome is remembered, for publishers that pass one on late. */
const mostAnswers = 64

/** The zone is fetched whole as a damaged one is, and for that one fetch the fence lets an older state through. */
export class Orders {
  readonly #parts: ReceiverParts
  readonly #answers = new Recent<ResetDone>(mostAnswers)

  constructor(parts: ReceiverParts) {
    this.#parts = parts
  }

  take(stream: Stream, { order, zone, shard, state, placement, force }: Reset): void {
    const { recalls, stateOf, emit } = this.#parts
    const known = this.#answers.get(String(order))
    if (known !== undefined) return this.#tell([stream.id], known)
    const underway = recalls.get(zone)?.reset
    if (underway?.order === order) return void underway.streams.add(stream.id)
    const had = stateOf(zone)
    const isLater = had !== undefined && compareStates(had, state) > 0
    const answer = { kind: 'resetDone', order, zone, shard, had, have: had } as const
    if (!isLater && !force) return this.#answer([stream.id], { ...answer, outcome: 'fine', detail: '' })
    const isTaken = recalls.ordered({ zone, shard, placement }, { state, order, streams: new Set([stream.id]), had })
    const detail = 'the edge is fetching the zone already'
    if (!isTaken) return this.#answer([stream.id], { ...answer, outcome: 'failed', detail })
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
    const { order, streams, had } = reset
    this.#parts.recalls.obeyed(trouble)
    // Each publisher of the shard believed what the edge held before.
    if (outcome === 'done') for (const { id } of this.#parts.streamsFor(shard)) streams.add(id)
    this.#answer(streams, { kind: 'resetDone', order, zone, shard, outcome, had, have, detail })
  }

  #answer(streams: Iterable<number>, answer: ResetDone): void {
    this.#answers.set(String(answer.order), answer)
    this.#tell(streams, answer)
  }

  #tell(streams: Iterable<number>, message: ResetDone): void {
    for (const stream of streams) if (this.#parts.streams.has(stream)) this.#parts.emit({ kind: 'send', stream, message })
  }
}

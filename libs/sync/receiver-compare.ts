/** Comparisons of set digests: what an edge has against what a publisher says there is. */
import type { Checkpoint } from './messages.ts'
import { afterComparison, difference, levelWithout } from './receiver-checks.ts'
import type { EventOf, ReceiverParts } from './receiver-parts.ts'
import type { Stream } from './receiver-shards.ts'

export class Comparisons {
  readonly #parts: ReceiverParts
  readonly #patience: number

  /** `patience`: see `ReceiverLimits`. */
  constructor(parts: ReceiverParts, patience: number) {
    this.#parts = parts
    this.#patience = patience
  }

  /** A Checkpoint whose link joins. */
  checkpoint(stream: Stream, message: Checkpoint): void {
    const { shard, position } = message.level
    const state = this.#parts.standing.at(shard)
    state.low.pass(message.after, position)
    state.skipped = state.ahead.size > 0 ? state.skipped + 1 : 0
    // A zone that is here in a later state than was mentioned may have moved to other edges since.
    if (state.skipped > this.#patience) state.ahead.clear()
    state.checkpoint = { message, stream: stream.id }
  }

  /**
   * Asks the store what it has, once nothing under way could change that. Mentions that are not settled do not count on either side:
   * a zone that cannot be had hides no other.
   */
  compare(shard: number): void {
    const { standing, streams, headTerm, emit } = this.#parts
    const state = standing.at(shard)
    const { checkpoint, low } = state
    if (checkpoint === undefined) return
    const unsettled = low.unsettled()
    const without = new Set(unsettled.map(({ zone }) => zone))
    if (this.#isBusy(shard, without)) return
    state.checkpoint = undefined
    const stream = streams.get(checkpoint.stream)
    const { level } = checkpoint.message
    if (stream === undefined || level.position !== low.end || !standing.counts(stream)) return
    const live = unsettled.filter((mention) => !mention.state.deleted)
    const terms = live.map((mention) => headTerm(mention.zone, mention.state))
    state.comparing = { level: levelWithout(level, terms), without, stream: stream.id }
    emit({ kind: 'compare', level, without })
  }

  /** A difference that nothing under way explains: the shard is listed again, once for each difference. */
  compared(ours: EventOf<'compared'>): void {
    const { standing, streams } = this.#parts
    const { shard, position } = ours
    const state = standing.at(shard)
    const { comparing } = state
    state.comparing = undefined
    if (comparing?.level.position !== position || state.low.end !== position) return
    if (this.#isBusy(shard, comparing.without)) return
    const stream = streams.get(comparing.stream)
    if (stream === undefined || !standing.counts(stream)) return
    const next = afterComparison(state, difference(comparing.level, ours))
    if (next === 'nothing') return
    this.#alarm(shard, next === 'list' ? 'set digests differ' : 'a listing did not mend the set digest')
    if (next === 'list') this.#relist(shard)
  }

  /** Nobody can tell which zones they were: the shard is listed again. */
  lost({ shard, detail }: EventOf<'lost'>): void {
    this.#alarm(shard, detail)
    this.#relist(shard)
  }

  /** True while a zone that is compared may move, or is later than any mention of it. */
  #isBusy(shard: number, without: ReadonlySet<string>): boolean {
    const { standing, work } = this.#parts
    return (
      standing.at(shard).ahead.size > 0 || (work.busy(shard) > 0 && ![...work.zonesIn(shard)].every((zone) => without.has(zone)))
    )
  }

  #relist(shard: number): void {
    const { standing, streamsFor, teller, emit } = this.#parts
    emit(standing.restart([shard]))
    for (const stream of streamsFor(shard)) if (standing.counts(stream)) teller.position(stream, shard)
  }

  #alarm(shard: number, detail: string): void {
    this.#parts.emit({ kind: 'alarm', shard, zone: undefined, detail })
  }
}

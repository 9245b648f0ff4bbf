/** Comparisons of set digests: what an edge has against what a publisher says there is. */
import type { Checkpoint } from './messages.ts'
import { afterComparison, difference } from './receiver-checks.ts'
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

  /** A difference that nothing under way explains: the shard is listed again, once for each difference. */
  compared(ours: EventOf<'compared'>): void {
    const { shard, position } = ours
    const state = this.#parts.standing.at(shard)
    const { comparing } = state
    state.comparing = undefined
    if (comparing?.level.position !== position || state.low.position !== position || this.#isBusy(shard)) return
    const stream = this.#parts.streams.get(comparing.stream)
    if (stream === undefined || !this.#parts.standing.counts(stream)) return
    const next = afterComparison(state, difference(comparing.level, ours))
    if (next === 'nothing') return
    const detail = next === 'list' ? 'set digests differ' : 'a listing did not mend the set digest'
    this.#parts.emit({ kind: 'alarm', shard, zone: undefined, detail })
    if (next === 'list') this.relist(shard)
  }

  relist(shard: number): void {
    this.#parts.emit(this.#parts.standing.restart([shard]))
    for (const stream of this.#parts.streamsFor(shard))
      if (this.#parts.standing.counts(stream)) this.#parts.teller.position(stream, shard)
  }

  #isBusy(shard: number): boolean {
    const { low, ahead } = this.#parts.standing.at(shard)
    return this.#parts.work.busy(shard) > 0 || low.pending > 0 || ahead.size > 0
  }

  compare(shard: number): void {
    const state = this.#parts.standing.at(shard)
    const { checkpoint, low } = state
    if (checkpoint === undefined || this.#isBusy(shard)) return
    state.checkpoint = undefined
    const stream = this.#parts.streams.get(checkpoint.stream)
    const { level } = checkpoint.message
    if (stream === undefined || level.position !== low.position || !this.#parts.standing.counts(stream)) return
    state.comparing = { level, stream: stream.id }
    this.#parts.emit({ kind: 'compare', level })
  }
}

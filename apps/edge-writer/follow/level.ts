/** Whether the edge has reached the end of what publishers have. */
import type { FollowRequest, FollowResponse } from '@zonecast/sync'

/** Shards of one stream, and where their first Checkpoint stands; undefined until it comes. */
type Ends = Map<number, bigint | undefined>

/**
 * Level once an edge has applied every shard up to the first Checkpoints: those of one stream, or those that it divides among several.
 * It stays so.
 */
export class Level {
  readonly #streams = new Map<number, Ends>()
  /** Streams of which the edge wants some shards. */
  readonly #divided = new Map<number, Ends>()
  readonly #applied: (shard: number) => bigint
  #reached = false

  constructor(applied: (shard: number) => bigint) {
    this.#applied = applied
  }

  get reached(): boolean {
    return this.#reached
  }

  sent(stream: number, message: FollowRequest): void {
    if (this.#reached || message.kind !== 'want') return
    const before = this.#divided.get(stream)
    this.#streams.delete(stream)
    this.#divided.set(stream, new Map(message.shards.map((shard) => [shard, before?.get(shard)])))
  }

  received(stream: number, message: FollowResponse): void {
    if (this.#reached) return
    const wanted = this.#divided.get(stream)
    const ends = wanted ?? this.#streams.get(stream) ?? new Map<number, bigint | undefined>()
    if (wanted === undefined) this.#streams.set(stream, ends)
    if (message.kind === 'welcome') for (const shard of message.shards) ends.set(shard, undefined)
    else if (message.kind === 'resume' && (wanted === undefined || ends.has(message.shard))) ends.set(message.shard, undefined)
    else if (message.kind === 'checkpoint' && (wanted === undefined || ends.has(message.level.shard)))
      ends.set(message.level.shard, ends.get(message.level.shard) ?? message.level.position)
  }

  closed(stream: number): void {
    this.#streams.delete(stream)
    this.#divided.delete(stream)
  }

  /** Looks anew; call it when a position may have moved. */
  look(): void {
    if (this.#reached) return
    const divided: Ends = new Map([...this.#divided.values()].flatMap((ends) => [...ends]))
    if (![...this.#streams.values(), divided].some((ends) => ends.size > 0 && this.#hasAll(ends))) return
    this.#reached = true
    this.#streams.clear()
    this.#divided.clear()
  }

  #hasAll(ends: Ends): boolean {
    for (const [shard, end] of ends) if (end === undefined || this.#applied(shard) < end) return false
    return true
  }
}

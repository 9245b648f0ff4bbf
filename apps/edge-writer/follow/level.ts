/** Whether the edge has reached the end of what a publisher has. */
import type { FollowResponse } from '@zonecast/sync'

/** Shards of one stream, and where their first Checkpoint stands; undefined until it comes. */
type Ends = Map<number, bigint | undefined>

/** Level once an edge has applied every shard of one stream up to the stream's first Checkpoints; it stays so. */
export class Level {
  readonly #streams = new Map<number, Ends>()
  readonly #applied: (shard: number) => bigint
  #reached = false

  constructor(applied: (shard: number) => bigint) {
    this.#applied = applied
  }

  get reached(): boolean {
    return this.#reached
  }

  received(stream: number, message: FollowResponse): void {
    if (this.#reached) return
    const ends = this.#streams.get(stream) ?? new Map<number, bigint | undefined>()
    this.#streams.set(stream, ends)
    if (message.kind === 'welcome') for (const shard of message.shards) ends.set(shard, undefined)
    else if (message.kind === 'resume') ends.set(message.shard, undefined)
    else if (message.kind === 'checkpoint') ends.set(message.level.shard, ends.get(message.level.shard) ?? message.level.position)
  }

  closed(stream: number): void {
    this.#streams.delete(stream)
  }

  /** Looks anew; call it when a position may have moved. */
  look(): void {
    if (this.#reached) return
    for (const ends of this.#streams.values()) {
      if (ends.size === 0 || !this.#hasAll(ends)) continue
      this.#reached = true
      this.#streams.clear()
      return
    }
  }

  #hasAll(ends: Ends): boolean {
    for (const [shard, end] of ends) if (end === undefined || this.#applied(shard) < end) return false
    return true
  }
}

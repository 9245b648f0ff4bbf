/** Shards in which an edge stands before what it was told, and nothing is under way that could take it further. */
import type { Run } from './sender-items.ts'

/** Ticks between two questions. */
const firstPause = 60
const longestPause = 3_600

export class StuckShards {
  /** Shards in which the edge was asked where it stands, and when it may be asked again. */
  readonly #asked = new Map<number, { readonly pause: number; readonly due: number }>()

  /**
   * True where the edge is to be asked where it stands. Where asking does not help, since its positions are of another log or for other
   * placements, the next time is ever later.
   */
  mayAsk({ shard, applied, checkpointed, items }: Run, tick: number, isExplained: () => boolean): boolean {
    if (applied >= checkpointed) this.#asked.delete(shard)
    if (items.length > 0 || applied >= checkpointed || isExplained()) return false
    const before = this.#asked.get(shard)
    if (before !== undefined && tick < before.due) return false
    const pause = before === undefined ? firstPause : Math.min(before.pause * 2, longestPause)
    this.#asked.set(shard, { pause, due: tick + pause })
    return true
  }
}

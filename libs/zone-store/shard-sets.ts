/** The stamped zones of each shard: in order of their stamps, and summed up. */
import { headTerm, SetDigest, type Sha256, Sum256 } from '@zonecast/zone'
import type { StoredZone } from './layout.ts'
import { shardCount } from './marks.ts'

/** A zone is stamped when its position was written in its shard's present epoch. */
export class ShardSets {
  readonly #sha256: Sha256
  readonly #epochs: number[]
  readonly #sums: SetDigest[]
  readonly #zones: Set<string>[]

  constructor(sha256: Sha256, epochs: readonly number[]) {
    this.#sha256 = sha256
    this.#epochs = [...epochs]
    this.#sums = Array.from({ length: shardCount }, () => new SetDigest(sha256))
    this.#zones = Array.from({ length: shardCount }, () => new Set<string>())
  }

  /** Follows one zone from what it was to what it is. */
  replace(before: StoredZone | undefined, after: StoredZone): void {
    if (before && this.#counts(before)) this.#sums[before.shard]?.subtract({ zone: before.zone, state: before.header.state })
    if (this.#counts(after)) this.#sums[after.shard]?.add({ zone: after.zone, state: after.header.state })
    if (this.isStamped(after)) this.#zones[after.shard]?.add(after.zone)
  }

  /** Voids all stamps of a shard. */
  restart(shard: number, epoch: number): void {
    this.#epochs[shard] = epoch
    this.#sums[shard] = new SetDigest(this.#sha256)
    this.#zones[shard] = new Set()
  }

  isStamped(stored: StoredZone): boolean {
    return stored.epoch === this.#epochs[stored.shard] && stored.position > 0n
  }

  /** Names of the stamped zones of a shard, in no order. */
  zonesOf(shard: number): Iterable<string> {
    return this.#zones[shard] ?? []
  }

  /** The set digest over the live stamped zones of a shard but for some, and how many there are. */
  digestOf(shard: number, without: readonly StoredZone[]): { readonly setDigest: Uint8Array; readonly zones: number } {
    const all = this.#sums[shard] as SetDigest
    const left = without.filter((stored) => stored.shard === shard && this.#counts(stored))
    const sum = new Sum256(all.bytes())
    for (const { apex, header } of left) sum.subtract(this.#sha256(headTerm(apex, header.state)))
    return { setDigest: sum.bytes(), zones: all.zones - left.length }
  }

  #counts(stored: StoredZone): boolean {
    return !stored.header.state.deleted && this.isStamped(stored)
  }
}

/** A sum over the tombstones of each shard, written with them: a store that has lost one misses it. */
import { compareBytes } from '@zonecast/dns'
import { headTerm, latin1Of, Sum256, type Sha256 } from '@zonecast/zone'
import type { Catalog } from './catalog.ts'
import { metaKey, type StoredZone } from './layout.ts'
import { shardCount, type Put } from './marks.ts'
import type { Database } from './page-reader.ts'
import { readSpare } from './seal.ts'

const sumKey = (shard: number) => metaKey(`tombstones.${shard}`)
const nothing = new Uint8Array(32)

/** The set digest covers live zones alone, and a tombstone is asked for by nobody until something is to pass its fence. */
export class Tombstones {
  readonly #database: Database
  readonly #sha256: Sha256
  /** By how much each sum is more than what is there; as it was found when the store was opened. */
  readonly #missing = new Map<number, Uint8Array>()

  constructor(database: Database, sha256: Sha256) {
    this.#database = database
    this.#sha256 = sha256
  }

  /** Compares what is there with what was written. Where nothing was yet, by a program of before, the writes take what is there. */
  open(catalog: Catalog): Put[] {
    const puts: Put[] = []
    const found = this.#sumsOf(catalog)
    for (let shard = 0; shard < shardCount; shard++) {
      const sum = found[shard]?.bytes() ?? nothing
      const written = readSpare(this.#database, sumKey(shard))
      const missing = written && difference(written, sum)
      if (missing?.some((octet) => octet !== 0)) this.#missing.set(shard, missing)
      if (written === undefined && found[shard]) puts.push({ key: sumKey(shard), value: sum })
    }
    return puts
  }

  /** Shards in which some are missing. */
  lost(): number[] {
    return [...this.#missing.keys()]
  }

  /** The write beside a zone's record; none where no tombstone comes or goes. */
  puts(before: StoredZone | undefined, after: StoredZone): Put[] {
    const gone = termOf(before)
    const come = termOf(after)
    if ((gone === undefined && come === undefined) || (gone && come && compareBytes(gone, come) === 0)) return []
    const sum = this.#written(after.shard)
    if (gone) sum.subtract(this.#sha256(gone))
    if (come) sum.add(this.#sha256(come))
    return [{ key: sumKey(after.shard), value: sum.bytes() }]
  }

  /** The writes after which those that are missing are missed no more: they are listed again. */
  acceptPuts(shards: readonly number[]): Put[] {
    return shards.flatMap((shard) => {
      const missing = this.#missing.get(shard)
      return missing ? [{ key: sumKey(shard), value: difference(this.#written(shard).bytes(), missing) }] : []
    })
  }

  /** Those writes are on disk. */
  accepted(shards: readonly number[]): void {
    for (const shard of shards) this.#missing.delete(shard)
  }

  /** As the present transaction sees it. */
  #written(shard: number): Sum256 {
    return new Sum256(readSpare(this.#database, sumKey(shard)) ?? nothing)
  }

  /** The sums of shards that have tombstones. */
  #sumsOf(catalog: Catalog): (Sum256 | undefined)[] {
    const sums: (Sum256 | undefined)[] = []
    for (const stored of catalog.values()) {
      const term = termOf(stored)
      if (term) (sums[stored.shard] ??= new Sum256()).add(this.#sha256(term))
    }
    return sums
  }
}

function termOf(stored: StoredZone | undefined): Uint8Array | undefined {
  return stored?.header.state.deleted ? headTerm(stored.apex, stored.header.state) : undefined
}

function difference(a: Uint8Array, b: Uint8Array): Uint8Array {
  const sum = new Sum256(a)
  sum.subtract(latin1Of(b))
  return sum.bytes()
}

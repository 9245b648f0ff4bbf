/** The set digests of every shard, kept level with the commits once they have been asked for. */
import { SetDigest } from '@zonecast/zone'
import { headOf } from './rows.ts'
import { sha256 } from '@zonecast/runtime/hashes'
import { type Db, statement } from './statement.ts'
import type { ZoneRow } from './zone-cache.ts'
import type { PlacementDigest } from './zone-database.ts'

interface Shard {
  /** The position that the digests belong to. */
  position: number
  readonly digests: Map<string, SetDigest>
}

export class SetDigests {
  readonly #rows: ReturnType<typeof liveRows>
  readonly #shards = new Map<number, Shard>()

  constructor(db: Db) {
    this.#rows = liveRows(db)
  }

  /** The digests of a shard whose newest position is this one. */
  async of(shard: number, position: number): Promise<PlacementDigest[]> {
    const known = this.#shards.get(shard)
    const digests = known?.position === position ? known.digests : await this.#load(shard, position)
    return [...digests]
      .filter(([, { zones }]) => zones > 0)
      .map(([placement, digest]) => ({ placement, digest: digest.bytes(), zones: digest.zones }))
      .toSorted((a, b) => (a.placement < b.placement ? -1 : 1))
  }

  /** A zone's head has moved: called after each commit. */
  move(before: ZoneRow | undefined, after: ZoneRow): void {
    const shard = this.#shards.get(after.shard)
    if (!shard) return
    // A gap is what others have committed.
    if (after.position !== shard.position + 1) {
      this.#shards.delete(after.shard)
      return
    }
    shard.position = after.position
    const { digests } = shard
    if (before && !before.deleted) digests.get(before.placement)?.subtract(headOf(before))
    if (!after.deleted) digestOf(digests, after.placement).add(headOf(after))
  }

  async #load(shard: number, position: number): Promise<Map<string, SetDigest>> {
    const digests = new Map<string, SetDigest>()
    for (const row of await this.#rows({ shard })) digestOf(digests, row.placement).add(headOf(row))
    this.#shards.set(shard, { position, digests })
    return digests
  }
}

function digestOf(digests: Map<string, SetDigest>, placement: string): SetDigest {
  const found = digests.get(placement) ?? new SetDigest(sha256)
  digests.set(placement, found)
  return found
}

function liveRows(db: Db) {
  return statement(db, (p: { shard: number }) =>
    db.selectFrom('zones').selectAll().where('shard', '=', p.shard).where('deleted', '=', 0),
  )
}

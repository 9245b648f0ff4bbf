/** The set digests of every shard, kept level with the commits once they have been asked for. */
import { SetDigest } from '@zonecast/zone'
import { headOf } from './rows.ts'
import { sha256 } from '@zonecast/runtime/hashes'
import { type Db, statement } from './statement.ts'
import type { ZoneRow } from './zone-cache.ts'
import type { PlacementDigest } from './zone-database.ts'

export class SetDigests {
  readonly #rows: ReturnType<typeof liveRows>
  readonly #shards = new Map<number, Map<string, SetDigest>>()

  constructor(db: Db) {
    this.#rows = liveRows(db)
  }

  async of(shard: number): Promise<PlacementDigest[]> {
    const digests = this.#shards.get(shard) ?? (await this.#load(shard))
    return [...digests]
      .filter(([, { zones }]) => zones > 0)
      .map(([placement, digest]) => ({ placement, digest: digest.bytes(), zones: digest.zones }))
      .toSorted((a, b) => (a.placement < b.placement ? -1 : 1))
  }

  /** A zone's head has moved: called after each commit. */
  move(before: ZoneRow | undefined, after: ZoneRow): void {
    const digests = this.#shards.get(after.shard)
    if (!digests) return
    if (before && !before.deleted) digests.get(before.placement)?.subtract(headOf(before))
    if (!after.deleted) digestOf(digests, after.placement).add(headOf(after))
  }

  async #load(shard: number): Promise<Map<string, SetDigest>> {
    const digests = new Map<string, SetDigest>()
    for (const row of await this.#rows({ shard })) digestOf(digests, row.placement).add(headOf(row))
    this.#shards.set(shard, digests)
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

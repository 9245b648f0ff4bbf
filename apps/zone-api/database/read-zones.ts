/** Heads and zones, one or many. */
import { parseName } from '@zonecast/dns'
import { type Head, ownerKey, shardCount } from '@zonecast/zone'
import { headerOf, headOf } from './rows.ts'
import type { SetDigests } from './set-digests.ts'
import { decodeSettings } from './settings.ts'
import { type Db, statement } from './statement.ts'
import { tagsOf } from './tags.ts'
import type { ZoneCache, ZoneRow } from './zone-cache.ts'
import type { HeadsPage, ZonePage, ZoneRecord } from './zone-database.ts'

export class ZoneReadings {
  readonly #cache: ZoneCache
  readonly #setDigests: SetDigests
  readonly #rows: ReturnType<typeof statements>

  constructor(db: Db, cache: ZoneCache, setDigests: SetDigests) {
    this.#cache = cache
    this.#setDigests = setDigests
    this.#rows = statements(db)
  }

  async getZone(zone: string): Promise<ZoneRecord | undefined> {
    const row = (await this.#cache.get(zone))?.row
    return row && !row.deleted ? recordOf(row) : undefined
  }

  async listZones({ after, limit }: { after?: string; limit: number }): Promise<ZonePage> {
    const key = after === undefined ? new Uint8Array() : ownerKey(0, parseName(after))
    const rows = await this.#rows.zones({ after: key, limit: limit + 1 })
    return { zones: rows.slice(0, limit).map(recordOf), more: rows.length > limit }
  }

  async headOf(zone: string): Promise<Head | undefined> {
    const row = (await this.#cache.get(zone))?.row
    return row && headOf(row)
  }

  async heads({ shard, after, limit }: { shard: number; after: bigint; limit: number }): Promise<HeadsPage> {
    const rows = await this.#rows.heads({ shard, after: Number(after), limit: limit + 1 })
    const heads = rows.slice(0, limit).map(headOf)
    if (rows.length > limit) return { heads }
    const [counter] = await this.#rows.counter({ shard })
    const position = counter?.position ?? 0
    return { heads, end: { position: BigInt(position), setDigests: await this.#setDigests.of(shard, position) } }
  }

  async newestPositions(): Promise<bigint[]> {
    const positions = Array.from({ length: shardCount }, () => 0n)
    for (const { shard, position } of await this.#rows.counters({})) positions[shard] = BigInt(position)
    return positions
  }
}

export function recordOf(row: ZoneRow): ZoneRecord {
  return {
    zone: row.zone_key,
    id: row.id,
    header: headerOf(row),
    settings: decodeSettings(row.settings),
    tags: tagsOf(row.tags),
    createdAtMs: Number(row.created_at),
    changedAtMs: Number(row.changed_at),
  }
}

function statements(db: Db) {
  return {
    zones: statement(db, (p: { after: Uint8Array; limit: number }) =>
      db
        .selectFrom('zones')
        .selectAll()
        .where('deleted', '=', 0)
        .where('sort_key', '>', p.after)
        .orderBy('sort_key')
        .limit(p.limit),
    ),
    heads: statement(db, (p: { shard: number; after: number; limit: number }) =>
      db
        .selectFrom('zones')
        .selectAll()
        .where('shard', '=', p.shard)
        .where('position', '>', p.after)
        .orderBy('position')
        .limit(p.limit),
    ),
    counter: statement(db, (p: { shard: number }) =>
      db.selectFrom('shard_counters').select('position').where('shard', '=', p.shard),
    ),
    counters: statement(db, () => db.selectFrom('shard_counters').selectAll()),
  }
}

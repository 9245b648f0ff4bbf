/** Heads and zones, one or many. */
import { parentOf, parseName, zoneKeyOf } from '@zonecast/dns'
import { afterSubtreeKey, type Head, ownerKey, shardCount } from '@zonecast/zone'
import { headerOf, headOf } from './rows.ts'
import type { SetDigests } from './set-digests.ts'
import { decodeSettings } from './settings.ts'
import { type Db, statement } from './statement.ts'
import { tagsOf } from './tags.ts'
import type { ZoneCache, ZoneRow } from './zone-cache.ts'
import { everyZone, rowsWithin, type Slice } from './search/zone-spans.ts'
import type { AroundQuery, HeadsPage, ZonePage, ZoneRecord, ZonesAround, ZonesQuery } from './zone-database.ts'

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

  async listZones({ after, limit, within = [everyZone] }: ZonesQuery): Promise<ZonePage> {
    const key = after === undefined ? new Uint8Array() : ownerKey(0, parseName(after))
    const rows = await rowsWithin(within, key, limit + 1, (slice) => this.#rows.zones(slice))
    return { zones: rows.slice(0, limit).map(recordOf), more: rows.length > limit }
  }

  async zonesAround({ apex, after, limit }: AroundQuery): Promise<ZonesAround> {
    let enclosing: string | undefined
    for (let name = parentOf(apex); name && enclosing === undefined; name = parentOf(name)) {
      const row = (await this.#cache.get(zoneKeyOf(name)))?.row
      if (row && !row.deleted) enclosing = row.zone_key
    }
    if (limit === 0) return { enclosing, inside: [] }
    const from = ownerKey(0, after === undefined ? apex : parseName(after))
    const rows = await this.#rows.zones({ after: from, to: afterSubtreeKey(0, apex), limit })
    return { enclosing, inside: rows.map(({ zone_key: zone }) => zone) }
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
    zones: statement(db, (p: Slice) =>
      db
        .selectFrom('zones')
        .selectAll()
        .where('deleted', '=', 0)
        .where('sort_key', '>', p.after)
        .where('sort_key', '<', p.to)
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

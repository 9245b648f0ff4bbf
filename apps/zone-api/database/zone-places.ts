/** Where a zone may lie: asked once more in the transaction that makes it. */
import { ancestorAt, labelCount, type Name, zoneKeyOf } from '@zonecast/dns'
import { afterSubtreeKey, compareKeys, ownerKey } from '@zonecast/zone'
import { Refused } from './refused.ts'
import type { ZoneSpan } from './search/search-port.ts'
import { isWithin } from './search/zone-spans.ts'
import { type Db, statement } from './statement.ts'
import type { Transaction } from './transaction.ts'
import type { ZoneCache, ZoneRow } from './zone-cache.ts'

const rowsAtOnce = 100

interface Ports {
  readonly db: Db
  readonly cache: ZoneCache
  readonly transaction: Pick<Transaction, 'zones'>
}

export class ZonePlaces {
  readonly #ports: Ports
  readonly #rows: ReturnType<typeof statements>

  constructor(ports: Ports) {
    this.#ports = ports
    this.#rows = statements(ports.db)
  }

  /** The zone that encloses a name, the nearest one. */
  async enclosing(apex: Name): Promise<ZoneRow | undefined> {
    for (let depth = labelCount(apex) - 1; depth >= 0; depth--) {
      const row = (await this.#ports.cache.get(zoneKeyOf(ancestorAt(apex, depth))))?.row
      if (row && !row.deleted) return row
    }
    return undefined
  }

  /** Refuses a zone that would lie inside one that is not in these spans, or around one. */
  async demand(apex: Name, within: readonly ZoneSpan[]): Promise<void> {
    const zone = zoneKeyOf(apex)
    const outer = await this.enclosing(apex)
    if (outer && !isWithin(within, outer.sort_key))
      throw new Refused({ kind: 'nested', zone, where: 'inside', other: outer.zone_key })
    const inner = await this.#inside(apex, within)
    if (inner !== undefined) throw new Refused({ kind: 'nested', zone, where: 'around', other: inner })
  }

  /** A zone below the apex and in none of the spans. What lies in them is not looked at. */
  async #inside(apex: Name, within: readonly ZoneSpan[]): Promise<string | undefined> {
    const end = afterSubtreeKey(0, apex)
    // Heads are written at the end of a transaction: what it has made and undeleted so far is in memory alone.
    for (const { row } of this.#ports.transaction.zones()) {
      const isBelow = compareKeys(row.sort_key, ownerKey(0, apex)) > 0 && compareKeys(row.sort_key, end) < 0
      if (isBelow && !row.deleted && !isWithin(within, row.sort_key)) return row.zone_key
    }
    let from = next(ownerKey(0, apex))
    for (const { after, to } of within) {
      if (compareKeys(to, from) <= 0) continue
      if (compareKeys(after, end) >= 0) break
      const found = await this.#between(from, next(after))
      if (found !== undefined) return found
      from = to
    }
    return this.#between(from, end)
  }

  /** The first that lives, from a key on and before another. */
  async #between(first: Uint8Array, to: Uint8Array): Promise<string | undefined> {
    for (let from = first; compareKeys(from, to) < 0;) {
      const rows = await this.#rows.between({ from, to })
      for (const { zone_key: zone } of rows) if (!(await this.#ports.cache.get(zone))?.row.deleted) return zone
      if (rows.length < rowsAtOnce) return undefined
      from = next(rows.at(-1)!.sort_key)
    }
    return undefined
  }
}

/** The key that follows at once. */
function next(key: Uint8Array): Uint8Array {
  const longer = new Uint8Array(key.length + 1)
  longer.set(key)
  return longer
}

function statements(db: Db) {
  return {
    between: statement(db, (p: { from: Uint8Array; to: Uint8Array }) =>
      db
        .selectFrom('zones')
        .select(['zone_key', 'sort_key'])
        .where('deleted', '=', 0)
        .where('sort_key', '>=', p.from)
        .where('sort_key', '<', p.to)
        .orderBy('sort_key')
        .limit(rowsAtOnce),
    ),
  }
}

/** Zones that fit, in canonical order. */
import { ancestorAt, isAtOrBelow, labelCount, type Name, parseName, zoneKeyOf } from '@zonecast/dns'
import { afterOwnerKey, afterSubtreeKey, compareKeys, ownerKey } from '@zonecast/zone'
import { type Db, statement } from '../statement.ts'
import { recordOf } from '../read-zones.ts'
import { isTagged } from '../tags.ts'
import type { ZoneCache, ZoneRow } from '../zone-cache.ts'
import type { FoundZones, NameMatch, ZoneMatch, ZoneSearch, ZoneSpan } from './search-port.ts'
import { everyZone, isWithin, overlap, rowsWithin, type Slice } from './zone-spans.ts'

/** Zones that one short read looks at where few fit. */
const sliceFacts = 500

export interface FoundRows {
  readonly rows: readonly ZoneRow[]
  readonly next?: string
}

export class ZoneSearches {
  readonly #cache: ZoneCache
  readonly #rows: ReturnType<typeof statements>

  constructor(db: Db, cache: ZoneCache) {
    this.#cache = cache
    this.#rows = statements(db)
  }

  async findZones({ match, limit, after }: ZoneSearch): Promise<FoundZones> {
    const { rows, next } = await this.rowsOf(match, undefined, after, limit)
    return { zones: rows.map(recordOf), ...(next !== undefined && { next }) }
  }

  /** The zone as it is now; undefined when it is not there. */
  async live(zone: string): Promise<ZoneRow | undefined> {
    const row = (await this.#cache.get(zone))?.row
    return row && !row.deleted ? row : undefined
  }

  /** Zones that fit and may hold the owner names, after a zone; `next` is where to go on. */
  async rowsOf(match: ZoneMatch, owner: NameMatch | undefined, after: string | undefined, limit: number): Promise<FoundRows> {
    const from = after === undefined ? new Uint8Array() : ownerKey(0, parseName(after))
    const fitting: ZoneRow[] = []
    for (const zone of above(owner).filter((each) => compareKeys(ownerKey(0, parseName(each)), from) > 0)) {
      const row = await this.live(zone)
      if (row && fits(row, match)) fitting.push(row)
    }
    if (owner?.kind === 'exact')
      return { rows: fitting.slice(0, limit), ...(fitting.length > limit && { next: fitting[limit - 1]!.zone_key }) }
    const spans = overlap(match.within ?? [everyZone], rangeOf(owner ?? match.name))
    // Rows that mostly fit are read whole and pass the cache by: a look at all zones would drop those that are in use.
    const { facts, whole } = this.#rows
    const [most, read] = isNarrow(match) ? [sliceFacts, facts] : [limit, whole]
    const slice = await rowsWithin<ZoneFacts | ZoneRow>(spans, from, most, read)
    for (const found of slice) {
      if (!fits(found, match)) continue
      if (fitting.length >= limit) return { rows: fitting, next: fitting.at(-1)!.zone_key }
      const row = 'soa' in found ? found : await this.live(found.zone_key)
      if (row) fitting.push(row)
    }
    return { rows: fitting, ...(slice.length === most && { next: slice.at(-1)!.zone_key }) }
  }
}

/** True where few of the zones in range fit, as far as one can tell. */
function isNarrow({ name, tag, placement }: ZoneMatch): boolean {
  return name?.kind === 'contains' || tag !== undefined || placement !== undefined
}

/** Zones that enclose the names a match asks for, the highest first. */
function above(owner: NameMatch | undefined): string[] {
  if (owner === undefined || owner.kind === 'contains') return []
  const labels = labelCount(owner.name)
  const lowest = owner.kind === 'exact' ? labels : labels - 1
  return Array.from({ length: Math.max(0, lowest + 1) }, (_, i) => zoneKeyOf(ancestorAt(owner.name, i)))
}

/** Sort keys of zones at or below a name; all without one. */
function rangeOf(match: NameMatch | undefined): ZoneSpan {
  if (match === undefined || match.kind === 'contains') return everyZone
  // Nothing stands between a key and the key without its last octet, but what is above it.
  const to = match.kind === 'exact' ? afterOwnerKey(0, match.name) : afterSubtreeKey(0, match.name)
  return { after: ownerKey(0, match.name).subarray(0, -1), to }
}

type ZoneFacts = Pick<ZoneRow, 'apex' | 'zone_key' | 'placement' | 'tags' | 'sort_key'>

export function fits({ apex, zone_key: key, placement, tags, sort_key: sortKey }: ZoneFacts, match: ZoneMatch): boolean {
  if (match.within && !isWithin(match.within, sortKey)) return false
  return (match.placement ?? placement) === placement && nameFits(apex, key, match.name) && isTagged(tags, match.tag)
}

export function nameFits(name: Name, text: string, match: NameMatch | undefined): boolean {
  if (match === undefined) return true
  if (match.kind === 'contains') return text.includes(match.text)
  return isAtOrBelow(name, match.name) && (match.kind === 'suffix' || labelCount(name) === labelCount(match.name))
}

function statements(db: Db) {
  return {
    facts: statement(db, (p: Slice) => sliceOf(db, p).select(['zone_key', 'apex', 'placement', 'tags', 'sort_key'])),
    whole: statement(db, (p: Slice) => sliceOf(db, p).selectAll()),
  }
}

function sliceOf(db: Db, p: Slice) {
  return db
    .selectFrom('zones')
    .where('deleted', '=', 0)
    .where('sort_key', '>', p.after)
    .where('sort_key', '<', p.to)
    .orderBy('sort_key')
    .limit(p.limit)
}

/** RRsets with a tag, in one zone or in many: found by the index of tags, so that no page is looked through. */
import { decodeRR, encodeRR, equalNames, formatName, type Name, parseName, TYPE } from '@zonecast/dns'
import { ownerKey, rrsetAt } from '@zonecast/zone'
import { type EngineParts, liveZone } from '../engine-parts.ts'
import { noteOctets, noteOf, placeOf } from '../note.ts'
import { noteStatements } from '../note-statements.ts'
import { stateOf } from '../rows.ts'
import type { NoteTable } from '../schema.ts'
import type { CachedZone, ZoneCache } from '../zone-cache.ts'
import type { RRsetPage, RRsetQuery, StoredRRset } from '../zone-database.ts'
import { PageSearch } from './page-search.ts'
import type { FoundRRsets, RRsetMatch, RRsetSearch, SearchPlace, TagMatch } from './search-port.ts'
import { fits, nameFits } from './zone-search.ts'

/** Tagged RRsets that one short read looks at, and octets of what it finds. */
const sliceRows = 200
const foundOctets = 128 << 10
/** Rows that a list looks at before it answers with what it has. */
const mostRows = 5_000
/** After every place of a zone. */
const end = new Uint8Array([0xff])
const start = new Uint8Array()

export class TagSearches {
  readonly #cache: ZoneCache
  readonly #rows: ReturnType<typeof noteStatements>

  constructor({ db, cache }: EngineParts) {
    this.#cache = cache
    this.#rows = noteStatements(db)
  }

  /** A page of a zone's RRsets with the tag, in canonical order. */
  async listRRsets(query: RRsetQuery, match: TagMatch): Promise<RRsetPage> {
    const zone = await liveZone({ cache: this.#cache }, query.zone)
    const { row } = zone
    const page = { state: stateOf(row), apex: row.apex }
    const rrsets: StoredRRset[] = []
    let octets = 0
    let place = query.after ? placeOf(query.after.owner, query.after.type) : start
    for (let looked = 0; ; looked += sliceRows) {
      const rows = await this.#slice(match, { zone: row.sort_key, place }, 'zone')
      for (const found of rows) {
        place = found.place
        const rrset = isAsked(query, found) ? await rrsetOf(zone, found) : undefined
        if (!rrset) continue
        rrsets.push(rrset)
        octets += octetsOf(rrset)
        if (rrsets.length >= query.limit || octets >= query.maxOctets) return { ...page, rrsets, next: cursorOf(found) }
      }
      if (rows.length < sliceRows) return { ...page, rrsets }
      if (looked >= mostRows) return { ...page, rrsets, next: cursorOf(rows.at(-1)!) }
    }
  }

  /** RRsets of all zones with the tag: one slice of the index. */
  async findRRsets({ match, limit, after }: RRsetSearch, tag: TagMatch): Promise<FoundRRsets> {
    const from = after ? { zone: sortKeyOf(after.zone), place: after.fromKey ?? end } : { zone: start, place: start }
    const rows = await this.#slice(tag, from, 'all')
    const search = new PageSearch(match)
    const found: { zone: string; rrset: StoredRRset }[] = []
    let octets = 0
    for (const row of rows) {
      const zone = await this.#zoneOf(row.zone)
      const rrset = zone && (await rrsetOf(zone, row))
      if (!zone || !rrset || !isMatch(zone, rrset, match, search)) continue
      found.push({ zone: zone.row.zone_key, rrset })
      octets += octetsOf(rrset)
      if (found.length >= limit || octets >= foundOctets) return { found, next: await this.#placeOf(row) }
    }
    const last = rows.at(-1)
    return { found, ...(last && rows.length === sliceRows && { next: await this.#placeOf(last) }) }
  }

  #slice({ tag, value }: TagMatch, from: Pick<NoteTable, 'zone' | 'place'>, where: 'zone' | 'all'): Promise<NoteTable[]> {
    const asked = { tag, ...from, limit: sliceRows }
    const { tagged, taggedIn, valued, valuedIn } = this.#rows
    if (value === undefined) return where === 'zone' ? taggedIn(asked) : tagged(asked)
    return where === 'zone' ? valuedIn({ ...asked, value }) : valued({ ...asked, value })
  }

  /** A zone by its sort key; undefined when it is not there. */
  async #zoneOf(sortKey: Uint8Array): Promise<CachedZone | undefined> {
    const [found] = await this.#rows.zoneOf({ sort_key: sortKey })
    const zone = found && (await this.#cache.get(found.zone_key))
    return zone && !zone.row.deleted ? zone : undefined
  }

  async #placeOf({ zone: sortKey, place }: NoteTable): Promise<SearchPlace> {
    const [found] = await this.#rows.zoneOf({ sort_key: sortKey })
    return { zone: found!.zone_key, fromKey: place }
  }
}

function sortKeyOf(zone: string): Uint8Array {
  return ownerKey(0, parseName(zone))
}

function isAsked({ owner, type }: RRsetQuery, found: NoteTable): boolean {
  return (type ?? found.type) === found.type && (!owner || equalNames(owner, found.owner as Name))
}

function isMatch({ row }: CachedZone, rrset: StoredRRset, match: RRsetMatch, search: PageSearch): boolean {
  const { owner, type, ttl, rdatas } = rrset
  if (!fits(row, match.zones) || !nameFits(owner, formatName(owner).toLowerCase(), match.name)) return false
  return rdatas.some((rdata) => search.takes(encodeRR({ owner, type, ttl, rdata })))
}

/** The RRset of a note, as it is now. */
async function rrsetOf(zone: CachedZone, { owner: folded, type, note }: NoteTable): Promise<StoredRRset | undefined> {
  const owner = folded as Name
  if (type !== TYPE.SOA) await zone.prefetch([ownerKey(0, owner)])
  const stored = type === TYPE.SOA ? [zone.row.soa] : await zone.withPages((pages) => rrsetAt(pages, owner, type))
  const rrs = stored.map(decodeRR)
  const [first] = rrs
  if (!first) return undefined
  const rdatas = rrs.map(({ rdata }) => rdata.slice())
  return { owner: first.owner.slice(), type, ttl: first.ttl, rdatas, note: noteOf(note) }
}

function octetsOf({ owner, rdatas, note }: StoredRRset): number {
  return rdatas.reduce((sum, rdata) => sum + owner.length + 10 + rdata.length, note ? noteOctets(note) : 0)
}

function cursorOf({ owner, type }: NoteTable) {
  return { owner: owner as Name, type, space: 0 as const }
}

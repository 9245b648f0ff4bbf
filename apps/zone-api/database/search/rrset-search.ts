/** RRsets that fit, over many zones, in short reads. */
import { decodeRR, isAtOrBelow, type Name, TYPE } from '@zonecast/dns'
import { afterOwnerKey, afterSubtreeKey, compareKeys, ownerKey, type Space, subtreeKey } from '@zonecast/zone'
import { noted, type Notes } from '../notes.ts'
import { PageReads } from '../read-pages.ts'
import type { Db } from '../statement.ts'
import type { ZoneCache, ZoneRow } from '../zone-cache.ts'
import type { StoredRRset } from '../zone-database.ts'
import { type Hit, PageSearch } from './page-search.ts'
import type { FoundRRsets, NameMatch, RRsetMatch, RRsetSearch, SearchPlace } from './search-port.ts'
import { type PagesAhead, type Range, SearchPages, wholeZone } from './search-pages.ts'
import { ZoneSearches } from './zone-search.ts'

/** What one short read takes at most: octets of pages, zones, and octets of what it found. */
const scanOctets = 1 << 20
const scanZones = 100
const foundOctets = 128 << 10

/** What is left of a short read. */
interface Budget {
  octets: number
  foundOctets: number
  count: number
}

/** One short read: what it looks for, what it may still take, and what it has. */
interface Reading {
  readonly match: RRsetMatch
  readonly search: PageSearch
  readonly budget: Budget
  readonly found: FoundIn[]
  ahead: PagesAhead
}

/** An RRset, and the zone that it was found in. */
interface FoundIn {
  readonly row: ZoneRow
  readonly rrset: StoredRRset
}

export class RRsetSearches {
  readonly #zones: ZoneSearches
  readonly #pages: PageReads
  readonly #notes: Notes
  readonly #scanned: SearchPages

  constructor(db: Db, cache: ZoneCache, notes: Notes) {
    this.#zones = new ZoneSearches(db, cache)
    this.#pages = new PageReads(db, cache, notes)
    this.#notes = notes
    this.#scanned = new SearchPages(db)
  }

  async findRRsets(search: RRsetSearch): Promise<FoundRRsets> {
    const { found, ...rest } = await this.#find(search)
    return { ...rest, found: await this.#noted(found) }
  }

  async #noted(found: readonly FoundIn[]): Promise<FoundRRsets['found']> {
    const all: FoundRRsets['found'][number][] = []
    for (const [row, some] of Map.groupBy(found, (each) => each.row)) {
      const rrsets = some.map((each) => each.rrset)
      for (const rrset of await noted(this.#notes, row, rrsets)) all.push({ zone: row.zone_key, rrset })
    }
    return all
  }

  async #find({ match, limit, after }: RRsetSearch): Promise<{ found: FoundIn[]; next?: SearchPlace }> {
    const found: FoundIn[] = []
    const budget: Budget = { octets: scanOctets, foundOctets, count: limit }
    const reading: Reading = { match, search: new PageSearch(match), budget, found, ahead: new Map() }
    const begun = after?.fromKey && (await this.#zones.live(after.zone))
    if (begun) {
      const rest = await this.#searchZone(begun, reading, after.fromKey)
      if (rest) return { found, next: rest }
    }
    const { rows, next } = await this.#zones.rowsOf(match.zones, match.name, after?.zone, scanZones)
    for (const [i, row] of rows.entries()) {
      if (!reading.ahead.has(row.content) && isWhole(row, match)) reading.ahead = await this.#scanned.ahead(rows.slice(i))
      const rest = await this.#searchZone(row, reading)
      if (rest) return { found, next: rest }
      if (isSpent(budget)) return { found, next: { zone: row.zone_key } }
    }
    return { found, ...(next !== undefined && { next: { zone: next } }) }
  }

  /** Where to go on in the zone; undefined when it is done. */
  async #searchZone(row: ZoneRow, reading: Reading, fromKey?: Uint8Array): Promise<SearchPlace | undefined> {
    const { match, search, budget } = reading
    // What every zone costs, so that a thousand small ones are not one read.
    budget.octets -= 4096
    if (!fromKey && holdsApex(row, match.name) && search.takes(row.soa)) take(reading, row, soaRRset(row))
    for (const range of rangesOf(row.apex, match.name)) {
      const from = fromKey && compareKeys(fromKey, range.from) > 0 ? fromKey : range.from
      if (compareKeys(from, range.to) >= 0) continue
      const rest = await this.#searchRange(row, { from, to: range.to }, reading)
      if (rest) return { zone: row.zone_key, fromKey: rest }
    }
    return undefined
  }

  async #searchRange(row: ZoneRow, range: Range, reading: Reading): Promise<Uint8Array | undefined> {
    const { search, budget } = reading
    let last: Hit | undefined
    for await (const { key, content } of this.#scanned.within(row.content, range, reading.ahead)) {
      if (isSpent(budget)) return latest(range.from, key, last && keyAfter(last))
      budget.octets -= content.length
      for (const hit of search.hits(content, range.from, range.to)) {
        if (last && isSame(last.rrset, hit.rrset)) continue
        last = hit
        take(reading, row, hit.isCut ? await this.#whole(row, hit) : hit.rrset)
        if (isSpent(budget)) return keyAfter(hit)
      }
      budget.octets -= search.takeCost()
    }
    return undefined
  }

  /** An RRset that may span pages. */
  async #whole({ zone_key: zone }: ZoneRow, { rrset, space }: Hit): Promise<StoredRRset> {
    if (space !== 0) return rrset
    const { owner, type } = rrset
    const page = await this.#pages.listRRsets({ zone, owner, type, limit: 1, maxOctets: 1 })
    return page.rrsets.find((each) => each.type === type) ?? rrset
  }
}

function take({ found, budget }: Reading, row: ZoneRow, rrset: StoredRRset): void {
  found.push({ row, rrset })
  budget.count--
  budget.foundOctets -= rrset.rdatas.reduce((sum, { length }) => sum + length + rrset.owner.length, 0)
}

function isSpent({ octets, foundOctets: left, count }: Budget): boolean {
  return octets <= 0 || left <= 0 || count <= 0
}

function isSame(a: StoredRRset, b: StoredRRset): boolean {
  return a.type === b.type && compareKeys(ownerKey(0, a.owner), ownerKey(0, b.owner)) === 0
}

/** The lower bound of what follows an RRset: its owner, and the next type. */
function keyAfter({ rrset: { owner, type }, space }: Hit): Uint8Array {
  if (type === 0xffff) return afterOwnerKey(space, owner)
  return new Uint8Array([...ownerKey(space, owner), (type + 1) >>> 8, (type + 1) & 0xff])
}

/** A page may begin within an RRset that was found already. */
function latest(...keys: (Uint8Array | undefined)[]): Uint8Array {
  return keys.reduce<Uint8Array>((a, b) => (b && compareKeys(b, a) > 0 ? b : a), new Uint8Array())
}

/** Key ranges of a zone that may hold the names: space by space, but where that is all of it. */
function rangesOf(apex: Name, match: NameMatch | undefined): readonly Range[] {
  if (match === undefined || match.kind === 'contains') return [wholeZone]
  if (match.kind === 'suffix' && isAtOrBelow(apex, match.name)) return [wholeZone]
  const { name } = match
  return ([0, 1] as Space[]).map((space) =>
    match.kind === 'exact'
      ? { from: ownerKey(space, name), to: afterOwnerKey(space, name) }
      : { from: subtreeKey(space, name), to: afterSubtreeKey(space, name) },
  )
}

/** True where all of the zone is looked through. */
function isWhole({ apex }: ZoneRow, { name }: RRsetMatch): boolean {
  return rangesOf(apex, name)[0] === wholeZone
}

function holdsApex({ apex }: ZoneRow, match: NameMatch | undefined): boolean {
  if (match === undefined || match.kind === 'contains') return true
  return isAtOrBelow(apex, match.name) && (match.kind === 'suffix' || apex.length === match.name.length)
}

function soaRRset({ soa }: ZoneRow): StoredRRset {
  const { owner, ttl, rdata } = decodeRR(soa)
  return { owner: owner.slice(), type: TYPE.SOA, ttl, rdatas: [rdata.slice()] }
}

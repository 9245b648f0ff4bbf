/** Gathering RRs in canonical order into a page of RRsets. */
import { compareNames, decodeRR, equalNames, putU16, TYPE } from '@zonecast/dns'
import { firstKey, ownerKey, spaceAt } from '@zonecast/zone'
import { stateOf } from './rows.ts'
import type { ZoneRow } from './zone-cache.ts'
import type { RRsetCursor, RRsetPage, RRsetQuery, StoredRRset } from './zone-database.ts'

/** How much of a zone one call looks through for RRsets that fit a filter. */
const scanOctets = 1 << 20

/** Where to begin reading: one place, or one a space where a single owner name is asked for. */
export function startKeys({ owner, after }: RRsetQuery): Uint8Array[] {
  if (after) {
    const key = keyAfterRRset(after)
    return owner && after.space === 0 ? [key, ownerKey(1, owner)] : [key]
  }
  return owner ? [ownerKey(0, owner), ownerKey(1, owner)] : [firstKey(0)]
}

/** The lower bound of what follows an RRset. */
function keyAfterRRset({ owner, type, space }: RRsetCursor): Uint8Array {
  const prefix = ownerKey(space, owner)
  const key = new Uint8Array(prefix.length + 2)
  key.set(prefix)
  putU16(key, prefix.length, type + 1)
  return key
}

interface Group extends RRsetCursor {
  readonly ttl: number
  readonly rdatas: Uint8Array[]
}

/** Takes RRs one by one until the page is full. */
export class RRsetList {
  readonly #row: ZoneRow
  readonly #query: RRsetQuery
  readonly #rrsets: StoredRRset[] = []
  #group: Group | undefined
  #next: RRsetCursor | undefined
  #octets = 0
  #scanned = 0

  constructor(row: ZoneRow, query: RRsetQuery) {
    this.#row = row
    this.#query = query
    if (!query.after) this.#addSoa()
  }

  /** Takes the next RR. False when no more are wanted from this place on. */
  take(stored: Uint8Array): boolean {
    const { owner, type, ttl, rdata } = decodeRR(stored)
    if (this.#next || (this.#query.owner && !equalNames(owner, this.#query.owner))) return false
    const space = spaceAt(stored, owner.length)
    const group = this.#group
    if (!group || group.type !== type || group.space !== space || compareNames(group.owner, owner) !== 0) {
      if (this.#close()) return false
      this.#group = { owner, type, space, ttl, rdatas: [] }
    }
    this.#group!.rdatas.push(rdata)
    this.#scanned += stored.length
    return true
  }

  finish(): RRsetPage {
    const next = this.#next
    if (!next) this.#close()
    return { state: stateOf(this.#row), apex: this.#row.apex, rrsets: this.#rrsets, ...(next && { next }) }
  }

  /** Ends the RRset that was being gathered. True when the page is full with it. */
  #close(): boolean {
    const group = this.#group
    if (!group) return false
    this.#group = undefined
    this.#add(group)
    const { limit, maxOctets } = this.#query
    const isFull = this.#rrsets.length >= limit || this.#octets >= maxOctets || this.#scanned >= scanOctets
    if (isFull) this.#next = { owner: group.owner.slice(), type: group.type, space: group.space }
    return isFull
  }

  #add({ owner, type, ttl, rdatas }: Group): void {
    if (this.#query.type !== undefined && this.#query.type !== type) return
    this.#rrsets.push({ owner: owner.slice(), type, ttl, rdatas: rdatas.map((rdata) => rdata.slice()) })
    this.#octets += rdatas.reduce((sum, rdata) => sum + owner.length + 10 + rdata.length, 0)
  }

  /** The SOA stands in no page. */
  #addSoa(): void {
    const { owner, ttl, rdata } = decodeRR(this.#row.soa)
    if (this.#query.owner && !equalNames(owner, this.#query.owner)) return
    this.#add({ owner, type: TYPE.SOA, space: 0, ttl, rdatas: [rdata] })
  }
}

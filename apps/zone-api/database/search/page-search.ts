/** Looking through a page for RRsets that fit. */
import { decodeRR, formatName, ownerEnd, rdataStart, rdlengthAt } from '@zonecast/dns'
import { compareStoredToKey, find, pageCount, pageSpace, rrAt, rrEnd, rrStart, type Space } from '@zonecast/zone'
import { FoldedPiece } from './folded-piece.ts'
import type { RRsetMatch } from './search-port.ts'
import type { StoredRRset } from '../zone-database.ts'
import { longestPiece, valueMatcher, type ValueMatcher } from './value-matcher.ts'

export interface Hit {
  readonly rrset: StoredRRset
  readonly space: Space
  /** The RRset touches an end of the page: it may go on in the next, or have begun in the one before. */
  readonly isCut: boolean
}

/** Comparing one value takes about as long as looking through so many octets. */
const comparedOctets = 128

export class PageSearch {
  readonly #type: number | undefined
  readonly #nameText: string | undefined
  readonly #namePiece: FoldedPiece
  readonly #value: ValueMatcher | undefined
  readonly #valuePiece: FoldedPiece
  /** Whether a type is asked for, for low numbers: 1 yes, 2 no, 0 not known yet. */
  readonly #types = new Uint8Array(256)
  #compared = 0

  constructor({ name, type, value }: RRsetMatch) {
    this.#type = type
    this.#nameText = name?.kind === 'contains' ? name.text : undefined
    this.#namePiece = new FoldedPiece(longestPiece(this.#nameText ?? ''))
    this.#value = value && valueMatcher(value)
    this.#valuePiece = new FoldedPiece(this.#value?.piece ?? '')
  }

  /** What comparing has cost since it was asked last, in octets looked through for the same time. */
  takeCost(): number {
    const cost = this.#compared * comparedOctets
    this.#compared = 0
    return cost
  }

  /** RRsets of the page from a key up to another that fit. */
  *hits(page: Uint8Array, fromKey: Uint8Array, toKey: Uint8Array): Generator<Hit, void, undefined> {
    if (this.#namePiece.length > 0 && this.#namePiece.indexIn(page, 0) === -1) return
    const names = new Marks(page, this.#namePiece)
    const values = new Marks(page, this.#valuePiece)
    const from = find(page, fromKey)
    const to = endBefore(page, pageCount(page), toKey)
    for (let index = this.#next(page, from, to, names, values); index < to;) {
      const end = groupEnd(page, index)
      yield hitOf(page, groupStart(page, index, from), end)
      index = this.#next(page, end, to, names, values)
    }
  }

  /** True when an RR that stands in no page fits. */
  takes(stored: Uint8Array): boolean {
    const { owner, type, rdata } = decodeRR(stored)
    return this.#takesType(type) && this.#takesName(owner) && (this.#value?.fits(type, rdata) ?? true)
  }

  /** The first RR from an index on that fits. What is not asked for is passed over without a call for each. */
  #next(page: Uint8Array, from: number, to: number, names: Marks, values: Marks): number {
    const types = this.#types
    for (let index = from; index < to; index++) {
      const start = rrStart(page, index)
      let at = start
      for (let length = page[at]!; length > 0; length = page[at]!) at += 1 + length
      const type = (page[at + 1]! << 8) | page[at + 2]!
      const isAsked = type < 256 ? types[type] : 0
      if (isAsked === 2 || (isAsked === 0 && !this.#takesType(type))) continue
      if (this.#fits(page, index, start, at + 1, type, names, values)) return index
    }
    return to
  }

  /** Looks at one RR of a type that is asked for: what costs least comes first. */
  #fits(page: Uint8Array, index: number, start: number, stop: number, type: number, names: Marks, values: Marks): boolean {
    if (this.#nameText !== undefined && !(names.has(index) && this.#takesName(page.subarray(start, stop)))) return false
    const value = this.#value
    if (value === undefined) return true
    if (value.isPlain(type) && !values.has(index)) return false
    const from = rdataStart(stop)
    const octets = rdlengthAt(page, stop)
    if (!value.mayBe(type, page, from, octets)) return false
    this.#compared++
    return value.fits(type, page.subarray(from, from + octets))
  }

  #takesType(type: number): boolean {
    const takes = (this.#type ?? type) === type && (this.#value?.mayFit(type) ?? true)
    if (type < 256) this.#types[type] = takes ? 1 : 2
    return takes
  }

  #takesName(owner: Uint8Array): boolean {
    return this.#nameText === undefined || formatName(owner).toLowerCase().includes(this.#nameText)
  }
}

/** The RRs of a page that hold a text, found by one search over the page; asked in ascending order. */
class Marks {
  readonly #page: Uint8Array
  readonly #piece: FoldedPiece
  #at = -1

  constructor(page: Uint8Array, piece: FoldedPiece) {
    this.#page = page
    this.#piece = piece
  }

  has(index: number): boolean {
    if (this.#piece.length === 0) return true
    const start = rrStart(this.#page, index)
    if (this.#at < start) {
      const found = this.#piece.indexIn(this.#page, start)
      this.#at = found === -1 ? Infinity : found
    }
    return this.#at < rrEnd(this.#page, index)
  }
}

/** The index of the first RR that is not before a key; mostly that is none, and one look tells. */
function endBefore(page: Uint8Array, count: number, key: Uint8Array): number {
  return count > 0 && compareStoredToKey(page, rrStart(page, count - 1), key) < 0 ? count : find(page, key)
}

/** Where the RRset of an RR begins and ends; names that differ in case alone are one. */
function groupStart(page: Uint8Array, index: number, from: number): number {
  const { start, length } = keyAt(page, index)
  let first = index
  while (first > from && isAlike(page, start, rrStart(page, first - 1), length)) first--
  return first
}

function groupEnd(page: Uint8Array, index: number): number {
  const { start, length } = keyAt(page, index)
  const count = pageCount(page)
  let end = index + 1
  while (end < count && isAlike(page, start, rrStart(page, end), length)) end++
  return end
}

/** Owner and type. */
function keyAt(page: Uint8Array, index: number): { start: number; length: number } {
  const start = rrStart(page, index)
  return { start, length: ownerEnd(page, start) + 2 - start }
}

function isAlike(page: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const x = page[a + i]!
    const y = page[b + i]!
    if (x === y) continue
    const folded = x | 0x20
    if (i >= length - 2 || folded !== (y | 0x20) || folded < 0x61 || folded > 0x7a) return false
  }
  return true
}

function hitOf(page: Uint8Array, index: number, end: number): Hit {
  const rrs = Array.from({ length: end - index }, (_, i) => decodeRR(rrAt(page, index + i)))
  const { owner, type, ttl } = rrs[0]!
  const rrset = { owner: owner.slice(), type, ttl, rdatas: rrs.map(({ rdata }) => rdata.slice()) }
  return { rrset, space: pageSpace(page), isCut: index === 0 || end === pageCount(page) }
}

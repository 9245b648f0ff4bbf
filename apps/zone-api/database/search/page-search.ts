/** Looking through a page for RRsets that fit. */
import { decodeRR, formatName, ownerEnd, rdataStart, rdlengthAt, typeAt } from '@zonecast/dns'
import { compareStoredToKey, find, pageCount, pageSpace, rrAt, rrEnd, rrStart, type Space } from '@zonecast/zone'
import type { RRsetMatch } from './search-port.ts'
import type { StoredRRset } from '../zone-database.ts'
import { longestPiece, valueMatcher, type ValueMatcher } from './value-matcher.ts'

export interface Hit {
  readonly rrset: StoredRRset
  readonly space: Space
  /** The RRset touches an end of the page: it may go on in the next, or have begun in the one before. */
  readonly isCut: boolean
}

export class PageSearch {
  readonly #type: number | undefined
  readonly #nameText: string | undefined
  readonly #namePiece: string
  readonly #value: ValueMatcher | undefined

  constructor({ name, type, value }: RRsetMatch) {
    this.#type = type
    this.#nameText = name?.kind === 'contains' ? name.text : undefined
    this.#namePiece = longestPiece(this.#nameText ?? '')
    this.#value = value && valueMatcher(value)
  }

  /** A short read may look through fewer octets. */
  get isSlow(): boolean {
    return this.#value?.isSlow ?? false
  }

  /** RRsets of the page from a key up to another that fit. */
  *hits(page: Uint8Array, fromKey: Uint8Array, toKey: Uint8Array): Generator<Hit, void, undefined> {
    const count = pageCount(page)
    const lower = this.#namePiece !== '' || this.#value?.piece ? lowered(page) : ''
    if (this.#namePiece !== '' && !lower.includes(this.#namePiece)) return
    const marks = new Marks(page, lower, this.#namePiece)
    const valueMarks = new Marks(page, lower, this.#value?.piece ?? '')
    for (let index = find(page, fromKey); index < count;) {
      const start = rrStart(page, index)
      if (compareStoredToKey(page, start, toKey) >= 0) return
      const end = groupEnd(page, index)
      if (this.#fits(page, index, end, marks, valueMarks)) yield hitOf(page, index, end)
      index = end
    }
  }

  /** True when an RR that stands in no page fits. */
  takes(stored: Uint8Array): boolean {
    const { owner, type, rdata } = decodeRR(stored)
    return this.#takesType(type) && this.#takesName(owner) && (this.#value?.fits(type, rdata) ?? true)
  }

  #fits(page: Uint8Array, index: number, end: number, names: Marks, values: Marks): boolean {
    const ownerStart = rrStart(page, index)
    const ownerStop = ownerEnd(page, ownerStart)
    const type = typeAt(page, ownerStop)
    if (!this.#takesType(type)) return false
    if (this.#nameText !== undefined) {
      if (!names.has(index) || !this.#takesName(page.subarray(ownerStart, ownerStop))) return false
    }
    const value = this.#value
    if (value === undefined) return true
    const isPlain = value.isPlain(type)
    for (let at = index; at < end; at++) {
      if (isPlain && !values.has(at)) continue
      const stop = ownerEnd(page, rrStart(page, at))
      const from = rdataStart(stop)
      if (value.fits(type, page.subarray(from, from + rdlengthAt(page, stop)))) return true
    }
    return false
  }

  #takesType(type: number): boolean {
    return (this.#type ?? type) === type && (this.#value?.mayFit(type) ?? true)
  }

  #takesName(owner: Uint8Array): boolean {
    return this.#nameText === undefined || formatName(owner).toLowerCase().includes(this.#nameText)
  }
}

/** Octets of the page as a string, letters in lower case, each where it was. */
function lowered(page: Uint8Array): string {
  return Buffer.from(page.buffer, page.byteOffset, page.length).toString('latin1').toLowerCase()
}

/** The RRs of a page that hold a text, found by one search over the page; asked in ascending order. */
class Marks {
  readonly #page: Uint8Array
  readonly #lower: string
  readonly #piece: string
  #at = -1

  constructor(page: Uint8Array, lower: string, piece: string) {
    this.#page = page
    this.#lower = lower
    this.#piece = piece
  }

  has(index: number): boolean {
    if (this.#piece === '') return true
    const start = rrStart(this.#page, index)
    if (this.#at < start && this.#at !== Infinity) {
      const found = this.#lower.indexOf(this.#piece, start)
      this.#at = found === -1 ? Infinity : found
    }
    return this.#at < rrEnd(this.#page, index)
  }
}

/** Where the RRset that begins at an index ends. */
function groupEnd(page: Uint8Array, index: number): number {
  const count = pageCount(page)
  const start = rrStart(page, index)
  // Owner and type; names that differ in case alone are one.
  const length = ownerEnd(page, start) + 2 - start
  let end = index + 1
  while (end < count && isAlike(page, start, rrStart(page, end), length)) end++
  return end
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

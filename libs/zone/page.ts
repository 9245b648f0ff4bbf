/** The layout of a page, and finding an RR in one. */
import { type Name, putU16, u16At } from '@zonecast/dns'
import { compareStoredToKey, type Space } from './key.ts'
import { ownerSearch } from './order.ts'

/** A page and the lower bound of its range. */
export interface PageRef {
  readonly key: Uint8Array
  readonly content: Uint8Array
}

/** The most octets a page holds, unless one RR, or RRs that no key separates, are larger. */
export const maxPageOctets = 16_000
/** The format every page begins with. */
export const pageFormat = 1
/** Format, space, count. */
export const pageHeadOctets = 4

/** The number of RRs. */
export function pageCount(page: Uint8Array): number {
  return u16At(page, 2)
}

/** The space of all RRs of the page. */
export function pageSpace(page: Uint8Array): Space {
  return page[1] as Space
}

/** Where RR `index` begins. */
export function rrStart(page: Uint8Array, index: number): number {
  return u16At(page, pageHeadOctets + 2 * index)
}

/** Where RR `index` ends. */
export function rrEnd(page: Uint8Array, index: number): number {
  return index + 1 < pageCount(page) ? rrStart(page, index + 1) : page.length
}

/** Where RR `index` begins and ends. */
export function rrBounds(page: Uint8Array, index: number): readonly [start: number, end: number] {
  return [rrStart(page, index), rrEnd(page, index)]
}

/** RR `index` as stored, a view into the page. */
export function rrAt(page: Uint8Array, index: number): Uint8Array {
  return page.subarray(rrStart(page, index), rrEnd(page, index))
}

/** The RRs of a page as pieces that stand back to back. */
export function piecesOf(page: Uint8Array) {
  const count = pageCount(page)
  return { bytes: page, start: count > 0 ? rrStart(page, 0) : 0, count, endOf: rrEnd }
}

/** All RRs of a page back to back, without its index: a view into it. */
export function packedRRs(page: Uint8Array): Uint8Array {
  return pageCount(page) === 0 ? new Uint8Array() : page.subarray(rrStart(page, 0))
}

/** All RRs of a page, as views into it. */
export function rrsOf(page: Uint8Array): Uint8Array[] {
  return Array.from({ length: pageCount(page) }, (_, index) => rrAt(page, index))
}

/** The index of the first RR whose key is not before `key`; the count when there is none. */
export function find(page: Uint8Array, key: Uint8Array): number {
  let low = 0
  let high = pageCount(page)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareStoredToKey(page, rrStart(page, middle), key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The index of the first RR whose owner is not before `owner` in canonical order; the count when there is none. */
export function findOwner(page: Uint8Array, owner: Name): number {
  const search = ownerSearch(owner)
  let low = 0
  let high = pageCount(page)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (search.isBefore(page, rrStart(page, middle))) low = middle + 1
    else high = middle
  }
  return low
}

/** Writes the head of a page and its offset index; `offsets` count from the first RR. */
export function writePageHead(page: Uint8Array, space: Space, offsets: ArrayLike<number>, count: number): void {
  page[0] = pageFormat
  page[1] = space
  putU16(page, 2, count)
  const firstRR = pageHeadOctets + 2 * count
  for (let i = 0; i < count; i++) putU16(page, pageHeadOctets + 2 * i, firstRR + offsets[i]!)
}

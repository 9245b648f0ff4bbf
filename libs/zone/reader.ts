/** Reading a zone's content through whatever holds its pages. */
import { isAtOrBelow, type Name, ownerEnd, TYPE, typeAt } from '@zonecast/dns'
import { afterOwnerKey, compareKeys, firstKey, lastKey, ownerKey, type Space } from './key.ts'
import { compareOwners } from './order.ts'
import { find, findOwner, pageCount, type PageRef, rrAt, rrStart } from './page.ts'

/** Pages that tile their spaces, found by key. What is not at hand may be asked for by throwing PageMissing. */
export interface PageReader {
  /** The page whose range holds the key; undefined when the key's space has no pages. */
  at(key: Uint8Array): PageRef | undefined
  /** The page of the same space that follows the one with this lower bound. */
  after(key: Uint8Array): PageRef | undefined
  /** The page of the same space that precedes the one with this lower bound. */
  before(key: Uint8Array): PageRef | undefined
}

/** Thrown by a reader that has to load the page of this key first; see `withPages`. */
export class PageMissing extends Error {
  readonly key: Uint8Array

  constructor(key: Uint8Array) {
    super('a page is not loaded')
    this.name = 'PageMissing'
    this.key = key
  }
}

/** A reader over pages in key order. */
export function arrayReader(pages: readonly PageRef[]): PageReader {
  const inSpace = (index: number, key: Uint8Array) => {
    const page = pages[index]
    return page !== undefined && page.key[0] === key[0] ? page : undefined
  }
  return {
    at: (key) => inSpace(countUpTo(pages, key) - 1, key),
    after: (key) => inSpace(countUpTo(pages, key), key),
    before: (key) => inSpace(countUpTo(pages, key) - 2, key),
  }
}

/** How many pages have a key not after `key`. */
function countUpTo(pages: readonly PageRef[], key: Uint8Array): number {
  let low = 0
  let high = pages.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(pages[middle]!.key, key) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

/** A place in a zone: RR `index` of a page. */
export interface Cursor {
  readonly page: PageRef
  readonly index: number
}

/** The RR a cursor stands on, as stored. */
export function rrUnder({ page, index }: Cursor): Uint8Array {
  return rrAt(page.content, index)
}

/** The first RR of the key's space whose key is not before `key`. */
export function seek(reader: PageReader, key: Uint8Array): Cursor | undefined {
  const page = reader.at(key)
  return page && normalise(reader, page, find(page.content, key))
}

/** The first RR of a space at `owner` or after it in canonical order. */
export function seekOwner(reader: PageReader, owner: Name, space: Space = 0): Cursor | undefined {
  const page = reader.at(ownerKey(space, owner))
  return page && normalise(reader, page, findOwner(page.content, owner))
}

/** The RR after a cursor, in the same space. */
export function forward(reader: PageReader, { page, index }: Cursor): Cursor | undefined {
  return normalise(reader, page, index + 1)
}

function normalise(reader: PageReader, page: PageRef, index: number): Cursor | undefined {
  if (index < pageCount(page.content)) return { page, index }
  const following = reader.after(page.key)
  return following && { page: following, index: 0 }
}

/** The RRs of a space at an owner name, in canonical order, as views. */
export function rrsAt(reader: PageReader, owner: Name, space: Space = 0): Uint8Array[] {
  const rrs: Uint8Array[] = []
  for (let at = seekOwner(reader, owner, space); at && isOwner(at, owner); at = forward(reader, at)) rrs.push(rrUnder(at))
  return rrs
}

/** The RRs of one owner and type, in canonical order; RRSIGs of both spaces. */
export function rrsetAt(reader: PageReader, owner: Name, type: number): Uint8Array[] {
  if (type === TYPE.NSEC3) return rrsOfType(rrsAt(reader, owner, 1), type)
  const rrs = rrsOfType(rrsAt(reader, owner), type)
  return type === TYPE.RRSIG ? [...rrs, ...rrsOfType(rrsAt(reader, owner, 1), type)] : rrs
}

/** The first owner name after `owner` in canonical order; names without RRs (empty non-terminals) do not count. */
export function nextOwner(reader: PageReader, owner: Name, space: Space = 0): Name | undefined {
  const at = seek(reader, afterOwnerKey(space, owner))
  return at && ownerUnder(at)
}

/** The last owner name before `owner` in canonical order. */
export function previousOwner(reader: PageReader, owner: Name, space: Space = 0): Name | undefined {
  const page = reader.at(ownerKey(space, owner))
  if (page === undefined) return undefined
  const index = findOwner(page.content, owner)
  if (index > 0) return ownerUnder({ page, index: index - 1 })
  const preceding = reader.before(page.key)
  return preceding && ownerUnder({ page: preceding, index: pageCount(preceding.content) - 1 })
}

/** The last owner name of a space. */
export function lastOwner(reader: PageReader, space: Space = 0): Name | undefined {
  const page = reader.at(lastKey(space))
  return page && ownerUnder({ page, index: pageCount(page.content) - 1 })
}

/** True when RRs stand strictly below the name. */
export function hasBelow(reader: PageReader, owner: Name, space: Space = 0): boolean {
  const next = nextOwner(reader, owner, space)
  return next !== undefined && isAtOrBelow(next, owner)
}

/** All RRs from a key on, over both spaces in key order, as views. */
export function* walkRRs(reader: PageReader, fromKey = firstKey(0)): Generator<Uint8Array, void, undefined> {
  for (let key = fromKey; ; key = firstKey(1)) {
    for (let at = seek(reader, key); at; at = forward(reader, at)) yield rrUnder(at)
    if (key[0] !== 0) return
  }
}

/** All pages from the one that holds a key on, over both spaces in key order. */
export function* walkPages(reader: PageReader, fromKey = firstKey(0)): Generator<PageRef, void, undefined> {
  for (let key = fromKey; ; key = firstKey(1)) {
    for (let page = reader.at(key); page; page = reader.after(page.key)) yield page
    if (key[0] !== 0) return
  }
}

function isOwner({ page, index }: Cursor, owner: Name): boolean {
  return compareOwners(page.content, rrStart(page.content, index), owner, 0) === 0
}

/** The owner name of the RR under a cursor, a view. */
export function ownerUnder({ page, index }: Cursor): Name {
  const start = rrStart(page.content, index)
  return page.content.subarray(start, ownerEnd(page.content, start))
}

function rrsOfType(rrs: Uint8Array[], type: number): Uint8Array[] {
  return rrs.filter((stored) => typeAt(stored, ownerEnd(stored, 0)) === type)
}

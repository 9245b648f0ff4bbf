/** The sending side of a walk: a zone's pages as key ranges. */
import { putU16, putU32 } from '@zonecast/dns'
import { compareKeys, firstKey } from './key.ts'
import { find, pageCount, pageHeadOctets, type PageRef, pageSpace, rrStart, writePageHead } from './page.ts'
import { type PageReader, walkPages } from './reader.ts'
import { octetsOf, type Sha256 } from './sum256.ts'

/** All pages of the keys from `fromKey` up to `toKey`; an empty `toKey` is the end of the zone. */
export interface KeyRange {
  readonly fromKey: Uint8Array
  readonly toKey: Uint8Array
  readonly pages: readonly PageRef[]
}

/** A key after every RR of a zone: where a walk stands that has all ranges and waits for its end. */
export const endOfZoneKey: Uint8Array = new Uint8Array([2])

/** Where to go on and how much at a time. A range has at most `maxOctets` of pages with their keys, or one page. */
export interface RangeOptions {
  readonly fromKey?: Uint8Array
  readonly maxOctets: number
}

/** The ranges of a zone in key order; `fromKey` may be any key, also one inside a page. */
export function* rangesOf(
  reader: PageReader,
  { fromKey = firstKey(0), maxOctets }: RangeOptions,
): Generator<KeyRange, void, undefined> {
  for (let key = fromKey; ;) {
    const range = nextRange(reader, key, maxOctets)
    yield range
    if (range.toKey.length === 0) return
    key = range.toKey
  }
}

/** One range: for a sender that takes a fresh look at the zone each time, so that no read is long. */
export function nextRange(reader: PageReader, fromKey: Uint8Array, maxOctets: number): KeyRange {
  const pages: PageRef[] = []
  let octets = 0
  for (const page of walkPages(reader, fromKey)) {
    const part = partFrom(page, fromKey)
    if (part === undefined) continue
    octets += part.key.length + part.content.length
    if (pages.length > 0 && octets > maxOctets) return { fromKey, toKey: part.key, pages }
    pages.push(part)
  }
  return { fromKey, toKey: new Uint8Array(), pages }
}

/** The part of a page from a key on; undefined when nothing of it stands there. */
function partFrom(page: PageRef, key: Uint8Array): PageRef | undefined {
  if (compareKeys(page.key, key) >= 0) return page
  const index = find(page.content, key)
  if (index === pageCount(page.content)) return undefined
  return { key, content: index === 0 ? page.content : pageFrom(page.content, index) }
}

function pageFrom(content: Uint8Array, index: number): Uint8Array {
  const count = pageCount(content) - index
  const start = rrStart(content, index)
  const head = pageHeadOctets + 2 * count
  const page = new Uint8Array(head + content.length - start)
  const offsets = Array.from({ length: count }, (_, i) => rrStart(content, index + i) - start)
  writePageHead(page, pageSpace(content), offsets, count)
  page.set(content.subarray(start), head)
  return page
}

/** SHA-256 over key length (u16), key, content length (u32) and content of each page in turn. */
export function rangeHash(pages: readonly PageRef[], sha256: Sha256): Uint8Array {
  const bytes = new Uint8Array(pages.reduce((octets, { key, content }) => octets + 6 + key.length + content.length, 0))
  let at = 0
  for (const { key, content } of pages) {
    putU16(bytes, at, key.length)
    bytes.set(key, at + 2)
    at += 2 + key.length
    putU32(bytes, at, content.length)
    bytes.set(content, at + 4)
    at += 4 + content.length
  }
  return octetsOf(sha256(bytes))
}

/** The check of a page at each door: structure, order and bounds. */
import { CLASS, maxLabelOctets, maxNameOctets, rdataStart, rdlengthAt, u16At, WireError } from '@zonecast/dns'
import { compareKeys, compareStoredToKey, isInseparable, spaceAt } from './key.ts'
import { compareData, compareLabels } from './order.ts'
import { maxPageOctets, pageCount, pageFormat, pageHeadOctets, pageSpace, rrAt, rrStart } from './page.ts'

/** A page that is not what a page has to be. */
export class PageError extends WireError {
  constructor(message: string, offset: number) {
    super(message, offset)
    this.name = 'PageError'
  }
}

/** The range a page stands for: keys from `key` up to `next`, or to the end of the space. */
export interface PageRange {
  readonly key: Uint8Array
  readonly next?: Uint8Array | undefined
}

// Where the labels of an owner begin, for the RR at hand and the one before it.
let starts = new Uint32Array(128)
let previousStarts = new Uint32Array(128)

/**
 * Throws PageError unless the page is well-formed: format, space, offsets, names, RDLENGTHs, class IN, TTLs, strictly ascending
 * canonical order, every key in the range, and at most 16 000 octets where a key could part it. One pass; RDATA is not looked into.
 */
export function scanPage(page: Uint8Array, { key, next }: PageRange): void {
  const count = scanHead(page, key)
  let at = pageHeadOctets + 2 * count
  let labels = 0
  let ownerEnd = 0
  for (let i = 0; i < count; i++) {
    if (rrStart(page, i) !== at) throw new PageError('the offset index does not fit the RRs', pageHeadOctets + 2 * i)
    const start = at
    const previousLabels = labels
    const previousEnd = ownerEnd
    const swap = previousStarts
    previousStarts = starts
    starts = swap
    labels = scanOwner(page, start)
    ownerEnd = labels === 0 ? start + 1 : endOfOwner(page, starts[labels - 1]!)
    at = scanBody(page, ownerEnd)
    if (i > 0 && (compareToPrevious(page, previousLabels, labels) || compareData(page, previousEnd, page, ownerEnd)) >= 0) {
      throw new PageError('RRs are not in strictly ascending canonical order', start)
    }
  }
  if (at !== page.length) throw new PageError('the page goes on after its last RR', at)
  scanRange(page, count, key, next)
  if (page.length > maxPageOctets) scanOversize(page, count)
}

function scanHead(page: Uint8Array, key: Uint8Array): number {
  if (page.length < pageHeadOctets) throw new PageError('the page ends in its head', 0)
  if (page[0] !== pageFormat) throw new PageError(`page format ${page[0]} is unknown`, 0)
  if (page[1] !== key[0] || page[1]! > 1) throw new PageError(`the page is not of space ${key[0]}`, 1)
  const count = u16At(page, 2)
  if (count === 0) throw new PageError('the page has no RRs', 2)
  if (pageHeadOctets + 2 * count > page.length) throw new PageError('the page ends in its offset index', 2)
  return count
}

/** Notes where the labels begin and says how many there are. */
function scanOwner(page: Uint8Array, offset: number): number {
  let labels = 0
  let at = offset
  while (at < page.length) {
    const length = page[at]!
    if (length === 0) return labels
    if (length > maxLabelOctets) throw new PageError(`a label cannot start with octet ${length} (RFC 1035 §2.3.4)`, at)
    starts[labels++] = at
    at += 1 + length
    if (at - offset >= maxNameOctets) throw new PageError('a name is longer than 255 octets (RFC 1035 §2.3.4)', offset)
  }
  throw new PageError('a name runs past the end', offset)
}

function endOfOwner(page: Uint8Array, lastLabel: number): number {
  return lastLabel + 1 + page[lastLabel]! + 1
}

/** Checks what stands between the owner name and the next RR, whose offset it returns. */
function scanBody(page: Uint8Array, at: number): number {
  if (at + 10 > page.length) throw new PageError('an RR runs past the end', at)
  if (page[at + 2] !== 0 || page[at + 3] !== CLASS.IN) throw new PageError('an RR is not of class IN', at + 2)
  if (page[at + 4]! > 0x7f) throw new PageError('a TTL is 2³¹ or more (RFC 2181 §8)', at + 4)
  const end = rdataStart(at) + rdlengthAt(page, at)
  if (end > page.length) throw new PageError('RDATA runs past the end', at + 8)
  if (spaceAt(page, at) !== pageSpace(page)) throw new PageError('an RR is in the wrong space', at)
  return end
}

function compareToPrevious(page: Uint8Array, previousLabels: number, labels: number): number {
  let left = previousLabels
  let right = labels
  while (left > 0 && right > 0) {
    const difference = compareLabels(page, previousStarts[--left]!, page, starts[--right]!)
    if (difference !== 0) return difference
  }
  return left - right
}

function scanRange(page: Uint8Array, count: number, key: Uint8Array, next: Uint8Array | undefined): void {
  const first = rrStart(page, 0)
  if (compareStoredToKey(page, first, key) < 0) throw new PageError('an RR stands before the range of the page', first)
  if (next === undefined) return
  if (compareKeys(key, next) >= 0) throw new PageError('the range of the page is empty', 0)
  const last = rrStart(page, count - 1)
  if (compareStoredToKey(page, last, next) >= 0) throw new PageError('an RR stands after the range of the page', last)
}

function scanOversize(page: Uint8Array, count: number): void {
  for (let i = 1; i < pageCount(page); i++) {
    if (isInseparable(rrAt(page, i - 1), rrAt(page, i))) continue
    throw new PageError(`the page has more than ${maxPageOctets} octets and ${count} RRs`, rrStart(page, i))
  }
}

/** Changing the RRs of one page. */
import { compareBytes } from '@zonecast/dns'
import { type Change, DeltaError } from './delta.ts'
import { compareStored } from './order.ts'
import { pageCount, pageHeadOctets, pageSpace, rrAt, rrEnd, rrStart, writePageHead } from './page.ts'

/** Where in a page a change belongs, and whether it takes the place of the RR there. */
export interface Place {
  readonly index: number
  readonly change: Change
}

/** Finds the places of changes `from` up to `to`; throws DeltaError when the page is not what the delta starts from. */
export function placesOf(content: Uint8Array, changes: readonly Change[], from: number, to: number): Place[] {
  const places: Place[] = []
  let index = 0
  for (let i = from; i < to; i++) {
    const change = changes[i]!
    index = indexOf(content, change.stored, index)
    const present = index < pageCount(content) && compareStored(content, change.stored, rrStart(content, index)) === 0
    if (change.removed && !(present && compareBytes(rrAt(content, index), change.removed) === 0)) throw notThere(change)
    if (!change.removed && present) throw new DeltaError(change.stored, 'it is to be added and is there')
    places.push({ index, change })
  }
  return places
}

/** The complaint about an RR that cannot be removed. */
export function notThere(change: Change): DeltaError {
  return new DeltaError(change.stored, 'it is to be removed and is not there')
}

function indexOf(content: Uint8Array, stored: Uint8Array, from: number): number {
  let low = from
  let high = pageCount(content)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareStored(content, stored, rrStart(content, middle)) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** By how many octets the page grows, its offset index included. */
export function growthOf(places: readonly Place[]): number {
  let octets = 0
  for (const { change } of places) {
    if (change.added) octets += 2 + change.added.length
    if (change.removed) octets -= 2 + change.removed.length
  }
  return octets
}

/** By how many RRs the page grows. */
export function countGrowthOf(places: readonly Place[]): number {
  let count = 0
  for (const { change } of places) count += (change.added ? 1 : 0) - (change.removed ? 1 : 0)
  return count
}

/** The page with changes made, copied in runs between them. */
export function splice(content: Uint8Array, places: readonly Place[], count: number, octets: number): Uint8Array {
  const page = new Uint8Array(octets)
  const head = pageHeadOctets + 2 * count
  const offsets = new Uint16Array(count)
  let written = 0
  let at = head
  let from = 0
  const copyUntil = (index: number) => {
    if (index <= from) return
    const start = rrStart(content, from)
    const end = rrEnd(content, index - 1)
    for (let i = from; i < index; i++) offsets[written++] = at - head + rrStart(content, i) - start
    page.set(content.subarray(start, end), at)
    at += end - start
    from = index
  }
  for (const { index, change } of places) {
    copyUntil(index)
    if (change.removed) from = index + 1
    if (change.added === undefined) continue
    offsets[written++] = at - head
    page.set(change.added, at)
    at += change.added.length
  }
  copyUntil(pageCount(content))
  writePageHead(page, pageSpace(content), offsets, count)
  return page
}

/** The RRs of a page with changes made. */
export function listed(content: Uint8Array, places: readonly Place[]): Uint8Array[] {
  const rrs: Uint8Array[] = []
  let from = 0
  for (const { index, change } of places) {
    for (; from < index; from++) rrs.push(rrAt(content, from))
    if (change.removed) from = index + 1
    if (change.added) rrs.push(change.added)
  }
  for (; from < pageCount(content); from++) rrs.push(rrAt(content, from))
  return rrs
}

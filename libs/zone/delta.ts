/** Deltas: what one version has and another has not, as packed stored RRs. */
import { compareBytes, decodeRR, formatRR, scanRR } from '@zonecast/dns'
import { compareStoredToKey } from './key.ts'
import { compareStored } from './order.ts'
import type { Delta } from './types.ts'

/** A delta that does not fit what it is applied to, or is not in order. */
export class DeltaError extends Error {
  /** The RR at fault, in presentation format. */
  readonly subject: string

  constructor(stored: Uint8Array, reason: string) {
    const subject = formatRR(decodeRR(stored))
    super(`${subject}: ${reason}`)
    this.name = 'DeltaError'
    this.subject = subject
  }
}

/** One place in canonical order at which a delta does something; `stored` is either of the two. */
export interface Change {
  readonly stored: Uint8Array
  readonly removed: Uint8Array | undefined
  readonly added: Uint8Array | undefined
}

export const emptyDelta: Delta = { removed: new Uint8Array(), added: new Uint8Array() }

/** True when the delta does nothing. */
export function isEmptyDelta({ removed, added }: Delta): boolean {
  return removed.length === 0 && added.length === 0
}

/** Stored RRs back to back. */
export function packRRs(rrs: Iterable<Uint8Array>): Uint8Array {
  const list = Array.isArray(rrs) ? (rrs as Uint8Array[]) : [...rrs]
  const packed = new Uint8Array(list.reduce((octets, stored) => octets + stored.length, 0))
  let at = 0
  for (const stored of list) {
    packed.set(stored, at)
    at += stored.length
  }
  return packed
}

/** The stored RRs of packed bytes, as views; throws WireError when they are malformed. */
export function unpackRRs(packed: Uint8Array): Uint8Array[] {
  const rrs: Uint8Array[] = []
  for (let at = 0; at < packed.length;) {
    const end = scanRR(packed, at, packed.length)
    rrs.push(packed.subarray(at, end))
    at = end
  }
  return rrs
}

/** The changes of a delta in canonical order; throws DeltaError when the delta is not in order, WireError when malformed. */
export function changesOf(delta: Delta): Change[] {
  const removed = inOrder(unpackRRs(delta.removed))
  const added = inOrder(unpackRRs(delta.added))
  return [...pairSorted(removed, added)].map(([left, right]) => ({ stored: (left ?? right)!, removed: left, added: right }))
}

function inOrder(rrs: Uint8Array[]): Uint8Array[] {
  for (let i = 1; i < rrs.length; i++) {
    if (compareStored(rrs[i - 1]!, rrs[i]!) >= 0) throw new DeltaError(rrs[i]!, 'it is not in strictly ascending canonical order')
  }
  return rrs
}

/** Packs changes into a delta; a place that ends as it began is left out. */
export function deltaOf(changes: Iterable<Pick<Change, 'removed' | 'added'>>): Delta {
  const removed: Uint8Array[] = []
  const added: Uint8Array[] = []
  for (const change of changes) {
    if (change.removed && change.added && compareBytes(change.removed, change.added) === 0) continue
    if (change.removed) removed.push(change.removed)
    if (change.added) added.push(change.added)
  }
  return { removed: packRRs(removed), added: packRRs(added) }
}

/** The delta that leads back. */
export function invertDelta({ removed, added }: Delta): Delta {
  return { removed: added, added: removed }
}

/** The delta from `a` to `b`, both in canonical order. A change of case or TTL alone is a change. */
export function diffSorted(a: Iterable<Uint8Array>, b: Iterable<Uint8Array>): Delta {
  return deltaOf(diffEach(a, b))
}

/** The changes from `a` to `b`, both in canonical order, one at a time. */
export function* diffEach(a: Iterable<Uint8Array>, b: Iterable<Uint8Array>): Generator<Change, void, undefined> {
  for (const [removed, added] of pairSorted(a, b)) {
    if (removed && added && compareBytes(removed, added) === 0) continue
    yield { stored: (removed ?? added)!, removed, added }
  }
}

type Pair = readonly [left: Uint8Array | undefined, right: Uint8Array | undefined]

/** Merges two sorted sequences; RRs at the same place in canonical order come as a pair. */
function* pairSorted(a: Iterable<Uint8Array>, b: Iterable<Uint8Array>): Generator<Pair, void, undefined> {
  const left = a[Symbol.iterator]()
  const right = b[Symbol.iterator]()
  let x = left.next()
  let y = right.next()
  while (!x.done || !y.done) {
    const order = x.done ? 1 : y.done ? -1 : compareStored(x.value, y.value)
    yield [order <= 0 ? x.value : undefined, order >= 0 ? y.value : undefined] as Pair
    if (order <= 0) x = left.next()
    if (order >= 0) y = right.next()
  }
}

/** The part of a delta that concerns keys before `key`. */
export function deltaBefore(delta: Delta, key: Uint8Array): Delta {
  return { removed: packedBefore(delta.removed, key), added: packedBefore(delta.added, key) }
}

function packedBefore(packed: Uint8Array, key: Uint8Array): Uint8Array {
  let at = 0
  while (at < packed.length) {
    const end = scanRR(packed, at, packed.length)
    if (compareStoredToKey(packed, at, key) >= 0) break
    at = end
  }
  return packed.subarray(0, at)
}

/** A part of a delta that travels by itself; a delta is applied only when whole. */
export interface DeltaPart extends Delta {
  readonly last: boolean
}

/** Cuts a delta between RRs into parts of at most `maxOctets`, or of one RR that alone is larger. At least one part. */
export function* deltaPieces(delta: Delta, maxOctets: number): Generator<DeltaPart, void, undefined> {
  const { removed, added } = delta
  let fromRemoved = 0
  let fromAdded = 0
  do {
    const toRemoved = cutAfter(removed, fromRemoved, maxOctets)
    const room = maxOctets - (toRemoved - fromRemoved)
    // The removed go first; a part has added ones only where they fit, or where it would else be empty.
    const toAdded = toRemoved < removed.length ? fromAdded : cutAfter(added, fromAdded, room, toRemoved > fromRemoved)
    const last = toRemoved === removed.length && toAdded === added.length
    yield { removed: removed.subarray(fromRemoved, toRemoved), added: added.subarray(fromAdded, toAdded), last }
    fromRemoved = toRemoved
    fromAdded = toAdded
    if (last) return
  } while (fromRemoved < removed.length || fromAdded < added.length)
}

function cutAfter(packed: Uint8Array, from: number, maxOctets: number, mayBeEmpty = false): number {
  let at = from
  while (at < packed.length) {
    const end = scanRR(packed, at, packed.length)
    if (end - from > maxOctets && (at > from || mayBeEmpty)) break
    at = end
  }
  return at
}

/** Joins the parts of a delta. */
export function joinPieces(parts: readonly Delta[]): Delta {
  return { removed: packRRs(parts.map(({ removed }) => removed)), added: packRRs(parts.map(({ added }) => added)) }
}

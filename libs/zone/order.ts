/** The canonical order of stored RRs, compared where they lie (RFC 4034 §6). */
import { compareRDATA, type Name, rdataStart, rdlengthAt, typeAt } from '@zonecast/dns'
import { spaceAt } from './key.ts'

const startsOfA = new Uint8Array(128)
const startsOfB = new Uint8Array(128)

/** Orders stored RRs by space, owner, type number and canonical RDATA. Zero means the same RR but for case and TTL. */
export function compareStored(a: Uint8Array, b: Uint8Array, offsetOfA = 0, offsetOfB = 0): number {
  const endOfA = endOfOwner(a, offsetOfA)
  const endOfB = endOfOwner(b, offsetOfB)
  const spaces = spaceAt(a, endOfA) - spaceAt(b, endOfB)
  if (spaces !== 0) return spaces
  return compareOwners(a, offsetOfA, b, offsetOfB) || compareData(a, endOfA, b, endOfB)
}

/** Orders by type and canonical RDATA two RRs of one owner, whose owner names end at the offsets. */
export function compareData(a: Uint8Array, endOfA: number, b: Uint8Array, endOfB: number): number {
  const type = typeAt(a, endOfA)
  return type - typeAt(b, endOfB) || compareRDATA(type, rdataOf(a, endOfA), rdataOf(b, endOfB))
}

/** Canonical order of the names at two offsets (RFC 4034 §6.1). */
export function compareOwners(a: Name, offsetOfA: number, b: Name, offsetOfB: number): number {
  let left = 0
  for (let at = offsetOfA; a[at]! > 0; at += 1 + a[at]!) startsOfA[left++] = at - offsetOfA
  let right = 0
  for (let at = offsetOfB; b[at]! > 0; at += 1 + b[at]!) startsOfB[right++] = at - offsetOfB
  while (left > 0 && right > 0) {
    const difference = compareLabels(a, offsetOfA + startsOfA[--left]!, b, offsetOfB + startsOfB[--right]!)
    if (difference !== 0) return difference
  }
  return left - right
}

/** Begins a search for an owner name among RRs in canonical order. One search is at work at a time. */
export function ownerSearch(owner: Name): OwnerSearch {
  return new OwnerSearch(owner)
}

/**
 * Tells the way to a name. What stands between two RRs shares as many labels with it, from the root on, as both do, and those are not
 * looked at again.
 */
class OwnerSearch {
  readonly #owner: Name
  readonly #labels: number
  /** Labels that the owner shares with the last RR before it, and with the first one that is not, so far. */
  #sharedBefore = 0
  #sharedAfter = 0

  constructor(owner: Name) {
    let labels = 0
    for (let at = 0; owner[at]! > 0; at += 1 + owner[at]!) startsOfB[labels++] = at
    this.#owner = owner
    this.#labels = labels
  }

  /** True when the owner name of the RR at `offset` comes before the one that is looked for. */
  isBefore(page: Uint8Array, offset: number): boolean {
    const labels = this.#labels
    let total = 0
    for (let at = offset; page[at]! > 0; at += 1 + page[at]!) startsOfA[total++] = at - offset
    let shared = this.#sharedBefore < this.#sharedAfter ? this.#sharedBefore : this.#sharedAfter
    let difference = 0
    for (; shared < total && shared < labels; shared++) {
      difference = compareLabels(page, offset + startsOfA[total - 1 - shared]!, this.#owner, startsOfB[labels - 1 - shared]!)
      if (difference !== 0) break
    }
    const isBefore = difference === 0 ? total < labels : difference < 0
    if (isBefore) this.#sharedBefore = shared
    else this.#sharedAfter = shared
    return isBefore
  }
}

/** Compares two labels, folded, that begin with their length octets. */
export function compareLabels(a: Uint8Array, startOfA: number, b: Uint8Array, startOfB: number): number {
  const lengthOfA = a[startOfA]!
  const lengthOfB = b[startOfB]!
  const shared = lengthOfA < lengthOfB ? lengthOfA : lengthOfB
  for (let i = 1; i <= shared; i++) {
    let x = a[startOfA + i]!
    let y = b[startOfB + i]!
    if (x === y) continue
    if (x >= 0x41 && x <= 0x5a) x |= 0x20
    if (y >= 0x41 && y <= 0x5a) y |= 0x20
    if (x !== y) return x - y
  }
  return lengthOfA - lengthOfB
}

function endOfOwner(bytes: Uint8Array, offset: number): number {
  let at = offset
  while (bytes[at]! > 0) at += 1 + bytes[at]!
  return at + 1
}

function rdataOf(bytes: Uint8Array, ownerEnd: number): Uint8Array {
  const start = rdataStart(ownerEnd)
  return bytes.subarray(start, start + rdlengthAt(bytes, ownerEnd))
}

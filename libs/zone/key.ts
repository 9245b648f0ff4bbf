/** Keys: octet strings whose plain order is the canonical order of RRs. */
import { canonicalRDATA, type Name, putU16, rdataStart, rdlengthAt, rrsigCovered, TYPE, typeAt } from '@zonecast/dns'

/** RRs of space 1 are NSEC3 and the RRSIGs that cover NSEC3; all others stand in space 0. */
export type Space = 0 | 1

/** How much of the canonical RDATA takes part in a key; RRs that differ only after that stay in one page. */
export const maxKeyRdataOctets = 512
/** Space, 255 octets of name with every one of them escaped, type, RDATA. */
const maxKeyOctets = 1 + 2 * 255 + 2 + maxKeyRdataOctets

const labelStarts = new Uint8Array(128)
const scratch = new Uint8Array(maxKeyOctets)
const otherScratch = new Uint8Array(maxKeyOctets)

/** The space of an RR whose owner name ends at `at`. */
export function spaceAt(bytes: Uint8Array, at: number): Space {
  const type = typeAt(bytes, at)
  if (type === TYPE.NSEC3) return 1
  if (type !== TYPE.RRSIG || rdlengthAt(bytes, at) < 2) return 0
  return rrsigCovered(bytes.subarray(rdataStart(at))) === TYPE.NSEC3 ? 1 : 0
}

/** The key of a stored RR: space, owner, type and up to 512 octets of canonical RDATA. */
export function storedKey(bytes: Uint8Array, offset = 0): Uint8Array {
  return scratch.slice(0, writeStoredKey(scratch, bytes, offset))
}

/** The lower bound of all RRs at an owner name: their keys without the type. */
export function ownerKey(space: Space, owner: Name): Uint8Array {
  const length = writeSubtree(scratch, space, owner, 0)
  scratch[length] = 0
  // Made for every question: a loop costs less than `slice` here.
  const key = new Uint8Array(length + 1)
  for (let i = 0; i <= length; i++) key[i] = scratch[i]!
  return key
}

/** The upper bound of all RRs at an owner name, which is the lower bound of what stands below it. */
export function afterOwnerKey(space: Space, owner: Name): Uint8Array {
  const length = writeSubtree(scratch, space, owner, 0)
  scratch[length] = 1
  return scratch.slice(0, length + 1)
}

/** What all keys at or below a name begin with. */
export function subtreeKey(space: Space, owner: Name): Uint8Array {
  return scratch.slice(0, writeSubtree(scratch, space, owner, 0))
}

/** The upper bound of all keys at or below a name. */
export function afterSubtreeKey(space: Space, owner: Name): Uint8Array {
  const key = subtreeKey(space, owner)
  // The last octet ends a label (00), where 01 could only go on with one; for the root it is the space.
  key[key.length - 1]! += 1
  return key
}

/** The lower bound of all RRs of a space, and the key of its first page. */
export function firstKey(space: Space): Uint8Array {
  return new Uint8Array([space])
}

/** A key after every RR of a space: no label has 64 octets. */
export function lastKey(space: Space): Uint8Array {
  return new Uint8Array(65).fill(0xff).fill(space, 0, 1)
}

/** The order of keys: unsigned octets, a prefix first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return compareOctets(a, a.length, b, b.length)
}

/** The smallest key after `key`. */
export function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1)
  after.set(key)
  return after
}

/** Compares the key of the stored RR at `offset` with a key. */
export function compareStoredToKey(bytes: Uint8Array, offset: number, key: Uint8Array): number {
  return compareOctets(scratch, writeStoredKey(scratch, bytes, offset), key, key.length)
}

/**
 * The bound between two neighbours of one space: owner and type of the second, and the shortest prefix of its canonical RDATA that
 * is needed. Undefined when their keys are equal, so that no bound can part them.
 */
export function separatorKey(previous: Uint8Array, next: Uint8Array): Uint8Array | undefined {
  const previousLength = writeStoredKey(scratch, previous, 0)
  const nextLength = writeStoredKey(otherScratch, next, 0)
  const shared = sharedOctets(scratch, previousLength, otherScratch, nextLength)
  if (shared === nextLength) return undefined
  const headLength = nextLength - Math.min(maxKeyRdataOctets, rdlengthAt(next, ownerEndOf(next)))
  return otherScratch.slice(0, Math.max(headLength, shared + 1))
}

/** True when no key stands between two neighbours in canonical order. */
export function isInseparable(previous: Uint8Array, next: Uint8Array): boolean {
  // Where one of two different RDATAs is wholly in its key, the keys differ.
  if (rdlengthAt(next, ownerEndOf(next)) < maxKeyRdataOctets) return false
  if (rdlengthAt(previous, ownerEndOf(previous)) < maxKeyRdataOctets) return false
  return separatorKey(previous, next) === undefined
}

function ownerEndOf(stored: Uint8Array): number {
  let at = 0
  while (stored[at]! > 0) at += 1 + stored[at]!
  return at + 1
}

function writeStoredKey(key: Uint8Array, bytes: Uint8Array, offset: number): number {
  let at = offset
  while (bytes[at]! > 0) at += 1 + bytes[at]!
  const ownerEnd = at + 1
  const type = typeAt(bytes, ownerEnd)
  let length = writeSubtree(key, spaceAt(bytes, ownerEnd), bytes, offset)
  key[length] = 0
  putU16(key, length + 1, type)
  length += 3
  const start = rdataStart(ownerEnd)
  const rdata = canonicalRDATA(type, bytes.subarray(start, start + rdlengthAt(bytes, ownerEnd)))
  const taken = Math.min(rdata.length, maxKeyRdataOctets)
  for (let i = 0; i < taken; i++) key[length + i] = rdata[i]!
  return length + taken
}

/** Labels from the root down, folded; 00 is written 01 01 and 01 is written 01 02, so that 00 can end a label. */
function writeSubtree(key: Uint8Array, space: Space, bytes: Uint8Array, offset: number): number {
  let count = 0
  for (let at = offset; bytes[at]! > 0; at += 1 + bytes[at]!) labelStarts[count++] = at - offset
  let length = 0
  key[length++] = space
  while (count > 0) {
    const start = offset + labelStarts[--count]!
    const end = start + 1 + bytes[start]!
    for (let at = start + 1; at < end; at++) {
      const octet = bytes[at]!
      if (octet <= 1) key[length++] = 1
      key[length++] = octet <= 1 ? octet + 1 : octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet
    }
    key[length++] = 0
  }
  return length
}

function sharedOctets(a: Uint8Array, lengthOfA: number, b: Uint8Array, lengthOfB: number): number {
  const most = lengthOfA < lengthOfB ? lengthOfA : lengthOfB
  let at = 0
  while (at < most && a[at] === b[at]) at++
  return at
}

function compareOctets(a: Uint8Array, lengthOfA: number, b: Uint8Array, lengthOfB: number): number {
  const at = sharedOctets(a, lengthOfA, b, lengthOfB)
  return at < lengthOfA && at < lengthOfB ? a[at]! - b[at]! : lengthOfA - lengthOfB
}

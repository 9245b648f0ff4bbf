/** Verifying a zone's message digest (RFC 8976), scheme SIMPLE, over its RRs in canonical order. */
import { createHash, type Hash } from 'node:crypto'
import {
  canonicalRDATA,
  compareBytes,
  decodeRR,
  encodeRR,
  equalNames,
  foldName,
  type Name,
  ownerEnd,
  type RR,
  rrsigCovered,
  soaFields,
  TYPE,
  u32At,
} from '@zonecast/dns'
import { compareData, compareOwners, spaceAt } from '@zonecast/zone'

export type ZonemdResult =
  | { readonly kind: 'verified' }
  /** No digest has a scheme and a hash that are known here. */
  | { readonly kind: 'unverified' }
  | { readonly kind: 'invalid'; readonly cause: string }

const simple = 1
const hashes: Readonly<Record<number, string>> = { 1: 'sha384', 2: 'sha512' }

interface Digest {
  readonly serial: number
  readonly scheme: number
  readonly algorithm: number
  readonly octets: Uint8Array
}

/** `read` gives the stored RRs in the order of the zone's pages, each time anew. */
export function verifyZonemd(apex: Name, read: () => Iterator<Uint8Array>): ZonemdResult {
  const { serial, digests } = atApex(apex, read())
  const known = digests.filter(({ scheme, algorithm }) => scheme === simple && hashes[algorithm] !== undefined)
  // Of two digests that differ in nothing but their octets neither is to be used (§4).
  const usable = known.filter((one) => known.filter(({ algorithm }) => algorithm === one.algorithm).length === 1)
  if (known.length > 0 && usable.length === 0) return { kind: 'invalid', cause: 'it has two digests of one kind' }
  if (usable.length === 0) return { kind: 'unverified' }
  const current = usable.filter((digest) => digest.serial === serial)
  if (current.length === 0)
    return { kind: 'invalid', cause: `its serial, ${usable[0]!.serial}, is not that of the SOA, ${serial}` }
  const hashers = current.map(({ algorithm }) => createHash(hashes[algorithm]!))
  hashZone(apex, read, hashers)
  const isRight = hashers.some((hasher, i) => compareBytes(hasher.digest(), current[i]!.octets) === 0)
  return isRight ? { kind: 'verified' } : { kind: 'invalid', cause: 'the digest of the zone is another one' }
}

/** The apex comes first. */
function atApex(apex: Name, rrs: Iterator<Uint8Array>): { serial: number | undefined; digests: Digest[] } {
  let serial: number | undefined
  const digests: Digest[] = []
  for (let next = rrs.next(); !next.done; next = rrs.next()) {
    const rr = decodeRR(next.value)
    if (!equalNames(rr.owner, apex)) break
    if (rr.type === TYPE.SOA) serial ??= soaFields(rr.rdata).serial
    if (rr.type === TYPE.ZONEMD) digests.push(digestOf(rr))
  }
  rrs.return?.()
  return { serial, digests }
}

function digestOf({ rdata }: RR): Digest {
  return { serial: u32At(rdata, 0), scheme: rdata[4]!, algorithm: rdata[5]!, octets: rdata.slice(6) }
}

/** All RRs but the ZONEMD of the apex and its signatures, each once, in canonical form and order (§3.3). */
function hashZone(apex: Name, read: () => Iterator<Uint8Array>, hashers: readonly Hash[]): void {
  let previous: Uint8Array | undefined
  for (const stored of inOneOrder(read)) {
    if (previous !== undefined && isSame(previous, stored)) continue
    previous = stored
    const rr = decodeRR(stored)
    if (isLeftOut(rr, apex)) continue
    const canonical = encodeRR({ ...rr, owner: foldName(rr.owner), rdata: canonicalRDATA(rr.type, rr.rdata) })
    for (const hasher of hashers) hasher.update(canonical)
  }
}

function isLeftOut({ owner, type, rdata }: RR, apex: Name): boolean {
  if (type !== TYPE.ZONEMD && (type !== TYPE.RRSIG || rrsigCovered(rdata) !== TYPE.ZONEMD)) return false
  return equalNames(owner, apex)
}

/** NSEC3 and their signatures stand apart in pages, and among the other names here. */
function* inOneOrder(read: () => Iterator<Uint8Array>): Generator<Uint8Array, void, undefined> {
  const ordinary = spaceOf(read(), 0)
  const hashed = spaceOf(read(), 1)
  let a = ordinary.next()
  let b = hashed.next()
  while (!a.done || !b.done) {
    if (b.done || (!a.done && compareWhole(a.value, b.value) <= 0)) {
      yield a.value as Uint8Array
      a = ordinary.next()
    } else {
      yield b.value
      b = hashed.next()
    }
  }
}

function* spaceOf(rrs: Iterator<Uint8Array>, space: number): Generator<Uint8Array, void, undefined> {
  try {
    for (let next = rrs.next(); !next.done; next = rrs.next()) {
      if (spaceAt(next.value, ownerEnd(next.value, 0)) === space) yield next.value
    }
  } finally {
    rrs.return?.()
  }
}

function compareWhole(a: Uint8Array, b: Uint8Array): number {
  return compareOwners(a, 0, b, 0) || compareData(a, ownerEnd(a, 0), b, ownerEnd(b, 0))
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return compareWhole(a, b) === 0
}

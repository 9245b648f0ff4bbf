/** Names, RRs and zones for property tests, leaning towards what is hard. */
import { concatNames, encodeRR, maxNameOctets, type Name, parseName, type RR, TYPE } from '@zonecast/dns'
import * as fc from 'fast-check'
import { sortedUnique } from './sample-order.ts'

/** Octets that escape, fold, sort or print in their own way come often, so that names collide and differ by little. */
const octet = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0x61, 0x41, 0x62, 0x42, 0x7a) },
  { weight: 2, arbitrary: fc.constantFrom(0x00, 0x01, 0x02, 0x2a, 0x2d, 0x2e, 0x40, 0x5b, 0x5c, 0xff) },
  { weight: 1, arbitrary: fc.nat(255) },
)

/** The octets of a label, 1 to 63. */
export const arbLabel: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    { weight: 9, arbitrary: fc.array(octet, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(octet, { minLength: 63, maxLength: 63 }) },
  )
  .map((octets) => Uint8Array.from(octets))

/** A name at or below `origin`, up to four labels deeper. */
export function arbName(origin: Name = parseName('.')): fc.Arbitrary<Name> {
  return fc.array(arbLabel, { maxLength: 4 }).map((labels) => {
    let name = origin
    for (const label of labels) {
      if (name.length + 1 + label.length <= maxNameOctets) name = concatNames(Uint8Array.of(label.length, ...label, 0), name)
    }
    return name
  })
}

/** An RR at or below `origin`, of types that differ in how they sort, with RDATA from none to several thousand octets. */
export function arbRR(origin: Name = parseName('example.')): fc.Arbitrary<RR> {
  const name = arbName(origin)
  const octets = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength })
  const filled = (max: number) => fc.integer({ min: 505, max }).map((length) => new Uint8Array(length).fill(0x61))
  const large = fc.tuple(octets(4, 4), filled(7_000), octets(0, 3)).map((parts) => concat(...parts))
  const typed: fc.Arbitrary<Pick<RR, 'type' | 'rdata'>> = fc.oneof(
    data(TYPE.A, octets(4, 4)),
    data(TYPE.NS, name),
    data(TYPE.CNAME, name),
    data(
      TYPE.MX,
      fc.tuple(octets(2, 2), name).map(([preference, target]) => concat(preference, target)),
    ),
    data(TYPE.AAAA, octets(16, 16)),
    data(TYPE.NSEC3, octets(8, 40)),
    data(
      TYPE.RRSIG,
      fc.tuple(fc.constantFrom(TYPE.A, TYPE.NSEC3), octets(16, 60)).map(([covered, rest]) => concat(u16(covered), rest)),
    ),
    data(65_280, octets(0, 20)),
    data(65_281, large),
  )
  const ttl = fc.constantFrom(0, 60, 3600, 0x7fff_ffff)
  // RRs of one owner that often share 512 octets of RDATA; few enough that a page can hold them.
  const crowding = fc.tuple(filled(900), octets(0, 3)).map((parts) => concat(...parts))
  const crowd = fc.tuple(fc.constant(origin), ttl, data(65_281, crowding))
  return fc
    .oneof({ weight: 10, arbitrary: fc.tuple(name, ttl, typed) }, { weight: 1, arbitrary: crowd })
    .map(([owner, seconds, { type, rdata }]) => ({ owner, ttl: seconds, type, rdata }))
}

function data(type: number, rdata: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Pick<RR, 'type' | 'rdata'>> {
  return rdata.map((bytes) => ({ type, rdata: bytes }))
}

/** Stored RRs in canonical order, each once; the SOA is not among them. */
export function arbContent(origin: Name = parseName('example.'), maxLength = 60): fc.Arbitrary<Uint8Array[]> {
  return fc.array(arbRR(origin).map(encodeRR), { maxLength, size: 'max' }).map(sortedUnique)
}

/** Two contents that share much: RRs only in one, in both, and in both but for case or TTL. */
export function arbContentPair(origin: Name = parseName('example.'), maxLength = 60): fc.Arbitrary<[Uint8Array[], Uint8Array[]]> {
  return fc
    .array(fc.tuple(arbRR(origin), fc.constantFrom('left', 'right', 'both', 'both', 'both', 'ttl', 'case')), {
      maxLength,
      size: 'max',
    })
    .map((entries) => {
      const left = entries.filter(([, side]) => side !== 'right').map(([rr]) => encodeRR(rr))
      const right = entries.filter(([, side]) => side !== 'left').map(([rr, side]) => encodeRR(altered(rr, side)))
      return [sortedUnique(left), sortedUnique(right)]
    })
}

function altered(rr: RR, side: string): RR {
  if (side === 'ttl') return { ...rr, ttl: rr.ttl === 7 ? 8 : 7 }
  return side === 'case' ? { ...rr, owner: rr.owner.map(swapCase) } : rr
}

function swapCase(value: number): number {
  return (value >= 0x41 && value <= 0x5a) || (value >= 0x61 && value <= 0x7a) ? value ^ 0x20 : value
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff)
}

function concat(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

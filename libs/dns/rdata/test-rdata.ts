/** Well-formed RDATA of every type that has fields, for laws. */
import * as fc from 'fast-check'
import { anyName, octet } from '../test-names.ts'
import { TYPE } from '../types.ts'

type Octets = fc.Arbitrary<Uint8Array>

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

function exactly(length: number): Octets {
  return fc.uint8Array({ minLength: length, maxLength: length })
}

function counted(minLength: number, maxLength: number, item: fc.Arbitrary<number> = octet): Octets {
  return fc.array(item, { minLength, maxLength }).map((octets) => Uint8Array.from([octets.length, ...octets]))
}

function u32(value: number): Uint8Array {
  return Uint8Array.from([value >>> 24, value >>> 16, value >>> 8, value])
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff]
}

const windows = fc.uniqueArray(fc.tuple(fc.nat(255), exactly(32), fc.nat(31)), { maxLength: 4, selector: ([window]) => window })
const bitmap = windows.map((all) =>
  concat(
    all
      .toSorted(([a], [b]) => a - b)
      .map(([window, bits, last]) => Uint8Array.from([window, last + 1, ...bits.subarray(0, last), bits[last]! | 1])),
  ),
)

const protocolIds = fc.array(counted(1, 8), { minLength: 1, maxLength: 3 }).map(concat)
const flag = fc.constant(new Uint8Array(0))
const svcValues: readonly (readonly [number, Octets])[] = [
  [2, flag],
  [3, exactly(2)],
  [4, fc.array(exactly(4), { minLength: 1, maxLength: 3 }).map(concat)],
  [5, fc.uint8Array({ minLength: 1, maxLength: 9 })],
  [6, fc.array(exactly(16), { minLength: 1, maxLength: 3 }).map(concat)],
  [7, fc.constantFrom('/q{?dns}', '/{a}/é{?x,dns:9}', '/{+dns}').map((path) => new TextEncoder().encode(path))],
  [8, flag],
  [667, fc.uint8Array({ maxLength: 9 })],
]

/** With alpn always there, for no-default-alpn needs it, and mandatory listing every other key or none. */
const svcParams: Octets = fc.tuple(protocolIds, fc.subarray([...svcValues]), fc.boolean()).chain(([ids, chosen, isMandatory]) =>
  fc.tuple(...chosen.map(([, value]) => value)).map((values) => {
    const params = [[1, ids] as const, ...chosen.map(([key], i) => [key, values[i]!] as const)]
    const keys = Uint8Array.from(params.flatMap(([key]) => u16(key)))
    const all = isMandatory ? [[0, keys] as const, ...params] : params
    return concat(all.map(([key, value]) => Uint8Array.from([...u16(key), ...u16(value.length), ...value])))
  }),
)

const letters = fc.constantFrom(...Uint8Array.from('aZ09', (character) => character.charCodeAt(0)))
const digest = fc
  .constantFrom([1, 20], [2, 32], [4, 48], [9, 5])
  .chain(([type, length]) => exactly(length!).map((octets) => Uint8Array.from([type!, ...octets])))
const zoneDigest = fc
  .constantFrom([1, 1, 48], [1, 2, 64], [2, 3, 12], [240, 9, 13])
  .chain(([scheme, algorithm, length]) => exactly(length!).map((octets) => Uint8Array.from([scheme!, algorithm!, ...octets])))
const fingerprint = fc
  .constantFrom([1, 20], [2, 32], [3, 7])
  .chain(([type, length]) => exactly(length!).map((octets) => Uint8Array.from([type!, ...octets])))
const nsec3Start = fc
  .tuple(fc.constantFrom(1, 1, 9), exactly(3), counted(0, 9), counted(20, 20))
  .map(([algorithm, flags, saltOctets, hash]) => concat([Uint8Array.from([algorithm]), flags, saltOctets, hash]))

const angle = (maxMs: number): Octets => fc.integer({ min: 0x8000_0000 - maxMs, max: 0x8000_0000 + maxMs }).map(u32)
const precision = fc.oneof(
  fc.constant(0),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)).map(([a, b]) => 16 * a + b),
)
const location = fc
  .tuple(fc.tuple(precision, precision, precision), angle(324_000_000), angle(648_000_000), exactly(4))
  .map(([precisions, latitude, longitude, altitude]) =>
    concat([Uint8Array.from([0, ...precisions]), latitude, longitude, altitude]),
  )

/** Octets that do not end in zero, or none. */
const trimmed = (maxLength: number): Octets =>
  fc.uint8Array({ maxLength }).map((octets) => octets.map((value, i) => (i === octets.length - 1 ? value | 1 : value)))
const prefixes = fc
  .array(
    fc
      .constantFrom([1, 4] as const, [2, 16] as const)
      .chain(([family, octets]) =>
        fc
          .tuple(fc.nat(8 * octets), fc.constantFrom(0, 0x80), trimmed(octets))
          .map(([bits, negation, address]) => Uint8Array.from([0, family, bits, negation | address.length, ...address])),
      ),
    { minLength: 1, maxLength: 4 },
  )
  .map(concat)

/** Type and what belongs to it: nothing, an address, a name. */
const gateway = fc.constantFrom(0, 1, 2, 3).chain((type) => {
  const octets = [fc.constant(new Uint8Array(0)), exactly(4), exactly(16), anyName][type]!
  return octets.map((value) => ({ type, value }))
})
/** Without an algorithm a key may be left out. */
const ipsecGateway = fc
  .tuple(gateway, fc.nat(255), fc.uint8Array({ maxLength: 20 }))
  .map(([{ type, value }, algorithm, key]) => concat([Uint8Array.from([type, key.length === 0 ? 0 : algorithm]), value, key]))
/** Without a key the flags say so. */
const oldKey = fc
  .tuple(fc.nat(255), exactly(3), fc.uint8Array({ maxLength: 20 }))
  .map(([flags, others, key]) => concat([Uint8Array.from([key.length === 0 ? flags | 0xc0 : flags]), others, key]))
const relay = fc
  .tuple(gateway, fc.constantFrom(0, 0x80))
  .map(([{ type, value }, discovery]) => concat([Uint8Array.from([discovery | type]), value]))
const hostIdentity = fc
  .tuple(fc.nat(255), fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.uint8Array({ minLength: 1, maxLength: 40 }))
  .chain(([algorithm, hit, key]) =>
    fc
      .array(anyName, { maxLength: 2 })
      .map((servers) => concat([Uint8Array.from([hit.length, algorithm, ...u16(key.length)]), hit, key, ...servers])),
  )
const chain = fc.nat(128).chain((bits) =>
  fc.tuple(exactly(Math.ceil((128 - bits) / 8)), anyName).map(([suffix, prefix]) => {
    const address = suffix.map((value, i) => (i === 0 ? value & ~(0xff00 >> (bits % 8)) : value))
    return concat([Uint8Array.from([bits]), address, ...(bits === 0 ? [] : [prefix])])
  }),
)
const digit = fc.integer({ min: 0x30, max: 0x39 })
const atmAddress = fc.oneof(
  fc.array(digit, { minLength: 1, maxLength: 15 }).map((digits) => Uint8Array.from([1, ...digits])),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((octets) => Uint8Array.from([0, ...octets])),
)
const nxtBits = trimmed(16)
  .filter((octets) => octets.length > 0)
  .map((octets) => octets.map((value, i) => (i === 0 ? (value & 0x7f) | 1 : value)))
const regexp = fc
  .constantFrom('', '!^.*$!sip:info@example.com!', '/(a)(b)\\/(c)/\\1\\3/i', '|é|\\\\|')
  .map((text) => new TextEncoder().encode(text))
  .map((octets) => Uint8Array.from([octets.length, ...octets]))

/** What the letters of `layouts` mean; a digit is so many octets. */
const parts: Readonly<Record<string, Octets>> = {
  n: anyName,
  s: counted(0, 9),
  S: fc.array(fc.oneof(counted(0, 9), counted(250, 255)), { minLength: 1, maxLength: 3 }).map(concat),
  x: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  X: fc.uint8Array({ maxLength: 40 }),
  f: fc.array(counted(0, 9), { minLength: 1, maxLength: 2 }).map(concat),
  g: fingerprint,
  e: nsec3Start,
  q: exactly(16),
  t: counted(1, 15, letters),
  b: bitmap.filter((octets) => octets.length > 0),
  B: bitmap,
  d: digest,
  z: zoneDigest,
  p: svcParams,
  o: location,
  a: prefixes,
  k: ipsecGateway,
  K: oldKey,
  Z: fc.constant(new Uint8Array(2)),
  r: relay,
  h: hostIdentity,
  y: chain,
  m: atmAddress,
  w: trimmed(20),
  T: nxtBits,
  R: regexp,
  D: counted(4, 15, digit),
}

// prettier-ignore
/** The parts of each type's RDATA, written down apart from the table of the library. */
const layouts: Readonly<Record<string, string>> = {
  A: '4', NS: 'n', MD: 'n', MF: 'n', CNAME: 'n', SOA: 'nn44444', MB: 'n', MG: 'n', MR: 'n', PTR: 'n', HINFO: 'ss', MINFO: 'nn',
  MX: '2n', TXT: 'S', RP: 'nn', AFSDB: '2n', X25: 'D', ISDN: 'f', RT: '2n', PX: '2nn', GPOS: 'sss', KX: '2n', AAAA: 'q',
  SRV: '222n', NAPTR: '22ssRn', DNAME: 'n', URI: '22x', DS: '21d', DNSKEY: '211x', RRSIG: '2114442nx', NSEC: 'nb', NSEC3: 'eB',
  NSEC3PARAM: '112s', CDS: '21d', CDNSKEY: '211x', DLV: '21d', TA: '21d', SIG: '2114442nx', KEY: 'K', SSHFP: '1g', CERT: '221x',
  DHCID: 'x', TLSA: '111x', SMIMEA: '111x', OPENPGPKEY: 'x', CAA: '1tX', CSYNC: '42B', ZONEMD: '4z', DSYNC: '212n', SVCB: '2np',
  HTTPS: '2np', NID: '28', L32: '24', L64: '28', LP: '2n', EUI48: '6', EUI64: '8', SPF: 'S', NINFO: 'S', AVC: 'S', RESINFO: 'S',
  WALLET: 'S', CLA: 'S', WKS: '41w', NSAP: 'x', 'NSAP-PTR': 'n', LOC: 'o', NXT: 'nT', A6: 'y', APL: 'a', IPSECKEY: '1k', HIP: 'h',
  AMTRELAY: '1r', IPN: '8', EID: 'x', NIMLOC: 'x', ATMA: 'm', SINK: '111X', RKEY: 'Z11x', TALINK: 'nn', DOA: '441sX', HHIT: 'x',
  BRID: 'x',
}

/** Well-formed RDATA of each type that has fields, by type. */
export const anyRDATA: ReadonlyMap<number, Octets> = new Map(
  Object.entries(layouts).map(([mnemonic, layout]) => [
    TYPE[mnemonic as keyof typeof TYPE],
    fc.tuple(...Array.from(layout, (letter) => parts[letter] ?? exactly(Number(letter)))).map(concat),
  ]),
)

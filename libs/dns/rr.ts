/** Resource records, and the stored form pages and streams carry. */
import { formatName, type Name, scanName } from './name.ts'
import { formatRDATA } from './rdata/format.ts'
import { CLASS, typeToText } from './types.ts'
import { WireError } from './violation.ts'
import { putU16, putU32, u16At, u32At } from './wire.ts'

/** A resource record of class IN; `rdata` holds names uncompressed. */
export interface RR {
  readonly owner: Name
  readonly type: number
  readonly ttl: number
  readonly rdata: Uint8Array
}

/** The largest TTL (RFC 2181 §8). */
export const maxTtl = 0x7fff_ffff

/** Octets between the owner name and the RDATA: type, class, TTL, RDLENGTH. */
const fixedOctets = 10

/** The stored form: owner uncompressed, type, class IN, TTL, RDLENGTH, RDATA. */
export function encodeRR(rr: RR): Uint8Array {
  const at = rr.owner.length
  const bytes = new Uint8Array(at + fixedOctets + rr.rdata.length)
  bytes.set(rr.owner)
  putU16(bytes, at, rr.type)
  putU16(bytes, at + 2, CLASS.IN)
  putU32(bytes, at + 4, rr.ttl)
  putU16(bytes, at + 8, rr.rdata.length)
  bytes.set(rr.rdata, at + fixedOctets)
  return bytes
}

/** Reads a stored RR; owner and RDATA are views into `bytes`. Throws WireError like `scanRR`. */
export function decodeRR(bytes: Uint8Array, offset = 0): RR {
  const end = scanRR(bytes, offset, bytes.length)
  const at = ownerEnd(bytes, offset)
  return {
    owner: bytes.subarray(offset, at),
    type: typeAt(bytes, at),
    ttl: ttlAt(bytes, at),
    rdata: bytes.subarray(at + fixedOctets, end),
  }
}

/** The offset after a stored RR, by structure alone: name, bounds, class IN, TTL below 2³¹. Throws WireError. */
export function scanRR(bytes: Uint8Array, offset: number, end: number): number {
  const at = scanName(bytes, offset, end)
  if (at + fixedOctets > end) throw new WireError('an RR runs past the end', offset)
  if (bytes[at + 2] !== 0 || bytes[at + 3] !== CLASS.IN) throw new WireError('an RR is not of class IN', at + 2)
  if (bytes[at + 4]! > 0x7f) throw new WireError('a TTL is 2³¹ or more (RFC 2181 §8)', at + 4)
  const after = at + fixedOctets + rdlengthAt(bytes, at)
  if (after > end) throw new WireError('RDATA runs past the end', at + 8)
  return after
}

/** The offset after the owner name of an RR that was scanned before. */
export function ownerEnd(bytes: Uint8Array, offset: number): number {
  let at = offset
  while (bytes[at]! > 0) at += 1 + bytes[at]!
  return at + 1
}

/** The type of the RR whose owner name ends at `at`. */
export function typeAt(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at)
}

/** The TTL of the RR whose owner name ends at `at`. */
export function ttlAt(bytes: Uint8Array, at: number): number {
  return u32At(bytes, at + 4)
}

/** The RDLENGTH of the RR whose owner name ends at `at`. */
export function rdlengthAt(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at + 8)
}

/** Where the RDATA starts of the RR whose owner name ends at `at`. */
export function rdataStart(at: number): number {
  return at + fixedOctets
}

/** The type covered by an RRSIG (RFC 4034 §3.1.1). */
export function rrsigCovered(rdata: Uint8Array): number {
  if (rdata.length < 2) throw new WireError('RRSIG RDATA has no type covered', 0)
  return u16At(rdata, 0)
}

/** One line of presentation format with absolute names, fields separated by single spaces. */
export function formatRR(rr: RR): string {
  return `${formatName(rr.owner)} ${rr.ttl} IN ${typeToText(rr.type)} ${formatRDATA(rr.type, rr.rdata)}`
}

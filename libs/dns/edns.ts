/** EDNS: the OPT pseudo-record in wire format (RFC 6891 §6.1). */
import { TYPE } from './types.ts'
import { WireError } from './violation.ts'
import { putU16, putU32, u16At } from './wire.ts'

export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

export interface Edns {
  /** The largest UDP payload the sender takes. */
  readonly udpSize: number
  readonly version: number
  /** DNSSEC OK (RFC 3225). */
  readonly doBit: boolean
  readonly options: readonly EdnsOption[]
}

/** Option codes (IANA DNS EDNS0 Option Codes) used here and there. */
export const EDNS_OPTION = { NSID: 3, CLIENT_SUBNET: 8, COOKIE: 10, TCP_KEEPALIVE: 11, PADDING: 12, EXTENDED_ERROR: 15 } as const

/** An OPT record, and the upper eight bits of the RCODE it carries. */
export interface ParsedOPT {
  readonly edns: Edns
  readonly extendedRcode: number
}

const fixedOctets = 10

/** Reads the OPT record whose owner name ends at `at`; bounds of its RDATA are checked by the caller. */
export function parseOPT(message: Uint8Array, at: number): ParsedOPT {
  const end = at + fixedOctets + u16At(message, at + 8)
  const options: EdnsOption[] = []
  let offset = at + fixedOctets
  while (offset < end) {
    const dataStart = offset + 4
    const dataEnd = dataStart <= end ? dataStart + u16At(message, offset + 2) : dataStart
    if (dataEnd > end) throw new WireError('an EDNS option runs past the end of OPT (RFC 6891 §6.1.2)', offset)
    options.push({ code: u16At(message, offset), data: message.slice(dataStart, dataEnd) })
    offset = dataEnd
  }
  const edns = { udpSize: u16At(message, at + 2), version: message[at + 5]!, doBit: message[at + 6]! >= 0x80, options }
  return { edns, extendedRcode: message[at + 4]! }
}

/** The octets `putOPT` writes. */
export function sizeOfOPT(edns: Edns): number {
  let size = 1 + fixedOctets
  for (const option of edns.options) size += 4 + option.data.length
  return size
}

/** Writes the OPT record and returns the offset after it. */
export function putOPT(bytes: Uint8Array, offset: number, edns: Edns, rcode: number): number {
  bytes[offset] = 0
  putU16(bytes, offset + 1, TYPE.OPT)
  putU16(bytes, offset + 3, edns.udpSize)
  putU32(bytes, offset + 5, ((rcode >>> 4) << 24) | (edns.version << 16) | (edns.doBit ? 0x8000 : 0))
  putU16(bytes, offset + 9, sizeOfOPT(edns) - 1 - fixedOctets)
  let at = offset + 1 + fixedOctets
  for (const { code, data } of edns.options) {
    putU16(bytes, at, code)
    putU16(bytes, at + 2, data.length)
    bytes.set(data, at + 4)
    at += 4 + data.length
  }
  return at
}

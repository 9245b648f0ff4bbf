/** Reads the usual query where it lies: one question of class IN, and EDNS without options or none. */
import { CLASS, headerOctets, maxLabelOctets, maxNameOctets, TYPE, u16At } from '@zonecast/dns'

/** A question where it stands in the octets of a query. */
export interface PlainQuery {
  /** Where the name ends that begins behind the header. */
  nameEnd: number
  type: number
  hasEdns: boolean
  doBit: boolean
  /** The client's EDNS buffer; 0 without EDNS. */
  udpSize: number
}

/** OPT without options. */
const optOctets = 11

/**
 * Fills `plain` and returns true for a query that has nothing unusual; everything else, right or wrong, is read by `parseRequest`. The
 * flags that have no meaning in a query are passed over, as there.
 */
export function readPlainQuery(bytes: Uint8Array, plain: PlainQuery): boolean {
  const length = bytes.length
  if (length < headerOctets + 5 || length > headerOctets + maxNameOctets + 4 + optOctets) return false
  // A query of opcode 0; no RRs but at most one, which then must be OPT.
  if ((bytes[2]! & 0xf8) !== 0 || u16At(bytes, 4) !== 1 || u16At(bytes, 6) !== 0 || u16At(bytes, 8) !== 0) return false
  const more = u16At(bytes, 10)
  if (more > 1) return false
  const rest = 4 + more * optOctets
  let at = headerOctets
  while (bytes[at]! > 0) {
    if (bytes[at]! > maxLabelOctets) return false
    at += 1 + bytes[at]!
    if (at + 1 + rest > length) return false
  }
  at++
  if (at + rest !== length || at - headerOctets > maxNameOctets || u16At(bytes, at + 2) !== CLASS.IN) return false
  plain.nameEnd = at
  plain.type = u16At(bytes, at)
  plain.hasEdns = more === 1
  plain.doBit = false
  plain.udpSize = 0
  return more === 0 || readOpt(bytes, at + 4, plain)
}

function readOpt(bytes: Uint8Array, at: number, plain: PlainQuery): boolean {
  if (bytes[at] !== 0 || u16At(bytes, at + 1) !== TYPE.OPT || bytes[at + 6] !== 0 || u16At(bytes, at + 9) !== 0) return false
  plain.udpSize = u16At(bytes, at + 3)
  plain.doBit = bytes[at + 7]! >= 0x80
  return true
}

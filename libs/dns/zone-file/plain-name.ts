/** Names whose text has no escapes, read octet by octet: the common case of a zone file. */
import { maxLabelOctets, maxNameOctets, type Name, rootName } from '../name.ts'

const scratch = new Uint8Array(maxNameOctets + 1)

/**
 * Reads the name between two offsets into a scratch buffer that the next call overwrites, and returns its length, or -1 where it
 * is anything else than a correct name without escapes; `parseName` then reads it again or says what is wrong.
 */
function readPlainName(bytes: Uint8Array, start: number, end: number, origin: Name): number {
  const size = end - start
  if (size >= maxNameOctets || size === 0) return -1
  if (size === 1 && bytes[start] === 0x40) return append(0, origin)
  if (size === 1 && bytes[start] === 0x2e) return append(0, rootName)
  let labelStart = 0
  let at = 1
  for (let i = start; i < end; i++) {
    const octet = bytes[i]!
    if (octet === 0x2e) {
      const length = at - labelStart - 1
      if (length === 0 || length > maxLabelOctets) return -1
      scratch[labelStart] = length
      labelStart = at++
    } else if (octet <= 0x20 || octet >= 0x7f) {
      return -1
    } else {
      scratch[at++] = octet
    }
  }
  const length = at - labelStart - 1
  scratch[labelStart] = length
  if (length === 0) return at <= maxNameOctets ? at : -1
  return length > maxLabelOctets ? -1 : append(at, origin)
}

function append(length: number, origin: Name): number {
  if (length + origin.length > maxNameOctets) return -1
  for (let i = 0; i < origin.length; i++) scratch[length + i] = origin[i]!
  return length + origin.length
}

/** The name behind `prefixOctets` zero octets, or undefined where `parseName` has to look at it. Fields must be without escapes. */
export function plainName(bytes: Uint8Array, start: number, end: number, origin: Name, prefixOctets = 0): Uint8Array | undefined {
  const length = readPlainName(bytes, start, end, origin)
  if (length === -1) return undefined
  const result = new Uint8Array(prefixOctets + length)
  for (let i = 0; i < length; i++) result[prefixOctets + i] = scratch[i]!
  return result
}

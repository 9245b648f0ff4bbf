/** Names in DNS messages, which may end in a pointer (RFC 1035 §4.1.4). */
import { maxLabelOctets, maxNameOctets, type Name } from './name.ts'
import { WireError } from './violation.ts'

const scratch = new Uint8Array(maxNameOctets)
/** More pointers than a name can have labels: a chain of them that adds nothing only costs time. */
const maxPointers = 127

/** The offset after a name that may be compressed; what a pointer leads to is not looked at. */
export function skipCompressedName(message: Uint8Array, offset: number, end = message.length): number {
  let at = offset
  while (at < end) {
    const length = message[at]!
    if (length === 0) return at + 1
    if (length >= 0xc0) {
      if (at + 2 > end) break
      return at + 2
    }
    if (length > maxLabelOctets) throw new WireError(`a label cannot start with octet ${length}`, at)
    at += 1 + length
  }
  throw new WireError('a name runs past the end', offset)
}

/** The name at `offset`, uncompressed. Each pointer must lead to before the labels it follows, so that a loop cannot form. */
export function expandName(message: Uint8Array, offset: number): Name {
  let length = 0
  let at = offset
  let limit = offset
  let pointers = 0
  for (;;) {
    const octet = message[at]
    if (octet === undefined) throw new WireError('a name runs past the end', offset)
    if (octet >= 0xc0) {
      const target = ((octet & 0x3f) << 8) | (message[at + 1] ?? 0xff)
      const isBackwards = at + 2 <= message.length && target < limit
      if (!isBackwards) throw new WireError('a compression pointer does not lead backwards', at)
      if (++pointers > maxPointers) throw new WireError(`a name has more than ${maxPointers} compression pointers`, offset)
      limit = target
      at = target
      continue
    }
    if (octet > maxLabelOctets) throw new WireError(`a label cannot start with octet ${octet}`, at)
    const next = at + 1 + octet
    if (next > message.length) throw new WireError('a name runs past the end', offset)
    if (length + 1 + octet > maxNameOctets) throw new WireError('a name is longer than 255 octets (RFC 1035 §2.3.4)', offset)
    while (at < next) scratch[length++] = message[at++]!
    if (octet === 0) return scratch.slice(0, length)
  }
}

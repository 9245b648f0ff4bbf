/** The fields of A6 (RFC 2874 §3.1, §3.2), historic since RFC 6563. */
import { formatName, scanName } from '../name.ts'
import { WireError } from '../violation.ts'
import { skip } from '../wire.ts'
import { formatIPv6, parseIPv6 } from './address-fields.ts'
import type { Field } from './field.ts'
import { name } from './name-fields.ts'
import { readNumber } from './number-fields.ts'

const suffixOctets = (prefixLength: number) => Math.ceil((128 - prefixLength) / 8)

/** The bits of the suffix's first octet that belong to the prefix. */
const paddingMask = (prefixLength: number) => (0xff00 >> (prefixLength % 8)) & 0xff

/** The prefix length, and the address without its first so many bits; what is left of their last octet is zero. */
export const addressSuffix: Field = {
  what: 'prefix length, address suffix',
  scan: (bytes, offset, end) => {
    const start = skip(offset, 1, end, 'the prefix length')
    const prefixLength = bytes[offset]!
    if (prefixLength > 128) throw new WireError('the prefix length of A6 is at most 128 (RFC 2874 §3.1)', offset)
    const after = skip(start, suffixOctets(prefixLength), end, 'the address suffix')
    if (after > start && (bytes[start]! & paddingMask(prefixLength)) !== 0) {
      throw new WireError('the padding of A6 is not zero (RFC 2874 §3.1)', start)
    }
    return after
  },
  format: (bytes, offset, end) => {
    // With no suffix no address is written (§3.2).
    if (bytes[offset] === 128) return '128'
    const address = new Uint8Array(16)
    address.set(bytes.subarray(offset + 1, end), 16 - (end - offset - 1))
    return `${bytes[offset]} ${formatIPv6(address, 0)}`
  },
  parse: (input, out) => {
    const prefixLength = readNumber(input, 'the prefix length', 128)
    out.u8(prefixLength)
    if (prefixLength === 128) return
    const text = input.word('the address suffix')
    const suffix = parseIPv6(text)?.subarray(16 - suffixOctets(prefixLength))
    if (suffix === undefined) throw input.error(`${text} is not an IPv6 address`, 'RFC 2874 §3.2')
    // Bits of the prefix that the text has are dropped: it may be written with them or with zeros.
    out.u8(suffix[0]! & ~paddingMask(prefixLength))
    out.bytes(suffix.subarray(1))
  },
}

/** A name that stands only where something is left for it. */
export const prefixName: Field = {
  ...name('prefix name'),
  scan: (bytes, offset, end) => (offset === end ? end : scanName(bytes, offset, end)),
  format: (bytes, offset, end) => (offset === end ? '' : formatName(bytes.subarray(offset, end))),
  parse: (input, out) => {
    if (input.more) name('prefix name').parse(input, out)
  },
}

/** Refuses a prefix without its name, and a name without a prefix. */
export function checkA6(rdata: Uint8Array): void {
  const nameStart = 1 + suffixOctets(rdata[0]!)
  if ((rdata[0] === 0) === (rdata.length === nameStart)) return
  throw new WireError('A6 has a prefix name unless its prefix length is 0 (RFC 2874 §3.1)', nameStart)
}

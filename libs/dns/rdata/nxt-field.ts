/** The type bit map of NXT (RFC 2535 §5.2), which has no windows. */
import { typeToText } from '../types.ts'
import { WireError } from '../violation.ts'
import type { Field } from './field.ts'
import { readType } from './number-fields.ts'

/** Types below 128, and so 16 octets. */
const maxOctets = 16

export const nxtBitmap: Field = {
  what: 'type bit map',
  scan: (bytes, offset, end) => {
    if (end === offset || end - offset > maxOctets) throw new WireError('the type bit map of NXT has 1 to 16 octets', offset)
    if (bytes[offset]! >= 0x80) throw new WireError('the type bit map of NXT has the reserved bit 0 (RFC 2535 §5.2)', offset)
    if (bytes[end - 1] === 0) throw new WireError('the type bit map of NXT ends in a zero octet (RFC 2535 §5.2)', end - 1)
    return end
  },
  format: (bytes, offset, end) => {
    const words: string[] = []
    for (let type = 1; type < 8 * (end - offset); type++) {
      if (bytes[offset + (type >> 3)]! & (0x80 >> (type & 7))) words.push(typeToText(type))
    }
    return words.join(' ')
  },
  parse: (input, out) => {
    const bits = new Uint8Array(maxOctets)
    let length = 0
    do {
      const type = readType(input, 'type bit map')
      if (type === 0 || type > 127) throw input.error(`${typeToText(type)} has no place in NXT`, 'RFC 2535 §5.2')
      bits[type >> 3]! |= 0x80 >> (type & 7)
      length = Math.max(length, (type >> 3) + 1)
    } while (input.more)
    out.bytes(bits.subarray(0, length))
  },
}

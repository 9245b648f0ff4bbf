/** Addresses of other networks: NSAP (RFC 1706 §5) and ATMA (af-dans-0152). */
import { decodeHex, encodeHex } from '../base-encodings.ts'
import { WireError } from '../violation.ts'
import { skip } from '../wire.ts'
import type { Field } from './field.ts'

/** The digits without the dots that may stand between octets. */
function dottedHex(text: string): Uint8Array | undefined {
  const isSeparated = !/^\.|\.\.|\.$/.test(text)
  return isSeparated && text !== '' ? decodeHex(text.replaceAll('.', '')) : undefined
}

/** `0x` and hexadecimal, with dots wherever one likes, to the end of the RDATA. */
export const nsapAddress: Field = {
  what: 'NSAP',
  scan: (_bytes, offset, end) => {
    if (end === offset) throw new WireError('NSAP is empty', offset)
    return end
  },
  format: (bytes, offset, end) => `0x${encodeHex(bytes, offset, end)}`,
  parse: (input, out) => {
    const text = input.word('NSAP')
    const octets = /^0x/i.test(text) ? dottedHex(text.slice(2)) : undefined
    if (octets === undefined) throw input.error('NSAP is 0x and hexadecimal digits', 'RFC 1706 §5')
    out.bytes(octets)
  },
}

const aesa = 0
const e164 = 1

/** A format octet and an address: hexadecimal, or `+` and decimal digits (E.164). Further formats have no text. */
export const atmAddress: Field = {
  what: 'ATM address',
  scan: (bytes, offset, end) => {
    const start = skip(offset, 2, end, 'ATMA') - 1
    for (let at = start; bytes[offset] === e164 && at < end; at++) {
      if (bytes[at]! < 0x30 || bytes[at]! > 0x39) throw new WireError('an E.164 address has other than digits', at)
    }
    return end
  },
  format: (bytes, offset, end) => {
    if (bytes[offset] === aesa) return encodeHex(bytes, offset + 1, end)
    return bytes[offset] === e164 ? `+${String.fromCharCode(...bytes.subarray(offset + 1, end))}` : undefined
  },
  parse: (input, out) => {
    const text = input.word('ATMA')
    if (/^\+\d{1,100}$/.test(text)) {
      out.u8(e164)
      for (let i = 1; i < text.length; i++) out.u8(text.charCodeAt(i))
      return
    }
    const octets = dottedHex(text)
    if (octets === undefined) throw input.error('ATMA is hexadecimal, or + and decimal digits')
    out.u8(aesa)
    out.bytes(octets)
  },
}

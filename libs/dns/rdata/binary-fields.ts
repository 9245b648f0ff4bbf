/** Fields that are octets, written in hexadecimal, base64 or base32hex. */
import { decodeBase32Hex, decodeBase64, decodeHex, encodeBase32Hex, encodeBase64, encodeHex } from '../base-encodings.ts'
import { WireError } from '../violation.ts'
import { skip } from '../wire.ts'
import type { Field } from './field.ts'
import { scanCharacterString } from './text-fields.ts'
import type { TokenReader } from './token-reader.ts'

/** The remaining words as one, since white space may stand inside hexadecimal and base64. */
function remainingWords(input: TokenReader, what: string): string {
  let text = ''
  while (input.more) text += input.word(what)
  return text
}

interface Encoding {
  readonly title: string
  encode(bytes: Uint8Array, offset: number, end: number): string
  decode(text: string): Uint8Array | undefined
}

function remaining(what: string, minOctets: number, { title, encode, decode }: Encoding): Field {
  return {
    what,
    scan: (_bytes, offset, end) => {
      if (end - offset < minOctets) throw new WireError(`${what} has fewer than ${minOctets} octets`, offset)
      return end
    },
    format: encode,
    parse: (input, out) => {
      if (minOctets > 0 && !input.more) input.next(what)
      const octets = decode(remainingWords(input, what))
      if (octets === undefined) throw input.error(`${what} is not ${title}`, 'RFC 4648')
      if (octets.length < minOctets) throw input.error(`${what} has ${octets.length} octets, and ${minOctets} is the least`)
      out.bytes(octets)
    },
  }
}

/** Octets to the end of the RDATA in hexadecimal. */
export function hex(what: string, minOctets = 1): Field {
  return remaining(what, minOctets, { title: 'hexadecimal', encode: encodeHex, decode: decodeHex })
}

/** Octets to the end of the RDATA in base64. */
export function base64(what: string, minOctets = 1): Field {
  return remaining(what, minOctets, { title: 'base64', encode: encodeBase64, decode: decodeBase64 })
}

/** Octets to the end of the RDATA in base64, with `-` for none. */
export function base64OrDash(what: string): Field {
  const octets = base64(what)
  return {
    what,
    scan: (_bytes, _offset, end) => end,
    format: (bytes, offset, end) => (end === offset ? '-' : octets.format(bytes, offset, end)),
    parse: (input, out) => {
      if (input.peek()?.text === '-') input.word(what)
      else octets.parse(input, out)
    },
  }
}

/** The salt of NSEC3: a length octet, and hexadecimal or `-` for none (RFC 5155 §3.3). */
export function salt(what: string): Field {
  return {
    what,
    scan: (bytes, offset, end) => scanCharacterString(bytes, offset, end, what),
    format: (bytes, offset, end) => (end === offset + 1 ? '-' : encodeHex(bytes, offset + 1, end)),
    parse: (input, out) => {
      const text = input.word(what)
      const octets = text === '-' ? new Uint8Array(0) : decodeHex(text)
      if (octets === undefined || octets.length > 255) throw input.error(`${what} is not hexadecimal or -`, 'RFC 5155 §3.3')
      out.u8(octets.length)
      out.bytes(octets)
    },
  }
}

/** A hashed owner name: a length octet, and base32hex without padding (RFC 5155 §3.3). */
export function hashedName(what: string): Field {
  return {
    what,
    scan: (bytes, offset, end) => {
      if (bytes[offset] === 0) throw new WireError(`${what} is empty (RFC 5155 §3.1.6)`, offset)
      return scanCharacterString(bytes, offset, end, what)
    },
    format: (bytes, offset, end) => encodeBase32Hex(bytes, offset + 1, end),
    parse: (input, out) => {
      const octets = decodeBase32Hex(input.word(what))
      if (octets === undefined || octets.length === 0 || octets.length > 255) {
        throw input.error(`${what} is not base32hex`, 'RFC 5155 §3.3')
      }
      out.u8(octets.length)
      out.bytes(octets)
    },
  }
}

/** A fixed number of groups of hexadecimal digits with a separator, such as an EUI-48 (RFC 7043 §3.2). */
export function hexGroups(what: string, groups: number, octetsInGroup: number, separator: string): Field {
  const length = groups * octetsInGroup
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, length, end, what),
    format: (bytes, offset, end) => {
      const parts: string[] = []
      for (let at = offset; at < end; at += octetsInGroup) parts.push(encodeHex(bytes, at, at + octetsInGroup).toLowerCase())
      return parts.join(separator)
    },
    parse: (input, out) => {
      const parts = input.word(what).split(separator)
      // As in an IPv6 address, leading zeros of a longer group may be left out (RFC 6742 §2.1.2).
      const padded =
        octetsInGroup === 1 ? parts : parts.map((part) => (part === '' ? part : part.padStart(2 * octetsInGroup, '0')))
      const octets = padded.every((part) => part.length === 2 * octetsInGroup) ? decodeHex(padded.join('')) : undefined
      if (octets?.length !== length) throw input.error(`${what} is ${groups} groups of ${2 * octetsInGroup} hexadecimal digits`)
      out.bytes(octets)
    },
  }
}

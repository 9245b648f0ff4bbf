/** Fields that are text: character-strings and text without a length (RFC 1035 §3.3, §5.1). */
import { pushDecimalEscape, textOfCodes } from '../character-codes.ts'
import { WireError } from '../violation.ts'
import { skip, WireWriter } from '../wire.ts'
import type { Field } from './field.ts'
import { decimal } from './number-fields.ts'
import type { TokenReader } from './token-reader.ts'

/** The octets between quotes, with `\"`, `\\` and `\DDD`. */
export function quote(bytes: Uint8Array, offset: number, end: number): string {
  const codes = [0x22]
  for (let at = offset; at < end; at++) {
    const octet = bytes[at]!
    if (octet < 0x20 || octet >= 0x7f) {
      pushDecimalEscape(codes, octet)
      continue
    }
    if (octet === 0x22 || octet === 0x5c) codes.push(0x5c)
    codes.push(octet)
  }
  codes.push(0x22)
  return textOfCodes(codes)
}

/** Writes the octets of a text with the escapes `\X` and `\DDD`; `input` is asked for the complaint. */
export function writeText(text: string, input: TokenReader, out: WireWriter): void {
  for (let i = 0; i < text.length; i++) {
    let octet = text.charCodeAt(i)
    if (octet === 0x5c) {
      const first = text.charCodeAt(i + 1)
      const isDecimal = first >= 0x30 && first <= 0x39
      octet = !isDecimal ? first : i + 4 <= text.length ? decimal(text.slice(i + 1, i + 4)) : NaN
      i += isDecimal ? 3 : 1
      if (!(octet <= 0xff)) throw input.error('a backslash stands before an ASCII character or 000 to 255', 'RFC 1035 §5.1')
    }
    if (octet > 0xff) throw input.error('non-ASCII characters are written as \\DDD, octet by octet', 'RFC 1035 §5.1')
    out.u8(octet)
  }
}

/** Writes one word as a character-string: a length octet and up to 255 octets. */
export function writeCharacterString(text: string, input: TokenReader, out: WireWriter): void {
  const start = out.length
  out.u8(0)
  writeText(text, input, out)
  const length = out.length - start - 1
  if (length > 255) throw input.error(`a character-string has ${length} octets, and 255 is the limit`, 'RFC 1035 §3.3')
  out.patchU8(start, length)
}

/** The offset after a character-string. */
export function scanCharacterString(bytes: Uint8Array, offset: number, end: number, what: string): number {
  return skip(skip(offset, 1, end, what), bytes[offset]!, end, what)
}

/** One character-string. */
export function characterString(what: string): Field {
  return {
    what,
    scan: (bytes, offset, end) => scanCharacterString(bytes, offset, end, what),
    format: (bytes, offset, end) => quote(bytes, offset + 1, end),
    parse: (input, out) => writeCharacterString(input.next(what).text, input, out),
  }
}

/** One character-string with a rule: `complaint` says what is wrong with the text, one character an octet. */
export function checkedString(what: string, rfc: string, complaint: (text: string) => string | undefined): Field {
  const check = (bytes: Uint8Array, offset: number, end: number) =>
    complaint(textOfCodes(Array.from(bytes.subarray(offset + 1, end))))
  return {
    ...characterString(what),
    scan: (bytes, offset, end) => {
      const after = scanCharacterString(bytes, offset, end, what)
      const wrong = check(bytes, offset, after)
      if (wrong !== undefined) throw new WireError(`${what}: ${wrong} (${rfc})`, offset)
      return after
    },
    parse: (input, out) => {
      const word = new WireWriter(64)
      writeCharacterString(input.next(what).text, input, word)
      const octets = word.take()
      const wrong = check(octets, 0, octets.length)
      if (wrong !== undefined) throw input.error(`${what}: ${wrong}`, rfc)
      out.bytes(octets)
    },
  }
}

/** One or more character-strings, up to `most`, to the end of the RDATA. */
export function characterStrings(what: string, most = Infinity): Field {
  return {
    what,
    scan: (bytes, offset, end) => {
      let at = scanCharacterString(bytes, offset, end, what)
      for (let count = 1; at < end && count < most; count++) at = scanCharacterString(bytes, at, end, what)
      return at
    },
    format: (bytes, offset, end) => {
      let text = ''
      for (let at = offset; at < end; at += 1 + bytes[at]!)
        text += (at > offset ? ' ' : '') + quote(bytes, at + 1, at + 1 + bytes[at]!)
      return text
    },
    parse: (input, out) => {
      writeCharacterString(input.next(what).text, input, out)
      for (let count = 1; input.more && count < most; count++) writeCharacterString(input.next(what).text, input, out)
    },
  }
}

/**
 * Text without a length octet, to the end of the RDATA, such as the value of CAA (RFC 8659 §4.1). Where `isQuoted`, it stands in
 * quotes, always.
 */
export function remainingText(what: string, { minOctets = 0, isQuoted = false } = {}): Field {
  return {
    what,
    scan: (_bytes, offset, end) => {
      if (end - offset < minOctets) throw new WireError(`${what} is empty`, offset)
      return end
    },
    format: quote,
    parse: (input, out) => {
      const start = out.length
      const { text, quoted } = input.next(what)
      if (isQuoted && !quoted) throw input.error(`${what} stands in quotes`)
      writeText(text, input, out)
      if (out.length - start < minOctets) throw input.error(`${what} is empty`)
    },
  }
}

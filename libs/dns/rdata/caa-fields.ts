/** The property tag of CAA. */
import { WireError } from '../violation.ts'
import type { Field } from './field.ts'
import { scanCharacterString, writeCharacterString } from './text-fields.ts'

function isLetterOrDigit(octet: number): boolean {
  const folded = octet | 0x20
  return (folded >= 0x61 && folded <= 0x7a) || (octet >= 0x30 && octet <= 0x39)
}

/** A length octet and ASCII letters and digits, at least one (RFC 8659 §4.1). */
export function caaTag(what: string): Field {
  return {
    what,
    scan: (bytes, offset, end) => {
      const after = scanCharacterString(bytes, offset, end, what)
      if (after === offset + 1) throw new WireError(`${what} is empty (RFC 8659 §4.1)`, offset)
      for (let at = offset + 1; at < after; at++) {
        if (!isLetterOrDigit(bytes[at]!)) throw new WireError(`${what} has other than letters and digits (RFC 8659 §4.1)`, at)
      }
      return after
    },
    format: (bytes, offset, end) => String.fromCharCode(...bytes.subarray(offset + 1, end)),
    parse: (input, out) => {
      const text = input.word(what)
      if (!/^[A-Za-z0-9]+$/.test(text)) throw input.error(`${what} is letters and digits, not ${text}`, 'RFC 8659 §4.1')
      writeCharacterString(text, input, out)
    },
  }
}

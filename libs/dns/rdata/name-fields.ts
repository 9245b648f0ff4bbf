/** Fields that are domain names. */
import { formatName, type Name, parseName, scanName } from '../name.ts'
import type { Field } from './field.ts'
import type { TokenReader } from './token-reader.ts'

/** A domain name. Whether it may be compressed and is folded in canonical form is a fact of the type, not of the field. */
export function name(what: string): Field {
  return {
    what,
    isName: true,
    scan: scanName,
    format: (bytes, offset, end) => formatName(bytes.subarray(offset, end)),
    parse: (input, out) => {
      out.bytes(readName(input, what))
    },
  }
}

/** Reads a name; `@` is the origin. */
export function readName(input: TokenReader, what: string): Name {
  const text = input.word(what)
  // Where quotes open inside a word, as in a SvcParam, the word is no name: `\"` is how a name has one.
  if (text.includes('"') && /^(?:[^"\\]|\\.)*"/.test(text)) throw input.error(`${what} stands without quotes`, 'RFC 1035 §5.1')
  return text === '@' && input.origin !== undefined ? input.origin : parseName(text, input.origin)
}

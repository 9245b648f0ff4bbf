/** Fields that are domain names. */
import { formatName, parseName, scanName } from '../name.ts'
import type { Field } from './field.ts'

/** A domain name. Whether it may be compressed and is folded in canonical form is a fact of the type, not of the field. */
export function name(what: string): Field {
  return {
    what,
    isName: true,
    scan: scanName,
    format: (bytes, offset, end) => formatName(bytes.subarray(offset, end)),
    parse: (input, out) => {
      const { text, quoted } = input.next(what)
      if (quoted) throw input.error(`${what} is a name and stands without quotes`, 'RFC 1035 §5.1')
      out.bytes(text === '@' && input.origin !== undefined ? input.origin : parseName(text, input.origin))
    },
  }
}

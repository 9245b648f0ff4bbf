/** RDATA from presentation to wire format. */
import { decodeHex } from '../base-encodings.ts'
import { type Name, NameError } from '../name.ts'
import { WireError } from '../violation.ts'
import { isMetaType, typeToText } from '../types.ts'
import { WireWriter } from '../wire.ts'
import { decimal } from './number-fields.ts'
import { rdataType, type RDATAType } from './table.ts'
import { RDATAError, type Token } from './token.ts'
import { TokenReader } from './token-reader.ts'
import { tokenizeLine } from './tokenize-line.ts'
import { validateRDATA } from './validate.ts'

const maxRDATAOctets = 0xffff
const writer = new WireWriter(4096)

/**
 * Reads the words of one RDATA, in the form of its type or, for every type, as `\# length hex` (RFC 3597 §5). Relative names and
 * `@` need `origin`. Throws RDATAError.
 */
export function parseRDATA(type: number, tokens: readonly Token[], context: { readonly origin?: Name }): Uint8Array {
  const input = new TokenReader(tokens, context.origin)
  try {
    const first = input.peek()
    if (first?.text === '\\#' && !first.quoted) return parseUnknown(type, input)
    const schema = rdataType(type)
    if (schema === undefined) {
      if (isMetaType(type)) throw new RDATAError(`${typeToText(type)} records are not stored in a zone`, 0, 'RFC 6895 §3.1')
      throw new RDATAError(`${typeToText(type)} has no text form here; write its RDATA as \\# length hex`, 0, 'RFC 3597 §5')
    }
    return parseFields(schema, input)
  } catch (error) {
    if (error instanceof NameError) throw input.error(error.message)
    if (error instanceof WireError) throw input.error(error.message)
    throw error
  }
}

/**
 * Reads the RDATA of one line, as an API request or a command line has it. Characters outside ASCII stand for their octets in
 * UTF-8, as they would in a zone file. Throws RDATAError.
 */
export function parseRDATAText(type: number, text: string, origin?: Name): Uint8Array {
  return parseRDATA(type, tokenizeLine(octetsOf(text)), origin === undefined ? {} : { origin })
}

/** The text in UTF-8, one character an octet. */
function octetsOf(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new RDATAError('the text is not valid Unicode', 0)
  return text.replace(/[\u0080-\uffff]+/g, (run) =>
    encodeURIComponent(run).replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  )
}

function parseFields(schema: RDATAType, input: TokenReader): Uint8Array {
  writer.reset()
  for (const field of schema.fields) field.parse(input, writer)
  refuseMore(input)
  if (writer.length > maxRDATAOctets)
    throw input.error(`RDATA has ${writer.length} octets, and 65535 is the limit`, 'RFC 1035 §3.2.1')
  const rdata = writer.take()
  schema.check?.(rdata)
  return rdata
}

function refuseMore(input: TokenReader): void {
  if (input.more) throw input.error(`${input.next('').text} is more than the type has`)
}

function parseUnknown(type: number, input: TokenReader): Uint8Array {
  input.next('\\#')
  const length = decimal(input.word('the length after \\#'))
  let hex = ''
  while (input.more) hex += input.word('the RDATA after \\#')
  const rdata = decodeHex(hex)
  if (rdata === undefined) throw input.error('the RDATA after \\# is not hexadecimal', 'RFC 3597 §5')
  if (length !== rdata.length) throw input.error(`the RDATA after \\# has ${rdata.length} octets, not ${length}`, 'RFC 3597 §5')
  if (length > maxRDATAOctets) throw input.error(`RDATA has ${length} octets, and 65535 is the limit`, 'RFC 1035 §3.2.1')
  validateRDATA(type, rdata)
  return rdata
}

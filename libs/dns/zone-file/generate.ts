/** `$GENERATE start-stop[/step] owner [ttl] [class] type rdata`, as BIND reads it. */
import type { RR } from '../rr.ts'
import { type EntryReader, typeFieldOf } from './entry.ts'
import { FieldError } from './items.ts'
import { EntryLexer } from './lexer.ts'

/** How many octets one expansion may have: twice BIND's buffer, for owner and RDATA. */
const maxExpansion = 4096
/** How much text one directive may make: a short line must not fill the memory of whoever collects the records. */
const maxText = 16 * 1024 * 1024
const maxIterator = 0x7fff_ffff
const maxWidth = 255

interface Placeholder {
  readonly offset: number
  readonly width: number
  readonly base: string
}

type Template = readonly (string | Placeholder)[]

/**
 * Emits the records of the directive in the lexer's entry, at most `maxRecords`. Throws FieldError, for the first expansion that
 * cannot be read too: one sentence says as much as thousands.
 */
export function generate(
  bytes: Uint8Array,
  lexer: EntryLexer,
  reader: EntryReader,
  maxRecords: number,
  emit: (rr: RR) => void,
): void {
  const { start, stop, step } = readRange(lexer, maxRecords)
  if (lexer.count < 3) throw new FieldError(2, 'the owner name of $GENERATE is missing')
  const typeField = typeFieldOf(bytes, lexer, 3)
  if (typeField + 1 >= lexer.count) throw new FieldError(lexer.count, 'the type or the RDATA of $GENERATE is missing')
  const owner = compile(lexer.text(2), 2)
  const rdata = compile(rdataText(lexer, typeField + 1), typeField + 1)
  let middle = ' '
  for (let field = 3; field <= typeField; field++) middle += `${lexer.text(field)} `
  const text = new Uint8Array(maxExpansion)
  const inner = new EntryLexer()
  let total = 0
  for (let value = start; value <= stop; value += step) {
    const expansion = expand(owner, value, 2) + middle + expand(rdata, value, typeField + 1)
    if (expansion.length > maxExpansion)
      throw new FieldError(1, `an expansion of $GENERATE is longer than ${maxExpansion} octets`)
    total += expansion.length
    if (total > maxText) throw new FieldError(1, `this $GENERATE makes more than ${maxText} octets of text`)
    for (let i = 0; i < expansion.length; i++) text[i] = expansion.charCodeAt(i)
    emit(readExpansion(text, expansion, inner, reader))
  }
}

function readExpansion(text: Uint8Array, expansion: string, lexer: EntryLexer, reader: EntryReader): RR {
  lexer.lex(text, 0, expansion.length, true, 1)
  const shown = expansion.length > 100 ? `${expansion.slice(0, 100)}…` : expansion
  if (lexer.error !== undefined) throw new FieldError(0, `in “${shown}”: ${lexer.error.rule}`)
  try {
    return reader.readRecord(text, lexer, true)
  } catch (error) {
    if (error instanceof FieldError) throw new FieldError(0, `in “${shown}”: ${error.message}`)
    throw error
  }
}

function readRange(lexer: EntryLexer, maxRecords: number): { start: number; stop: number; step: number } {
  const match = lexer.count > 1 ? /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(lexer.text(1)) : null
  if (match === null) throw new FieldError(1, '$GENERATE needs a range: start-stop or start-stop/step')
  const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)]
  if (stop > maxIterator || step > maxIterator) throw new FieldError(1, `numbers in $GENERATE are at most ${maxIterator}`)
  if (start > stop || step === 0) throw new FieldError(1, 'the range of $GENERATE goes upwards, in steps of at least 1')
  const records = Math.floor((stop - start) / step) + 1
  if (records > maxRecords) throw new FieldError(1, `$GENERATE would make ${records} records, and ${maxRecords} is the limit`)
  return { start, stop, step }
}

/** The RDATA's template. BIND takes one word for it, and so one in quotes stands for all that is inside. */
function rdataText(lexer: EntryLexer, first: number): string {
  if (first + 1 === lexer.count && lexer.isQuoted(first)) return lexer.text(first).replaceAll('\\"', '"')
  let text = ''
  for (let field = first; field < lexer.count; field++) {
    if (field > first && !lexer.isAdjacent(field)) text += ' '
    text += lexer.isQuoted(field) ? `"${lexer.text(field)}"` : lexer.text(field)
  }
  return text
}

function compile(text: string, field: number): Template {
  const parts: (string | Placeholder)[] = []
  let literal = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\') literal += character + (text[++at] ?? '')
    else if (character !== '$') literal += character
    else if (text[at + 1] === '$') literal += text[++at]
    else {
      const end = text[at + 1] === '{' ? text.indexOf('}', at) : at
      if (end === -1) throw new FieldError(field, 'the ${ in $GENERATE is not closed')
      parts.push(literal, end === at ? { offset: 0, width: 0, base: 'd' } : placeholder(text.slice(at + 2, end), field))
      literal = ''
      at = end
    }
  }
  parts.push(literal)
  return parts
}

function placeholder(text: string, field: number): Placeholder {
  const match = /^([+-]?\d{1,10})(?:,(\d{1,10})(?:,([doxXnN]))?)?$/.exec(text)
  if (match === null) throw new FieldError(field, '${…} in $GENERATE is ${offset,width,base} with base d, o, x, X, n or N')
  const width = Number(match[2] ?? 0)
  if (width > maxWidth) throw new FieldError(field, `the width in \${…} of $GENERATE is at most ${maxWidth}`)
  return { offset: Number(match[1]), width, base: match[3] ?? 'd' }
}

function expand(template: Template, value: number, field: number): string {
  let text = ''
  for (const part of template) text += typeof part === 'string' ? part : numberText(part, value + part.offset, field)
  return text
}

function numberText({ width, base }: Placeholder, value: number, field: number): string {
  if (value < 0 || value > maxIterator)
    throw new FieldError(field, `a number in $GENERATE becomes ${value}; it must be 0 to ${maxIterator}`)
  if (base === 'n' || base === 'N') return nibbles(value, width, base === 'N')
  const digits = base === 'd' ? String(value) : value.toString(base === 'o' ? 8 : 16)
  return (base === 'X' ? digits.toUpperCase() : digits).padStart(width, '0')
}

/** Hexadecimal digits as labels, the last digit first, as in ip6.arpa (RFC 3596 §2.5); the width counts the dots. */
function nibbles(value: number, width: number, upperCase: boolean): string {
  let text = ''
  let rest = value
  do {
    text += (rest & 0xf).toString(16)
    rest >>>= 4
    if (rest !== 0 || text.length < width) text += '.'
  } while (rest !== 0 || text.length < width)
  return upperCase ? text.toUpperCase() : text
}

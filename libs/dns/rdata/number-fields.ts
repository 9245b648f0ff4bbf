/** Fields that are numbers: counts, times to live, types, algorithms. */
import { typeFromText, typeToText } from '../types.ts'
import { skip, u16At, u32At, type WireWriter } from '../wire.ts'
import { parseDuration } from './duration.ts'
import type { Field } from './field.ts'
import type { TokenReader } from './token-reader.ts'

/** Reads a decimal number of at most `max`. */
export function readNumber(input: TokenReader, what: string, max: number): number {
  const text = input.word(what)
  const value = decimal(text)
  if (Number.isNaN(value) || value > max) throw input.error(`${what} is a number from 0 to ${max}, not ${text}`)
  return value
}

/** The value of up to ten digits; NaN for anything else. */
export function decimal(text: string): number {
  if (text.length === 0 || text.length > 10) return NaN
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return value
}

/** An 8-bit number; `mnemonics` are words also accepted for it (RFC 4034 §2.2). */
export function u8(what: string, mnemonics?: ReadonlyMap<string, number>): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 1, end, what),
    format: (bytes, offset) => String(bytes[offset]),
    parse: (input, out) => {
      const known = mnemonics?.get(input.peek()?.text.toUpperCase() ?? '')
      if (known !== undefined) input.word(what)
      out.u8(known ?? readNumber(input, what, 0xff))
    },
  }
}

/** A 16-bit number. */
export function u16(what: string, mnemonics?: ReadonlyMap<string, number>): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 2, end, what),
    format: (bytes, offset) => String(u16At(bytes, offset)),
    parse: (input, out) => {
      const known = mnemonics?.get(input.peek()?.text.toUpperCase() ?? '')
      if (known !== undefined) input.word(what)
      out.u16(known ?? readNumber(input, what, 0xffff))
    },
  }
}

function u32Field(what: string, parse: (input: TokenReader, out: WireWriter) => void): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 4, end, what),
    format: (bytes, offset) => String(u32At(bytes, offset)),
    parse,
  }
}

/** A 32-bit number. */
export function u32(what: string): Field {
  return u32Field(what, (input, out) => out.u32(readNumber(input, what, 0xffff_ffff)))
}

/** A 64-bit number. */
export function u64(what: string): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 8, end, what),
    format: (bytes, offset) => String((BigInt(u32At(bytes, offset)) << 32n) | BigInt(u32At(bytes, offset + 4))),
    parse: (input, out) => {
      const text = input.word(what)
      const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n
      if (value < 0n || value >> 64n !== 0n) throw input.error(`${what} is a number below 2⁶⁴, not ${text}`)
      out.u32(Number(value >> 32n))
      out.u32(Number(value & 0xffff_ffffn))
    },
  }
}

/** A 32-bit number of seconds; text may have the units of a TTL, such as `1h30m`. */
export function seconds(what: string): Field {
  return u32Field(what, (input, out) => {
    const text = input.word(what)
    const value = parseDuration(text)
    if (value === undefined || value > 0xffff_ffff) throw input.error(`${what} is a 32-bit number of seconds, not ${text}`)
    out.u32(value)
  })
}

/** An RR type by its mnemonic or as `TYPEnnn`. */
export function typeCode(what: string): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 2, end, what),
    format: (bytes, offset) => typeToText(u16At(bytes, offset)),
    parse: (input, out) => out.u16(readType(input, what)),
  }
}

/** Reads a type's mnemonic or `TYPEnnn`. */
export function readType(input: TokenReader, what: string): number {
  const text = input.word(what)
  const type = typeFromText(text)
  if (type === undefined) throw input.error(`${what}: ${text} is not an RR type`, 'RFC 3597 §5')
  return type
}

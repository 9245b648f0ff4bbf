/** The set of types in NSEC, NSEC3 and CSYNC (RFC 4034 §4.1.2). */
import { typeToText } from '../types.ts'
import { WireError } from '../violation.ts'
import type { WireWriter } from '../wire.ts'
import type { Field } from './field.ts'
import { readType } from './number-fields.ts'
import type { TokenReader } from './token-reader.ts'

/** Windows of up to 32 octets to the end of the RDATA; NSEC, unlike NSEC3 and CSYNC, always has a type. */
export function typeBitmap(what: string, options: { readonly mayBeEmpty: boolean }): Field {
  return {
    what,
    scan: (bytes, offset, end) => {
      if (offset === end && !options.mayBeEmpty) throw new WireError(`${what} is empty`, offset)
      scanWindows(bytes, offset, end, what)
      return end
    },
    format: (bytes, offset, end) => typesInBitmap(bytes, offset, end).map(typeToText).join(' '),
    parse: (input, out) => {
      const types = readTypes(input, what)
      if (types.length === 0 && !options.mayBeEmpty) throw input.error(`${what} is missing`, 'RFC 4034 §4.1.2')
      writeWindows(types, out)
    },
  }
}

function scanWindows(bytes: Uint8Array, offset: number, end: number, what: string): void {
  let previous = -1
  for (let at = offset; at < end;) {
    if (at + 2 > end) throw new WireError(`${what} runs past the end`, at)
    const window = bytes[at]!
    const length = bytes[at + 1]!
    if (window <= previous) throw new WireError(`${what} has windows out of order (RFC 4034 §4.1.2)`, at)
    if (length === 0 || length > 32) throw new WireError(`${what} has a window of ${length} octets (RFC 4034 §4.1.2)`, at + 1)
    previous = window
    at += 2 + length
    if (at > end) throw new WireError(`${what} runs past the end`, at - length)
    if (bytes[at - 1] === 0) throw new WireError(`${what} has a window that ends in zero (RFC 4034 §4.1.2)`, at - 1)
  }
}

/** The types of a bitmap that was scanned, ascending. */
export function typesInBitmap(bytes: Uint8Array, offset: number, end: number): number[] {
  const types: number[] = []
  for (let at = offset; at < end; at += 2 + bytes[at + 1]!) {
    const bits = 8 * bytes[at + 1]!
    for (let bit = 0; bit < bits; bit++) {
      if (bytes[at + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) types.push((bytes[at]! << 8) | bit)
    }
  }
  return types
}

function readTypes(input: TokenReader, what: string): number[] {
  const types: number[] = []
  while (input.more) types.push(readType(input, what))
  return types
}

function writeWindows(types: readonly number[], out: WireWriter): void {
  const sorted = types.toSorted((a, b) => a - b)
  for (let at = 0; at < sorted.length;) {
    const window = sorted[at]! >> 8
    const bits = new Uint8Array(32)
    let length = 0
    for (; at < sorted.length && sorted[at]! >> 8 === window; at++) {
      const bit = sorted[at]! & 0xff
      bits[bit >> 3]! |= 0x80 >> (bit & 7)
      length = (bit >> 3) + 1
    }
    out.u8(window)
    out.u8(length)
    for (let i = 0; i < length; i++) out.u8(bits[i]!)
  }
}

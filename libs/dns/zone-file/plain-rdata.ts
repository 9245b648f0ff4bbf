/** RDATA of the most common types, read from the octets of the text; what is not plain is left to `parseRDATA`. */
import type { Name } from '../name.ts'
import { TYPE } from '../types.ts'
import { putU16 } from '../wire.ts'
import type { EntryLexer } from './lexer.ts'
import { plainName } from './plain-name.ts'

/**
 * The RDATA in the fields from `first` on, or undefined where it is of another type, has escapes, or is wrong in any way:
 * `parseRDATA` then reads it and knows every form and every complaint. Both give the same octets.
 */
export function plainRDATA(
  type: number,
  bytes: Uint8Array,
  lexer: EntryLexer,
  first: number,
  origin: Name,
): Uint8Array | undefined {
  const count = lexer.count - first
  switch (type) {
    case TYPE.A:
      return count === 1 && lexer.isPlain(first) ? ipv4(bytes, lexer.start(first), lexer.end(first)) : undefined
    case TYPE.AAAA:
      return count === 1 && lexer.isPlain(first) ? ipv6(bytes, lexer.start(first), lexer.end(first)) : undefined
    case TYPE.NS:
    case TYPE.CNAME:
    case TYPE.PTR:
    case TYPE.DNAME:
      return count === 1 ? numbersAndName(bytes, lexer, first, 0, origin) : undefined
    case TYPE.MX:
      return count === 2 ? numbersAndName(bytes, lexer, first, 1, origin) : undefined
    case TYPE.SRV:
      return count === 4 ? numbersAndName(bytes, lexer, first, 3, origin) : undefined
    case TYPE.TXT:
      return characterStrings(bytes, lexer, first)
    default:
      return undefined
  }
}

/** The decimal number between two offsets, or -1. */
function decimal(bytes: Uint8Array, start: number, end: number, max: number): number {
  if (start === end || end - start > 5) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value <= max ? value : -1
}

function ipv4(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const address = new Uint8Array(4)
  let part = 0
  let partStart = start
  for (let i = start; i <= end; i++) {
    if (i < end && bytes[i] !== 0x2e) continue
    const value = decimal(bytes, partStart, i, 255)
    const hasLeadingZero = i - partStart > 1 && bytes[partStart] === 0x30
    if (value === -1 || hasLeadingZero || part === 4) return undefined
    address[part++] = value
    partStart = i + 1
  }
  return part === 4 ? address : undefined
}

const hexValue = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  hexValue[value.toString(16).charCodeAt(0)] = value
  hexValue[value.toString(16).toUpperCase().charCodeAt(0)] = value
}

/** RFC 4291 §2.2 without the form that ends in an IPv4 address. */
function ipv6(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const address = new Uint8Array(16)
  let group = 0
  let gap = -1
  let at = start
  if (at + 1 < end && bytes[at] === 0x3a && bytes[at + 1] === 0x3a) {
    gap = 0
    at += 2
  }
  while (at < end) {
    const groupStart = at
    let value = 0
    for (; at < end && hexValue[bytes[at]!]! >= 0; at++) value = (value << 4) | hexValue[bytes[at]!]!
    if (at === groupStart || at - groupStart > 4 || group === 8) return undefined
    putU16(address, 2 * group++, value)
    if (at === end) break
    if (bytes[at++] !== 0x3a || at === end) return undefined
    if (bytes[at] !== 0x3a) continue
    if (gap !== -1) return undefined
    gap = group
    at++
  }
  return closeGap(address, group, gap)
}

function closeGap(address: Uint8Array, groups: number, gap: number): Uint8Array | undefined {
  if (gap === -1) return groups === 8 ? address : undefined
  if (groups > 7) return undefined
  const moved = 2 * (groups - gap)
  address.copyWithin(16 - moved, 2 * gap, 2 * groups)
  address.fill(0, 2 * gap, 16 - moved)
  return address
}

/** `count` 16-bit numbers and a name, as MX and SRV have them. */
function numbersAndName(
  bytes: Uint8Array,
  lexer: EntryLexer,
  first: number,
  count: number,
  origin: Name,
): Uint8Array | undefined {
  const nameField = first + count
  for (let field = first; field <= nameField; field++) if (!lexer.isPlain(field)) return undefined
  const rdata = plainName(bytes, lexer.start(nameField), lexer.end(nameField), origin, 2 * count)
  if (rdata === undefined) return undefined
  for (let i = 0; i < count; i++) {
    const value = decimal(bytes, lexer.start(first + i), lexer.end(first + i), 0xffff)
    if (value === -1) return undefined
    putU16(rdata, 2 * i, value)
  }
  return rdata
}

function characterStrings(bytes: Uint8Array, lexer: EntryLexer, first: number): Uint8Array | undefined {
  let length = 0
  for (let field = first; field < lexer.count; field++) {
    const size = lexer.end(field) - lexer.start(field)
    if (size > 255 || lexer.hasEscapes(field)) return undefined
    length += 1 + size
  }
  if (length === 0 || length > 0xffff) return undefined
  const rdata = new Uint8Array(length)
  let at = 0
  for (let field = first; field < lexer.count; field++) {
    const start = lexer.start(field)
    const end = lexer.end(field)
    rdata[at++] = end - start
    for (let i = start; i < end; i++) rdata[at++] = bytes[i]!
  }
  return rdata
}

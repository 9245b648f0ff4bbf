/** Fields that are IP addresses. */
import { putU16, skip, u16At } from '../wire.ts'
import type { Field } from './field.ts'

/** An IPv4 address (RFC 1035 §3.4.1). */
export function ipv4(what: string): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 4, end, what),
    format: formatIPv4,
    parse: (input, out) => {
      const text = input.word(what)
      const value = parseIPv4(text)
      if (value === undefined) throw input.error(`${text} is not an IPv4 address`, 'RFC 1035 §3.4.1')
      out.u32(value)
    },
  }
}

/** An IPv6 address, written as RFC 5952 has it (RFC 3596 §2). */
export function ipv6(what: string): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 16, end, what),
    format: formatIPv6,
    parse: (input, out) => {
      const text = input.word(what)
      const value = parseIPv6(text)
      if (value === undefined) throw input.error(`${text} is not an IPv6 address`, 'RFC 3596 §2.4')
      out.bytes(value)
    },
  }
}

/** Four octets as a dotted quad. */
export function formatIPv4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** The address as a number; four decimal parts without leading zeros, which some readers take for octal. */
export function parseIPv4(text: string): number | undefined {
  let value = 0
  let octet = 0
  let digits = 0
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit === -2) {
      if (digits === 0 || ++dots > 3) return undefined
      value = value * 256 + octet
      octet = digits = 0
      continue
    }
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return undefined
    octet = octet * 10 + digit
    if (++digits > 3 || octet > 255) return undefined
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : undefined
}

/** Sixteen octets in the form of RFC 5952; IPv4-mapped addresses end in a dotted quad (§5). */
export function formatIPv6(bytes: Uint8Array, at: number): string {
  const groups: number[] = []
  for (let i = 0; i < 8; i++) groups.push(u16At(bytes, at + 2 * i))
  if (groups[5] === 0xffff && groups.every((group, i) => i >= 5 || group === 0)) return `::ffff:${formatIPv4(bytes, at + 12)}`
  const { start, length } = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
    start += length
  }
  return best
}

/** The sixteen octets of an IPv6 address in any form of RFC 4291 §2.2. */
export function parseIPv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const left = groupsOf(halves[0]!, halves.length === 1)
  const right = groupsOf(halves[1] ?? '', true)
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const bytes = new Uint8Array(16)
  left.forEach((group, i) => putU16(bytes, 2 * i, group))
  right.forEach((group, i) => putU16(bytes, 16 - 2 * (right.length - i), group))
  return bytes
}

/** The 16-bit groups of a part without `::`; a dotted quad may stand for the last two where the address ends. */
function groupsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const quad = isLast && i === parts.length - 1 && part.includes('.') ? parseIPv4(part) : undefined
    if (quad !== undefined) groups.push(quad >>> 16, quad & 0xffff)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** Fields that are IP addresses. */
import { skip } from '../wire.ts'
import { decimal } from './number-fields.ts'
import type { Field } from './field.ts'

/** An IPv4 address (RFC 1035 §3.4.1). */
export function ipv4(what: string): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 4, end, what),
    format: (bytes, at) => `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`,
    parse: (input, out) => {
      const { text, quoted } = input.next(what)
      const value = quoted ? undefined : parseIPv4(text)
      if (value === undefined) throw input.error(`${text} is not an IPv4 address`, 'RFC 1035 §3.4.1')
      out.u32(value)
    },
  }
}

/** The address as a number; four decimal parts without leading zeros, which some readers take for octal. */
export function parseIPv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    const octet = decimal(part)
    if (!(octet <= 255) || part.length > 3 || (part.length > 1 && part.startsWith('0'))) return undefined
    value = value * 256 + octet
  }
  return value
}

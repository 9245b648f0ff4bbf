/** The address prefixes of APL (RFC 3123 §4, §5). */
import { WireError } from '../violation.ts'
import { skip, u16At, WireWriter } from '../wire.ts'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from './address-fields.ts'
import type { Field } from './field.ts'
import { decimal } from './number-fields.ts'
import type { TokenReader } from './token-reader.ts'

interface Family {
  readonly octets: number
  format(bytes: Uint8Array, at: number): string
  parse(text: string): Uint8Array | undefined
}

/** Address families by IANA's number; others are carried without being looked into. */
const families: ReadonlyMap<number, Family> = new Map([
  [1, { octets: 4, format: formatIPv4, parse: ipv4Octets }],
  [2, { octets: 16, format: formatIPv6, parse: parseIPv6 }],
])

function ipv4Octets(text: string): Uint8Array | undefined {
  const address = parseIPv4(text)
  if (address === undefined) return undefined
  const out = new WireWriter(4)
  out.u32(address)
  return out.take()
}

/** Items `[!]family:address/prefix` to the end of the RDATA; there may be none. Families other than IPv4 and IPv6 have no text. */
export const addressPrefixes: Field = {
  what: 'apitem…',
  scan: (bytes, offset, end) => {
    for (let at = offset; at < end;) at = scanItem(bytes, at, end)
    return end
  },
  format: (bytes, offset, end) => {
    const items: string[] = []
    for (let at = offset; at < end; at += 4 + (bytes[at + 3]! & 0x7f)) {
      const item = itemText(bytes, at)
      if (item === undefined) return undefined
      items.push(item)
    }
    return items.join(' ')
  },
  parse: (input, out) => {
    while (input.more) readItem(input, out)
  },
}

function scanItem(bytes: Uint8Array, at: number, end: number): number {
  const start = skip(at, 4, end, 'an item of APL')
  const length = bytes[at + 3]! & 0x7f
  const after = skip(start, length, end, 'an address of APL')
  const family = families.get(u16At(bytes, at))
  if (family === undefined) return after
  if (length > family.octets) throw new WireError('an address of APL is too long for its family (RFC 3123 §4)', at + 3)
  if (bytes[at + 2]! > 8 * family.octets) throw new WireError('a prefix of APL is longer than its address (RFC 3123 §4)', at + 2)
  if (length > 0 && bytes[after - 1] === 0) throw new WireError('an address of APL ends in a zero octet (RFC 3123 §4)', after - 1)
  return after
}

function itemText(bytes: Uint8Array, at: number): string | undefined {
  const family = families.get(u16At(bytes, at))
  if (family === undefined) return undefined
  const address = new Uint8Array(family.octets)
  address.set(bytes.subarray(at + 4, at + 4 + (bytes[at + 3]! & 0x7f)))
  const negation = bytes[at + 3]! >= 0x80 ? '!' : ''
  return `${negation}${u16At(bytes, at)}:${family.format(address, 0)}/${bytes[at + 2]}`
}

function readItem(input: TokenReader, out: WireWriter): void {
  const text = input.word('an item')
  const [, negation, number = '', address = '', prefix = ''] = /^(!?)(\d{1,5}):([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = families.get(decimal(number))
  const octets = family?.parse(address)
  if (family === undefined || octets === undefined || decimal(prefix) > 8 * family.octets) {
    throw input.error(`${text} is not [!]family:address/prefix with family 1 or 2`, 'RFC 3123 §5')
  }
  const length = octets.findLastIndex((octet) => octet !== 0) + 1
  out.u16(decimal(number))
  out.u8(decimal(prefix))
  out.u8(negation === '!' ? 0x80 | length : length)
  out.bytes(octets.subarray(0, length))
}

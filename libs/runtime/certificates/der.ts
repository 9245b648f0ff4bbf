/** DER (X.690 §10), as much of it as a certificate needs. */

const tags = { boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, utf8: 0x0c } as const
const times = { utc: 0x17, generalized: 0x18 } as const

/** A value of any tag. Lengths above 127 take the long form (§8.1.3.5). */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  if (length < 128) return Buffer.concat([Buffer.of(tag, length), content])
  const octets = length < 0x100 ? [length] : [length >> 8, length & 0xff]
  if (length > 0xffff) throw new Error('a value of more than 65535 octets is in no certificate of ours')
  return Buffer.concat([Buffer.of(tag, 0x80 | octets.length, ...octets), content])
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => tagged(0x30, ...items)
export const setOf = (...items: readonly Uint8Array[]): Buffer => tagged(0x31, ...items)
/** `[n]` around a value; with `isPrimitive`, in place of its tag. */
export const context = (n: number, content: Uint8Array, isPrimitive = false): Buffer =>
  tagged((isPrimitive ? 0x80 : 0xa0) | n, content)
export const boolean = (value: boolean): Buffer => tagged(tags.boolean, Buffer.of(value ? 0xff : 0))
export const octetString = (octets: Uint8Array): Buffer => tagged(tags.octetString, octets)
export const utf8 = (text: string): Buffer => tagged(tags.utf8, Buffer.from(text, 'utf8'))

/** A number that is not negative, big-endian: one octet more where its first bit would make it negative. */
export function integer(octets: Uint8Array): Buffer {
  const start = octets.findIndex((octet) => octet !== 0)
  const significant = start < 0 ? Buffer.of(0) : octets.subarray(start)
  return tagged(tags.integer, Buffer.of(...((significant[0] as number) & 0x80 ? [0] : [])), significant)
}

/** Bits in whole octets, but for the `unused` last ones. */
export const bitString = (octets: Uint8Array, unused = 0): Buffer => tagged(tags.bitString, Buffer.of(unused), octets)

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(tags.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** In whole seconds; from 2050 on with four digits of the year (RFC 5280 §4.1.2.5). */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`
  const isUTC = digits < '2050'
  return tagged(isUTC ? times.utc : times.generalized, Buffer.from(isUTC ? digits.slice(2) : digits, 'latin1'))
}

/** The values inside a constructed one, each with its tag and length. */
export function itemsOf(outer: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  const all = contentOf(outer)
  for (let at = 0; at < all.length;) {
    const { header, length } = headOf(all.subarray(at))
    found.push(all.subarray(at, at + header + length))
    at += header + length
  }
  return found
}

export function contentOf(value: Uint8Array): Uint8Array {
  const { header, length } = headOf(value)
  return value.subarray(header, header + length)
}

function headOf(value: Uint8Array): { header: number; length: number } {
  const first = value[1] ?? 0
  if (first < 0x80) return { header: 2, length: first }
  const octets = first & 0x7f
  return { header: 2 + octets, length: Buffer.from(value.buffer, value.byteOffset + 2, octets).readUIntBE(0, octets) }
}

/** Hexadecimal, base64 and base32hex (RFC 4648), without help from the platform. */
import { textOfCodes } from './character-codes.ts'

function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1)
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  return values
}

function eitherCase(alphabet: string): Int8Array {
  const values = valuesOf(alphabet)
  for (let i = 0; i < alphabet.length; i++) values[alphabet.toLowerCase().charCodeAt(i)] = i
  return values
}

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const hexAlphabet = '0123456789ABCDEF'
const base32Alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUV'
const hexCodes = Uint8Array.from(hexAlphabet, (character) => character.charCodeAt(0))
const base64Codes = Uint8Array.from(base64Alphabet, (character) => character.charCodeAt(0))
const hexValues = eitherCase(hexAlphabet)
const base64Values = valuesOf(base64Alphabet)
const base32Values = eitherCase(base32Alphabet)

function valueAt(text: string, at: number, values: Int8Array): number {
  const code = text.charCodeAt(at)
  return code < 128 ? values[code]! : -1
}

/** Upper-case hexadecimal of the octets from `offset` to `end`. */
export function encodeHex(bytes: Uint8Array, offset = 0, end = bytes.length): string {
  const codes: number[] = []
  for (let at = offset; at < end; at++) codes.push(hexCodes[bytes[at]! >> 4]!, hexCodes[bytes[at]! & 15]!)
  return textOfCodes(codes)
}

/** The octets, or undefined where the text has an odd length or another character; either case. */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = valueAt(text, 2 * i, hexValues)
    const low = valueAt(text, 2 * i + 1, hexValues)
    if (high < 0 || low < 0) return undefined
    bytes[i] = (high << 4) | low
  }
  return bytes
}

/** Base64 with padding (§4) of the octets from `offset` to `end`. */
export function encodeBase64(bytes: Uint8Array, offset = 0, end = bytes.length): string {
  const codes: number[] = []
  let at = offset
  for (; at + 2 < end; at += 3) pushBase64(codes, (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!, 4)
  if (end - at === 1) pushBase64(codes, bytes[at]! << 16, 2)
  if (end - at === 2) pushBase64(codes, (bytes[at]! << 16) | (bytes[at + 1]! << 8), 3)
  while (codes.length % 4 !== 0) codes.push(0x3d)
  return textOfCodes(codes)
}

function pushBase64(codes: number[], bits: number, characters: number): void {
  for (let i = 0; i < characters; i++) codes.push(base64Codes[(bits >> (18 - 6 * i)) & 63]!)
}

/** The octets, or undefined where the text is not base64 with its padding and zero bits after the last octet (§3.5). */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decodeBits(text, text.length - padding, 6, base64Values)
}

/** Base32 with the extended hex alphabet, without padding (RFC 5155 §3.3). */
export function encodeBase32Hex(bytes: Uint8Array, offset = 0, end = bytes.length): string {
  let text = ''
  let bits = 0
  let held = 0
  for (let at = offset; at < end; at++) {
    held = ((held << 8) | bytes[at]!) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += base32Alphabet[(held >> (bits - 5)) & 31]!
  }
  return bits > 0 ? text + base32Alphabet[(held << (5 - bits)) & 31]! : text
}

/** The octets, or undefined where the text is not base32hex without padding; either case. */
export function decodeBase32Hex(text: string): Uint8Array | undefined {
  return decodeBits(text, text.length, 5, base32Values)
}

/** Octets from `count` characters of `width` bits; bits left over must be fewer than one character's, and zero. */
function decodeBits(text: string, count: number, width: number, values: Int8Array): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((count * width) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (let i = 0; i < count; i++) {
    const value = valueAt(text, i, values)
    if (value < 0) return undefined
    held = ((held << width) | value) & 0xffff
    bits += width
    if (bits >= 8) bytes[at++] = held >> (bits -= 8)
  }
  return bits < width && (held & ((1 << bits) - 1)) === 0 ? bytes : undefined
}

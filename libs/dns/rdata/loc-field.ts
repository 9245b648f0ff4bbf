/** The position, altitude and precision of LOC (RFC 1876 §2, §3). */
import { WireError } from '../violation.ts'
import { skip, u32At, type WireWriter } from '../wire.ts'
import type { Field } from './field.ts'
import { decimal } from './number-fields.ts'
import type { TokenReader } from './token-reader.ts'

/** Angles are thousandths of a second of arc, counted from 2³¹. */
const equator = 0x8000_0000
const msPerDegree = 3_600_000
/** Altitudes are centimetres, counted from 100 km below the reference spheroid. */
const altitudeBase = 10_000_000
const locOctets = 16

/** SIZE, HORIZ PRE and VERT PRE where the line ends before them, in centimetres (§3). */
const defaultPrecisions = [100, 1_000_000, 1000] as const

/** The whole RDATA. Of versions other than 0 nothing is known (§2), and so they have no text. */
export const location: Field = {
  what: 'latitude, longitude, altitude, size, horizontal precision, vertical precision',
  scan: (bytes, offset, end) => {
    const version = bytes[skip(offset, 1, end, 'VERSION') - 1]
    if (version !== 0) return end
    const after = skip(offset, locOctets, end, 'LOC')
    for (let at = offset + 1; at < offset + 4; at++) scanPrecision(bytes, at)
    scanAngle(bytes, offset + 4, 90, 'LATITUDE')
    scanAngle(bytes, offset + 8, 180, 'LONGITUDE')
    return after
  },
  format: (bytes, offset) => {
    if (bytes[offset] !== 0) return undefined
    const altitude = u32At(bytes, offset + 12) - altitudeBase
    const precisions = [1, 2, 3].map((i) => precisionText(bytes[offset + i]!))
    const position = `${angleText(u32At(bytes, offset + 4), 'NS')} ${angleText(u32At(bytes, offset + 8), 'EW')}`
    return `${position} ${(altitude / 100).toFixed(2)}m ${precisions.join(' ')}`
  },
  parse: (input, out) => {
    const latitude = readAngle(input, 'the latitude', 90, 'NS')
    const longitude = readAngle(input, 'the longitude', 180, 'EW')
    const altitude = readMetres(input, 'the altitude', -altitudeBase, 0xffff_ffff - altitudeBase)
    out.u8(0)
    for (const unsaid of defaultPrecisions) {
      writePrecision(input.more ? readMetres(input, 'a size or precision', 0, 9e9) : unsaid, out)
    }
    out.u32(latitude)
    out.u32(longitude)
    out.u32(altitude + altitudeBase)
  },
}

function scanPrecision(bytes: Uint8Array, at: number): void {
  const [mantissa, exponent] = [bytes[at]! >> 4, bytes[at]! & 15]
  if (bytes[at] === 0 || (mantissa > 0 && mantissa <= 9 && exponent <= 9)) return
  throw new WireError('a size or precision of LOC is two decimal digits, the first above zero (RFC 1876 §2)', at)
}

function scanAngle(bytes: Uint8Array, at: number, maxDegrees: number, what: string): void {
  if (Math.abs(u32At(bytes, at) - equator) > maxDegrees * msPerDegree) {
    throw new WireError(`${what} is beyond ${maxDegrees} degrees (RFC 1876 §2)`, at)
  }
}

function angleText(value: number, hemispheres: string): string {
  const ms = Math.abs(value - equator)
  const minutes = Math.floor(ms / 60_000)
  const seconds = ((ms % 60_000) / 1000).toFixed(3)
  return `${Math.floor(minutes / 60)} ${minutes % 60} ${seconds} ${hemispheres[value < equator ? 1 : 0]}`
}

function precisionText(octet: number): string {
  const centimetres = (octet >> 4) * 10 ** (octet & 15)
  return centimetres >= 100 ? `${centimetres / 100}m` : `${(centimetres / 100).toFixed(2)}m`
}

/** Degrees, minutes where they stand, seconds where they stand, and the hemisphere. */
function readAngle(input: TokenReader, what: string, maxDegrees: number, hemispheres: string): number {
  let ms = readPart(input, what, maxDegrees, 0) * msPerDegree
  for (const unit of [60_000, 1000]) {
    if (hemispheres.includes(input.peek()?.text || ' ')) break
    ms += readPart(input, what, 59, unit === 1000 ? 3 : 0) * unit
  }
  const hemisphere = input.word(`the hemisphere of ${what}`)
  const index = hemisphere.length === 1 ? hemispheres.indexOf(hemisphere) : -1
  if (index < 0) throw input.error(`${what} ends in ${hemispheres[0]} or ${hemispheres[1]}, not ${hemisphere}`, 'RFC 1876 §3')
  if (ms > maxDegrees * msPerDegree) throw input.error(`${what} is beyond ${maxDegrees} degrees`, 'RFC 1876 §3')
  return equator + (index === 0 ? ms : -ms)
}

/** A number whose whole part is at most `max`, with up to `places` decimal places. */
function readPart(input: TokenReader, what: string, max: number, places: number): number {
  const text = input.word(what)
  const [, whole, fraction = ''] = /^(\d{1,3})(?:\.(\d{0,3}))?$/.exec(text) ?? []
  const isPlain = whole !== undefined && (places > 0 || !text.includes('.'))
  if (!isPlain || decimal(whole) > max) throw input.error(`${text} is no part of ${what}`, 'RFC 1876 §3')
  return (decimal(whole) * 1000 + Number(fraction.padEnd(3, '0'))) / 1000
}

/** Metres with up to two decimal places and perhaps an `m`, as centimetres. */
function readMetres(input: TokenReader, what: string, min: number, max: number): number {
  const text = input.word(what)
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,8})(?:\.(\d{0,2}))?m?$/.exec(text) ?? []
  const centimetres = whole === undefined ? NaN : Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
  const value = sign === '-' ? -centimetres : centimetres
  if (!(value >= min && value <= max)) throw input.error(`${what} is metres, not ${text}`, 'RFC 1876 §3')
  return value
}

/** The two decimal digits of a length in centimetres; further digits are cut off (§2). */
function writePrecision(centimetres: number, out: WireWriter): void {
  let exponent = 0
  let mantissa = Math.abs(centimetres)
  for (; mantissa > 9; exponent++) mantissa = Math.floor(mantissa / 10)
  out.u8((mantissa << 4) | exponent)
}

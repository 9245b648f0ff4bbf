/** The times of RRSIG: seconds since 1970 in 32 bits (RFC 4034 §3.1.5). */
import { skip, u32At } from '../wire.ts'
import type { Field } from './field.ts'
import { decimal } from './number-fields.ts'

/** Written as YYYYMMDDHHmmSS; read so, or as the number of seconds (§3.2). Years go from 1970 to 2106. */
export function time(what: string): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 4, end, what),
    format: (bytes, offset) => formatTime(u32At(bytes, offset)),
    parse: (input, out) => {
      const { text } = input.next(what)
      const value = text.length === 14 ? parseTime(text) : decimal(text)
      if (!(value <= 0xffff_ffff)) throw input.error(`${what} is a time YYYYMMDDHHmmSS in UTC, not ${text}`, 'RFC 4034 §3.2')
      out.u32(value)
    },
  }
}

function formatTime(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString()
  return iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19)
}

function parseTime(text: string): number {
  const part = (from: number, to: number) => decimal(text.slice(from, to))
  const seconds = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14)) / 1000
  // Date carries 31 February over into March: only a real date comes out as it went in.
  return seconds >= 0 && formatTime(seconds) === text ? seconds : NaN
}

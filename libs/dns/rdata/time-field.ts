/** The times of RRSIG: seconds since 1970 in 32 bits (RFC 4034 §3.1.5). */
import { skip, u32At } from '../wire.ts'
import type { Field } from './field.ts'
import { decimal } from './number-fields.ts'

/**
 * Written as YYYYMMDDHHmmSS; read so, or as the number of seconds (§3.2). We write the years 1970 to 2106; since these times go
 * round a circle of 2³², others write years from 1902 on for the same octets, and are understood.
 */
export function time(what: string): Field {
  return {
    what,
    scan: (_bytes, offset, end) => skip(offset, 4, end, what),
    format: (bytes, offset) => formatTime(u32At(bytes, offset)),
    parse: (input, out) => {
      const text = input.word(what)
      const value = text.length === 14 ? parseTime(text) : decimal(text)
      if (!(value >= -0x8000_0000 && value <= 0xffff_ffff)) {
        throw input.error(`${what} is a time YYYYMMDDHHmmSS in UTC, not ${text}`, 'RFC 4034 §3.2')
      }
      out.u32(value)
    },
  }
}

function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  const day = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
  const clock = date.getUTCHours() * 10_000 + date.getUTCMinutes() * 100 + date.getUTCSeconds()
  return String(day * 1_000_000 + clock)
}

/** Seconds since 1970, or NaN where the text is no date and time. */
function parseTime(text: string): number {
  const day = decimal(text.slice(0, 8))
  const clock = decimal(text.slice(8))
  const [month, dayOfMonth] = [Math.floor(day / 100) % 100, day % 100]
  const [hour, minute, second] = [Math.floor(clock / 10_000), Math.floor(clock / 100) % 100, clock % 100]
  const year = Math.floor(day / 10_000)
  // Date.UTC carries 31 February over into March, and takes the year 99 for 1999.
  const isReal = year >= 1900 && month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= daysIn(year, month)
  const isTime = hour < 24 && minute < 60 && second < 60
  return isReal && isTime ? Date.UTC(year, month - 1, dayOfMonth, hour, minute, second) / 1000 : NaN
}

/** The number of days in a month of the Gregorian calendar. */
function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

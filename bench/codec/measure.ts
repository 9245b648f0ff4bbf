/** Times and sizes of the formats of one thing. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Format } from './formats.ts'
import { nanosecondsOf } from './time-of.ts'

export interface FormatFigures {
  readonly format: string
  readonly octets: number
  readonly gzipOctets: number
  readonly zstdOctets: number
  /** Nanoseconds for the whole thing, a figure a round. */
  readonly encodeNs: readonly number[]
  readonly decodeNs: readonly number[]
  readonly scanNs: readonly number[]
  readonly gzipNs: number
  readonly zstdNs: number
}

/** Long enough that a function is compiled and measured. */
const leastMs = 150

/** The formats take turns in each round, so that what else the machine does meets all of them. */
export function measureFormats(formats: readonly Format[], rounds: number): FormatFigures[] {
  const times = formats.map(() => ({ encodeNs: [] as number[], decodeNs: [] as number[], scanNs: [] as number[] }))
  for (const { encode, decode } of formats) {
    nanosecondsOf(encode, leastMs / 2)
    nanosecondsOf(decode, leastMs / 2)
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, { encode, decode, scan }] of formats.entries()) {
      times[index]!.encodeNs.push(nanosecondsOf(encode, leastMs))
      times[index]!.decodeNs.push(nanosecondsOf(decode, leastMs))
      if (scan) times[index]!.scanNs.push(nanosecondsOf(scan, leastMs))
    }
  }
  return formats.map(({ name, encode }, index) => ({ format: name, ...sizesOf(encode()), ...times[index]! }))
}

function sizesOf(encoded: Uint8Array | readonly Uint8Array[]) {
  const whole = encoded instanceof Uint8Array ? encoded : Buffer.concat(encoded)
  let gzipOctets = 0
  let zstdOctets = 0
  const once = 1
  const gzipNs = nanosecondsOf(() => (gzipOctets = gzipSync(whole).length), once)
  const zstdNs = nanosecondsOf(() => (zstdOctets = zstdCompressSync(whole).length), once)
  return { octets: whole.length, gzipOctets, zstdOctets, gzipNs, zstdNs }
}

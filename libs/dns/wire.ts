/** Reading, comparing and collecting octets in network order. */
import { WireError } from './violation.ts'

/** The 16-bit number at `offset`; the caller has checked the bounds. */
export function u16At(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!
}

/** The 32-bit number at `offset`, unsigned; the caller has checked the bounds. */
export function u32At(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0
}

/** Writes a 16-bit number in place. */
export function putU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8
  bytes[offset + 1] = value
}

/** Writes a 32-bit number in place. */
export function putU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24
  bytes[offset + 1] = value >>> 16
  bytes[offset + 2] = value >>> 8
  bytes[offset + 3] = value
}

/** The offset after `length` octets; throws when they do not fit before `end`. */
export function skip(offset: number, length: number, end: number, what: string): number {
  if (offset + length > end) throw new WireError(`${what} runs past the end`, offset)
  return offset + length
}

/** Above so many octets `set` costs less than a loop, and below them a view does not pay. */
const loopedOctets = 96

/** Copies the octets from `start` to `end` and returns the offset after them. */
export function putOctets(bytes: Uint8Array, offset: number, from: Uint8Array, start: number, end: number): number {
  if (end - start > loopedOctets) bytes.set(from.subarray(start, end), offset)
  else for (let i = start; i < end; i++) bytes[offset + i - start] = from[i]!
  return offset + end - start
}

/** Octets equal one by one. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Order of octet strings, left-justified and unsigned; a prefix comes first (RFC 4034 §6.3). */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Collects octets in a buffer that grows; `take` copies them out, `reset` starts anew in the same buffer. */
export class WireWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity = 512) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  u16(value: number): void {
    this.#reserve(2)
    putU16(this.#bytes, this.#length, value)
    this.#length += 2
  }

  u32(value: number): void {
    this.#reserve(4)
    putU32(this.#bytes, this.#length, value)
    this.#length += 4
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** Overwrites an octet already written, such as a length known only afterwards. */
  patchU8(offset: number, value: number): void {
    this.#bytes[offset] = value
  }

  reset(): void {
    this.#length = 0
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

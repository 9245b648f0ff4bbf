/** RRs of an import in memory, with their keys, up to a limit. */
import { CLASS, putU16, putU32, type RR, u32At } from '@zonecast/dns'
import { compareKeysAt, entryHeader, maxEntries, sortedOrder } from './entry-order.ts'
import { sortKeyBound, writeSortKey } from './sort-key.ts'

/** Room at first: most zones of a long import are small. */
const firstOctets = 2_048
const firstEntries = 32
/** Behind the stored RR stands the line it came from. */
const lineOctets = 4

/** Collects RRs until it is full; then `sorted` gives its entries in order, and `clear` makes it empty. */
export class RunBuffer {
  readonly #limit: number
  readonly #apexOctets: number
  #bytes = new Uint8Array(firstOctets)
  #length = 0
  #offsets = new Uint32Array(firstEntries)
  #count = 0
  #inOrder = true

  constructor(limit: number, apexOctets: number) {
    this.#limit = limit
    this.#apexOctets = apexOctets
  }

  get count(): number {
    return this.#count
  }

  /** The buffer that entry offsets point into. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Takes an RR; false when it has to be emptied first. An empty buffer takes any RR. */
  add(rr: RR, line = 0): boolean {
    const bound = entryHeader + sortKeyBound(rr) + rr.owner.length + 10 + rr.rdata.length + lineOctets
    if (this.#count > 0 && (this.#length + bound > this.#limit || this.#count === maxEntries)) return false
    this.#reserve(bound)
    const entry = this.#length
    const key = entry + entryHeader
    const value = writeSortKey(rr, this.#apexOctets, this.#bytes, key)
    const end = writeRR(rr, this.#bytes, value) + lineOctets
    putU32(this.#bytes, end - lineOctets, line)
    putU32(this.#bytes, entry, value - key)
    putU32(this.#bytes, entry + 4, end - value)
    this.#offsets[this.#count] = entry
    if (this.#inOrder && this.#count > 0) this.#inOrder = this.#follows(entry)
    this.#count++
    this.#length = end
    return true
  }

  /** Offsets of the entries in the order of their keys; equal keys in the order they came in. */
  sorted(): Uint32Array {
    const offsets = this.#offsets.subarray(0, this.#count)
    if (this.#inOrder) return offsets
    return sortedOrder(this.#bytes, offsets, this.#count).map((number) => offsets[number]!)
  }

  clear(): void {
    this.#length = 0
    this.#count = 0
    this.#inOrder = true
  }

  /** Gives the memory back. */
  close(): void {
    this.clear()
    this.#bytes = new Uint8Array(0)
    this.#offsets = new Uint32Array(0)
  }

  #follows(entry: number): boolean {
    return compareKeysAt(this.#bytes, this.#offsets[this.#count - 1]!, this.#bytes, entry) <= 0
  }

  #reserve(more: number): void {
    if (this.#length + more > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length + more, Math.min(2 * this.#bytes.length, this.#limit)))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    if (this.#count < this.#offsets.length) return
    const offsets = new Uint32Array(2 * this.#offsets.length)
    offsets.set(this.#offsets)
    this.#offsets = offsets
  }
}

/** Writes the stored form of an RR and returns the offset after it. */
function writeRR({ owner, type, ttl, rdata }: RR, out: Uint8Array, start: number): number {
  let at = start
  for (let i = 0; i < owner.length; i++) out[at++] = owner[i]!
  putU16(out, at, type)
  putU16(out, at + 2, CLASS.IN)
  putU32(out, at + 4, ttl)
  putU16(out, at + 8, rdata.length)
  at += 10
  if (rdata.length > 64) {
    out.set(rdata, at)
    return at + rdata.length
  }
  for (let i = 0; i < rdata.length; i++) out[at++] = rdata[i]!
  return at
}

/** The stored RR of an entry, as a view. */
export function storedOf(bytes: Uint8Array, entry: number): Uint8Array {
  const start = entry + entryHeader + u32At(bytes, entry)
  return bytes.subarray(start, start + u32At(bytes, entry + 4) - lineOctets)
}

/** The line an entry came from; 0 where there is none. */
export function lineOf(bytes: Uint8Array, entry: number): number {
  return u32At(bytes, entry + entryLength(bytes, entry) - lineOctets)
}

/** Octets of an entry with its header. */
export function entryLength(bytes: Uint8Array, entry: number): number {
  return entryHeader + u32At(bytes, entry) + u32At(bytes, entry + 4)
}

/** Sorts entries that stand in a buffer by their keys, without an object for each. */
import { u32At } from '@zonecast/dns'

/** An entry: length of the key, length of the value, key, value. */
export const entryHeader = 8

/** An entry's number fits in this many values beside four octets of its key in one double. */
export const maxEntries = 2 ** 21

/** Groups up to this size are sorted by comparing whole keys. */
const smallGroup = 12

/** Compares the keys of two entries as octet strings, a prefix first, from octet `depth` on. */
export function compareKeysAt(a: Uint8Array, aEntry: number, b: Uint8Array, bEntry: number, depth = 0): number {
  const aLength = u32At(a, aEntry)
  const bLength = u32At(b, bEntry)
  const shared = aLength < bLength ? aLength : bLength
  const aKey = aEntry + entryHeader
  const bKey = bEntry + entryHeader
  for (let i = depth; i < shared; i++) {
    const difference = a[aKey + i]! - b[bKey + i]!
    if (difference !== 0) return difference
  }
  return aLength - bLength
}

/**
 * The numbers of the entries in the order of their keys; equal keys stay in the order they came in. Four octets of a key and the
 * number of its entry make one double, so that the engine's own sort of doubles does the work, four octets deeper each time.
 */
export function sortedOrder(bytes: Uint8Array, offsets: Uint32Array, count: number): Uint32Array {
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  new EntrySort(bytes, offsets, order).sort(0, count, 0)
  return order
}

class EntrySort {
  readonly #bytes: Uint8Array
  readonly #offsets: Uint32Array
  readonly #order: Uint32Array
  readonly #packed: Float64Array

  constructor(bytes: Uint8Array, offsets: Uint32Array, order: Uint32Array) {
    this.#bytes = bytes
    this.#offsets = offsets
    this.#order = order
    this.#packed = new Float64Array(order.length)
  }

  /** Sorts the entries `from` to `to`, whose keys share their first `depth` octets. */
  sort(from: number, to: number, depth: number): void {
    if (to - from <= smallGroup) {
      this.#insert(from, to, depth)
      return
    }
    const shared = this.#sharedDepth(from, to, depth)
    if (shared < 0) return
    this.#sortByOctets(from, to, shared)
    for (let start = from; start < to;) {
      const end = this.#groupEnd(start, to)
      if (end - start > 1) this.#finishGroup(start, end, shared)
      start = end
    }
  }

  /** Octets that all keys of the group begin with; -1 when the keys are equal. */
  #sharedDepth(from: number, to: number, depth: number): number {
    const bytes = this.#bytes
    const first = this.#offsets[this.#order[from]!]!
    const firstLength = u32At(bytes, first)
    let shared = firstLength
    let equal = true
    for (let i = from + 1; i < to; i++) {
      const entry = this.#offsets[this.#order[i]!]!
      const length = u32At(bytes, entry)
      if (length !== firstLength) equal = false
      if (length < shared) shared = length
      let at = depth
      while (at < shared && bytes[first + entryHeader + at] === bytes[entry + entryHeader + at]) at++
      shared = at
    }
    return equal && shared === firstLength ? -1 : shared
  }

  #sortByOctets(from: number, to: number, depth: number): void {
    for (let i = from; i < to; i++) {
      const number = this.#order[i]!
      this.#packed[i] = this.#octetsAt(this.#offsets[number]!, depth) * maxEntries + number
    }
    this.#packed.subarray(from, to).sort()
    for (let i = from; i < to; i++) this.#order[i] = this.#packed[i]! % maxEntries
  }

  /** Four octets of the key as a number; an end of the key counts as zeros. */
  #octetsAt(entry: number, depth: number): number {
    const bytes = this.#bytes
    const left = u32At(bytes, entry) - depth
    const at = entry + entryHeader + depth
    if (left >= 4) return u32At(bytes, at)
    let value = 0
    for (let i = 0; i < 4; i++) value = value * 256 + (i < left ? bytes[at + i]! : 0)
    return value
  }

  #groupEnd(start: number, to: number): number {
    const octets = Math.floor(this.#packed[start]! / maxEntries)
    const limit = (octets + 1) * maxEntries
    let end = start + 1
    while (end < to && this.#packed[end]! < limit) end++
    return end
  }

  /** The group's four octets are equal: go deeper, where no key ended within them, else compare. */
  #finishGroup(start: number, end: number, depth: number): void {
    for (let i = start; i < end; i++) {
      if (u32At(this.#bytes, this.#offsets[this.#order[i]!]!) >= depth + 4) continue
      this.#compareAll(start, end, depth)
      return
    }
    this.sort(start, end, depth + 4)
  }

  #compareAll(start: number, end: number, depth: number): void {
    const compare = (a: number, b: number) => this.#compare(a, b, depth) || a - b
    this.#order.subarray(start, end).sort(compare)
  }

  #insert(from: number, to: number, depth: number): void {
    const order = this.#order
    for (let i = from + 1; i < to; i++) {
      const number = order[i]!
      let at = i
      while (at > from && this.#isAfter(order[at - 1]!, number, depth)) {
        order[at] = order[at - 1]!
        at--
      }
      order[at] = number
    }
  }

  #isAfter(a: number, b: number, depth: number): boolean {
    const difference = this.#compare(a, b, depth)
    return difference > 0 || (difference === 0 && a > b)
  }

  #compare(a: number, b: number, depth: number): number {
    return compareKeysAt(this.#bytes, this.#offsets[a]!, this.#bytes, this.#offsets[b]!, depth)
  }
}

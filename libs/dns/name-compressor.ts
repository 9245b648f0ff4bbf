/** Finds earlier occurrences of names in a message that is being written (RFC 1035 §4.1.4). */
const tableSize = 2048
/** Names are no longer remembered when half of the table is taken. */
const maxEntries = tableSize / 2
/** A lookup gives up after so many neighbours, whatever names were chosen to collide. */
const maxProbes = 16
/** Pointers that a reader follows from one name at most. Go's resolver gives up after 10, BIND did after 16. */
const maxPointers = 8
const offsetBits = 14
/** The largest offset a pointer can hold. */
const maxOffset = 2 ** offsetBits - 1
const maxEpoch = 2 ** (31 - offsetBits) - 1

/** Slots hold epoch and offset, so that a new message forgets the old one's names without clearing the table. */
const slots = new Int32Array(tableSize)
let epoch = 0
const starts = new Uint8Array(128)
const hashes = new Int32Array(128)

/**
 * Remembers where the suffixes of names stand. A suffix is reused only where all its octets are the same, so the case of every
 * name survives. One compressor is in use at a time.
 */
export class NameCompressor {
  readonly #message: Uint8Array
  #entries = 0
  /** The last look for a name met it behind too many pointers. */
  #isTooDeep = false

  constructor(message: Uint8Array) {
    this.#message = message
    if (epoch === maxEpoch) {
      slots.fill(0)
      epoch = 0
    }
    epoch++
  }

  /** Writes at `at` the name that stands from `start` to `end` in `bytes`, as short as earlier names allow; returns the offset after it. */
  write(bytes: Uint8Array, start: number, end: number, at: number): number {
    const message = this.#message
    const labels = hashSuffixes(bytes, start, end)
    let shared = 0
    let pointer = -1
    for (; shared < labels; shared++) {
      pointer = this.#find(bytes, start, shared, at)
      if (pointer !== -1) break
      if (this.#isTooDeep) {
        // Written in full, so that those that follow may point here.
        shared = labels
        break
      }
    }
    for (let label = 0; label < shared; label++) this.#remember(label, at + starts[label]!)
    const length = shared < labels ? starts[shared]! : end - start
    for (let i = 0; i < length; i++) message[at + i] = bytes[start + i]!
    if (pointer === -1) return at + length
    message[at + length] = 0xc0 | (pointer >>> 8)
    message[at + length + 1] = pointer & 0xff
    return at + length + 2
  }

  #find(bytes: Uint8Array, start: number, label: number, before: number): number {
    let slot = hashes[label]! & (tableSize - 1)
    this.#isTooDeep = false
    for (let probe = 0; probe < maxProbes; probe++) {
      const entry = slots[slot]!
      if (entry >>> offsetBits !== epoch) return -1
      const offset = entry & maxOffset
      if (this.#isAt(offset, bytes, start + starts[label]!, before)) return offset
      slot = (slot + 1) & (tableSize - 1)
    }
    return -1
  }

  #remember(label: number, offset: number): void {
    if (offset > maxOffset || this.#entries === maxEntries) return
    let slot = hashes[label]! & (tableSize - 1)
    for (let probe = 0; probe < maxProbes; probe++) {
      if (slots[slot]! >>> offsetBits !== epoch) {
        slots[slot] = (epoch << offsetBits) | offset
        this.#entries++
        return
      }
      slot = (slot + 1) & (tableSize - 1)
    }
  }

  /** True when a reader that starts at `offset` finds the name that stands at `from` in `bytes`, in octets before `before`. */
  #isAt(offset: number, bytes: Uint8Array, from: number, before: number): boolean {
    const message = this.#message
    let at = offset
    let i = from
    let pointers = 1
    while (at < before) {
      const length = message[at]!
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | message[at + 1]!
        // Behind an RRset that did not fit, octets of it are left: only what is written for good counts.
        if (target >= at || at + 1 === before) return false
        if (++pointers > maxPointers) {
          this.#isTooDeep = true
          return false
        }
        at = target
        continue
      }
      if (length !== bytes[i]) return false
      if (length === 0) return true
      for (let octet = 1; octet <= length; octet++) if (message[at + octet] !== bytes[i + octet]) return false
      at += 1 + length
      i += 1 + length
    }
    return false
  }
}

/** Notes where each label of a name starts and a hash of the name from there to its end; returns how many labels there are. */
function hashSuffixes(bytes: Uint8Array, start: number, end: number): number {
  let labels = 0
  for (let at = start; bytes[at]! > 0; at += 1 + bytes[at]!) starts[labels++] = at - start
  let hash = 0x811c_9dc5
  let at = end - 2
  for (let label = labels - 1; label >= 0; label--) {
    for (const first = start + starts[label]!; at >= first; at--) hash = Math.imul(hash ^ bytes[at]!, 0x0100_0193)
    hashes[label] = hash ^ (hash >>> 15)
  }
  return labels
}

/** Sorted runs on disk: written once in order, read once in order. */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { u32At } from '@zonecast/dns'
import { entryHeader } from './entry-order.ts'
import { entryLength } from './run-buffer.ts'

const writeOctets = 262_144

/** Entries to a file, gathered into large writes. */
export class RunWriter {
  readonly #path: string
  readonly #file: number
  #block = Buffer.allocUnsafeSlow(writeOctets)
  #length = 0

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'wx', 0o600)
  }

  /** Writes the entry at `offset` of `bytes`. */
  write(bytes: Uint8Array, offset: number): void {
    const length = entryLength(bytes, offset)
    if (this.#length + length > this.#block.length) this.#flush()
    if (length > this.#block.length) {
      writeAll(this.#file, bytes.subarray(offset, offset + length))
      return
    }
    // A loop beats `set` of a subarray for the short entries that most are.
    const block = this.#block
    let at = this.#length
    if (length > 256) block.set(bytes.subarray(offset, offset + length), at)
    else for (let i = offset; i < offset + length; i++) block[at++] = bytes[i]!
    this.#length += length
  }

  /** The path of the finished run. */
  finish(): string {
    this.#flush()
    closeSync(this.#file)
    this.#block = Buffer.alloc(0)
    return this.#path
  }

  #flush(): void {
    writeAll(this.#file, this.#block.subarray(0, this.#length))
    this.#length = 0
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

/** The entries of a run, one at a time, through a buffer. */
export class RunReader {
  readonly #path: string
  readonly #file: number
  readonly #blockOctets: number
  #bytes = new Uint8Array(0)
  #entry = 0
  #next = 0
  #end = 0
  #offset = 0

  constructor(path: string, blockOctets: number) {
    this.#path = path
    this.#file = openSync(path, 'r')
    this.#blockOctets = blockOctets
  }

  /** Where the present entry stands. Its octets are never overwritten: views into them stay good. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  get entry(): number {
    return this.#entry
  }

  /** Goes to the next entry; false at the end. */
  advance(): boolean {
    this.#entry = this.#next
    if (!this.#holds(entryHeader)) return false
    const length = entryLength(this.#bytes, this.#entry)
    if (!this.#holds(length)) throw new Error(`the run ${this.#path} ends within an entry of ${u32At(this.#bytes, this.#entry)}`)
    this.#next = this.#entry + length
    return true
  }

  close(): void {
    closeSync(this.#file)
  }

  /** Closes and removes the run. */
  remove(): void {
    this.close()
    unlinkSync(this.#path)
  }

  /** Makes sure that so many octets from the present entry on are in memory; false at the end of the run. */
  #holds(octets: number): boolean {
    if (this.#end - this.#entry >= octets) return true
    const rest = this.#bytes.subarray(this.#entry, this.#end)
    const bytes = new Uint8Array(Math.max(this.#blockOctets, octets))
    bytes.set(rest)
    let end = rest.length
    while (end < bytes.length) {
      const count = readSync(this.#file, bytes, end, bytes.length - end, this.#offset)
      if (count === 0) break
      end += count
      this.#offset += count
    }
    this.#bytes = bytes
    this.#entry = 0
    this.#end = end
    return end >= octets
  }
}

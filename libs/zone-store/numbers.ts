/** Numbers for zones and contents, never used twice in a store. */
import { metaKey } from './layout.ts'
import { durably, type Database } from './page-reader.ts'
import { isFull } from './room.ts'
import { put, readSpare } from './seal.ts'

/** Reserved on disk in blocks, so that taking one writes nothing; a crash leaves a gap. */
const block = 4096

export class Numbers {
  readonly #database: Database
  #next: number
  #reserved: number

  private constructor(database: Database, next: number, reserved: number) {
    this.#database = database
    this.#next = next
    this.#reserved = reserved
  }

  /** `highest` is the highest number that is in use: where a reservation was never written, it is not given out again. */
  static async open(database: Database, highest: number): Promise<Numbers> {
    const value = readSpare(database, metaKey('next-number'))
    const next = Math.max(value === undefined ? 1 : Buffer.from(value).readUInt32BE(0), highest + 1)
    try {
      await durably(database, () => reserve(database, next + block))
      return new Numbers(database, next, next + block)
    } catch (error) {
      if (!isFull(error)) throw error
      // What is there is to be served all the same: the first number taken reserves the block.
      return new Numbers(database, next, next)
    }
  }

  /** Takes a number; call it inside a transaction, so that a new block is reserved before any number of it is used. */
  take(): number {
    if (this.#next >= this.#reserved) {
      this.#reserved = this.#next + block
      reserve(this.#database, this.#reserved)
    }
    return this.#next++
  }
}

function reserve(database: Database, upTo: number): void {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(upTo)
  put(database, metaKey('next-number'), value)
}

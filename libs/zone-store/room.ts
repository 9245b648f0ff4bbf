/** Waits for room on a full disk with what must be written. */
import { statfsSync } from 'node:fs'
import type { Clock, Logger } from '@zonecast/runtime'

/** What lmdb says of a disk without room. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && /No space left on device|Disk quota exceeded/.test(error.message)
}

/** True when the disk fails: after a sync that failed nobody can tell what it holds, and only a new start reads what is really there. */
export function isBroken(error: unknown): boolean {
  return error instanceof Error && /Input\/output error|Read-only file system|MDB_PANIC|MDB_CORRUPTED/.test(error.message)
}

/** A disk with less room than this is full, whatever a write says. */
const leastRoomOctets = 1 << 20

/** True when the disk of a folder has next to no room. */
export function isFilled(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize < leastRoomOctets
}

/** Between two attempts to write. */
const againMs = 500

/**
 * Positions must be written, and a full disk is no reason to stop answering: they wait for room, in order, and whatever comes after them
 * is refused meanwhile, so that the disk never holds a later write without an earlier one.
 */
export class Room {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #broken: (error: Error) => void
  readonly #isFilled: () => boolean
  #waiting: Promise<unknown> | undefined
  #lacking = false
  #closed = false

  /** `broken` is told of a disk that fails; `filled` says whether the disk has next to no room. */
  constructor(clock: Clock, log: Logger, broken: (error: Error) => void = () => {}, filled = () => false) {
    this.#broken = broken
    this.#isFilled = filled
    this.#clock = clock
    this.#log = log
  }

  /** True while the last write found no room. */
  get lacking(): boolean {
    return this.#lacking
  }

  /** A write that may fail. */
  async attempt<T>(write: () => Promise<T>): Promise<T> {
    if (this.#waiting) throw new Error('the store could not be written: No space left on device')
    return this.#noted(write)
  }

  /** A write that is repeated until it succeeds; only what is no lack of room rejects. */
  async insist(write: () => Promise<void>): Promise<void> {
    if (!this.#waiting) {
      // Asked for in this turn, so that it shares a transaction with others.
      const error = await this.#noted(write).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      )
      if (error === undefined) return
      if (!isFull(error)) throw error
    }
    const mine = (this.#waiting ?? Promise.resolve()).then(() => this.#repeat(write))
    const waiting = mine.catch(() => {})
    this.#waiting = waiting
    try {
      await mine
    } finally {
      if (this.#waiting === waiting) this.#waiting = undefined
    }
  }

  close(): void {
    this.#closed = true
  }

  async #repeat(write: () => Promise<void>): Promise<void> {
    while (!this.#closed) {
      try {
        return await this.#noted(write)
      } catch (error) {
        if (!isFull(error)) throw error
        await new Promise<void>((resolve) => void this.#clock.schedule(againMs, resolve))
      }
    }
  }

  /** LMDB calls a write that was cut short an I/O error, and that is what the last write onto a full disk is. */
  #understood(error: unknown): unknown {
    if (!isBroken(error) || !this.#isFilled()) return error
    return new Error('the store could not be written: No space left on device', { cause: error })
  }

  async #noted<T>(write: () => Promise<T>): Promise<T> {
    try {
      const value = await write()
      if (this.#lacking) this.#log.info({}, 'there is room on the disk again')
      this.#lacking = false
      return value
    } catch (caught) {
      const error = this.#understood(caught)
      if (isBroken(error)) this.#broken(error as Error)
      if (isFull(error) && !this.#lacking) {
        this.#lacking = true
        this.#log.error({ err: error }, 'the disk is full: what is stored stays as it is, and is answered, until there is room')
      }
      throw error
    }
  }
}

/** Removes contents that nobody uses any more, in slices. */
import { setImmediate } from 'node:timers/promises'
import type { Logger } from '@zonecast/runtime'
import { contentOfLeftover, contentRange, garbageKey, leftoverRange, stageKey } from './layout.ts'
import { durably, type Database } from './page-reader.ts'

/** Pages removed in one transaction: under a megabyte. */
const slice = 64

export class Sweeper {
  readonly #database: Database
  readonly #log: Logger
  readonly #waiting: number[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(database: Database, log: Logger) {
    this.#database = database
    this.#log = log
  }

  /** Takes over what an earlier process left: garbage, and stages that were never flipped. */
  start(): void {
    const leftovers = [...this.#database.getKeys(leftoverRange)].map(contentOfLeftover)
    if (leftovers.length > 0) this.#log.info({ contents: leftovers.length }, 'removing contents that are no longer in use')
    this.add(leftovers)
  }

  add(contents: readonly number[]): void {
    this.#waiting.push(...contents)
    if (this.#waiting.length === 0 || this.#running || this.#closed) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    for (let content = this.#waiting.shift(); content !== undefined; content = this.#waiting.shift()) {
      try {
        await this.#remove(content)
      } catch (error) {
        // What stays behind is found again at the next start.
        this.#log.error({ err: error, content }, 'an unused content could not be removed')
      }
    }
  }

  async #remove(content: number): Promise<void> {
    while (!this.#closed) {
      const keys = [...this.#database.getKeys({ ...contentRange(content), limit: slice })]
      await durably(this.#database, () => {
        for (const key of keys) this.#database.remove(key)
        if (keys.length < slice) {
          this.#database.remove(garbageKey(content))
          this.#database.remove(stageKey(content))
        }
      })
      if (keys.length < slice) return
      await setImmediate()
    }
  }
}

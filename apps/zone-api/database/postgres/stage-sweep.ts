/** Stages whose zone API has gone are dropped; those that somebody fills are left alone. */
import type { PostgresConnection } from './connection.ts'
import { stagesOfNobody, sweepStages } from './session.ts'

/**
 * So long lies between two looks. Where the server starts anew, every zone API is without its lock until it has connected again, and none
 * of them has gone.
 */
const betweenLooksMs = 5_000

export class StageSweep {
  readonly #connection: PostgresConnection
  #seen: readonly number[] | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(connection: PostgresConnection) {
    this.#connection = connection
  }

  /** Drops what is nobody's at two looks, once. */
  start(): void {
    void this.#look()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    try {
      await this.#connection.open()
      if (this.#seen) return await sweepStages(this.#connection, this.#seen)
      this.#seen = await stagesOfNobody(this.#connection)
      if (this.#seen.length === 0) return
    } catch {
      // The database is away: whoever was seen may have come back when it is there again.
      this.#seen = undefined
    }
    this.#timer = setTimeout(() => void this.#look(), betweenLooksMs)
  }
}

/** Reads from PostgreSQL, each of one state of the database. */
import { jobFor } from '../calls.ts'
import type { Operations } from '../engine.ts'
import type { Outbound } from '../outbound.ts'
import type { Call } from '../protocol.ts'
import type { ZoneCache } from '../zone-cache.ts'
import type { PostgresConnection } from './connection.ts'
import { forCallerOfPostgres } from './faults.ts'

export interface Reader {
  readonly connection: PostgresConnection
  readonly operations: Operations
  readonly cache: ZoneCache
}

/** One statement is of one state by itself. */
const single: ReadonlySet<string> = new Set(['getZone', 'headOf', 'listZones', 'newestPositions', 'accessRevision', 'listEdges'])

/** Several connections, so that a long read holds up no other. */
export class Readers {
  readonly #idle: Reader[]
  readonly #all: number
  readonly #outbound: Outbound
  readonly #waiting: Call[] = []
  #onIdle: () => void = () => {}

  constructor(readers: readonly Reader[], outbound: Outbound) {
    this.#idle = [...readers]
    this.#all = readers.length
    this.#outbound = outbound
  }

  add(call: Call): void {
    this.#waiting.push(call)
    const reader = this.#idle.pop()
    if (reader) void this.#work(reader)
  }

  /** Settles when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#idle.length < this.#all) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
  }

  async #work(reader: Reader): Promise<void> {
    for (let call = this.#waiting.shift(); call; call = this.#waiting.shift()) {
      const job = jobFor(reader.operations, call, this.#outbound)
      try {
        job.done({ value: await this.#read(reader, call, () => job.run()) })
      } catch (error) {
        job.done({ error: forCallerOfPostgres(error) })
      }
      reader.cache.clear()
      this.#outbound.flush()
    }
    this.#idle.push(reader)
    this.#onIdle()
  }

  async #read({ connection }: Reader, { operation }: Call, run: () => Promise<unknown>): Promise<unknown> {
    await connection.open()
    if (single.has(operation)) return run()
    // Nobody waits for these: where the connection is lost, what is read between them fails by itself.
    connection.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY').catch(() => {})
    try {
      return await run()
    } finally {
      if (connection.isOpen) connection.send('COMMIT').catch(() => {})
    }
  }
}

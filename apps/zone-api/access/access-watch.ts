/** Tells when it has changed who may do what: at once by this program, within a second by another on the same database. */
import type { Clock } from '@zonecast/runtime'
import type { AccessReads } from '../database/access/access-port.ts'

const lookMs = 1_000

export interface AccessWatchPorts {
  readonly database: Pick<AccessReads, 'accessRevision'>
  readonly clock: Clock
}

export class AccessWatch {
  readonly #ports: AccessWatchPorts
  readonly #listeners = new Set<() => void>()
  #revision: number | undefined
  #timer: { cancel(): void } | undefined
  #closed = false

  constructor(ports: AccessWatchPorts) {
    this.#ports = ports
    this.#schedule()
  }

  /** Calls the listener when what was remembered may be wrong; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** For whoever has just changed something: it is in force when this has returned. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Looks whether another program has changed something. */
  async look(): Promise<void> {
    const revision = await this.#ports.database.accessRevision()
    if (this.#revision !== undefined && revision !== this.#revision) this.changed()
    this.#revision = revision
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #schedule(): void {
    this.#timer = this.#ports.clock.schedule(lookMs, () => {
      // A database that is away tells nobody anything, and what was remembered runs out by itself.
      void this.look()
        .catch(() => {})
        .finally(() => this.#closed || this.#schedule())
    })
  }
}

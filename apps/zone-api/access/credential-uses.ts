/** When credentials were used last, written down now and then. */
import type { Clock, Logger, Scheduled } from '@zonecast/runtime'
import type { AccessWrites } from '../database/access/access-port.ts'

export interface CredentialUsesPorts {
  readonly database: Pick<AccessWrites, 'noteCredentialUses'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
}

const writeEveryMs = 60_000

export class CredentialUses {
  readonly #ports: CredentialUsesPorts
  #uses = new Map<string, number>()
  #timer: Scheduled | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(ports: CredentialUsesPorts) {
    this.#ports = ports
  }

  /** Those of the bootstrap file have no id. */
  note(id: string): void {
    if (id === '') return
    this.#uses.set(id, this.#ports.clock.now())
    this.#timer ??= this.#ports.clock.schedule(writeEveryMs, () => void this.write())
  }

  /** Writes what is there. */
  write(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const uses = [...this.#uses].map(([id, atMs]) => ({ id, atMs }))
    this.#uses = new Map()
    if (uses.length > 0) this.#writing = this.#writing.then(() => this.#note(uses))
    return this.#writing
  }

  close(): Promise<void> {
    return this.write()
  }

  async #note(uses: readonly { id: string; atMs: number }[]): Promise<void> {
    try {
      await this.#ports.database.noteCredentialUses(uses)
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'the last use of credentials could not be written down')
    }
  }
}

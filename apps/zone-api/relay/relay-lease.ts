/** Which of several zone APIs relays: the one that holds the lease, and no other while it lives. */
import { randomUUID } from 'node:crypto'
import type { Clock, Logger, Scheduled } from '@zonecast/runtime'
import type { ZoneDatabase } from '../database/zone-database.ts'

export interface RelayLeasePorts {
  readonly database: Pick<ZoneDatabase, 'holdLease' | 'dropLease'>
  readonly clock: Clock
  readonly log: Logger
  /** Something has changed. */
  readonly onMoved: () => void
}

/** It is asked for and renewed this often, */
const renewMs = 750
/** and runs out after this time where its holder says nothing any more. */
const leaseMs = 3_000
const name = 'relay'

export class RelayLease {
  readonly #ports: RelayLeasePorts
  readonly #holder = randomUUID()
  #state = 'opening'
  /** By our own clock, which goes on while the program stands still. */
  #untilMs = Number.NEGATIVE_INFINITY
  #othersState = ''
  #timer: Scheduled | undefined
  #closed = false

  constructor(ports: RelayLeasePorts) {
    this.#ports = ports
  }

  get isOurs(): boolean {
    return this.#ports.clock.monotonicMs() < this.#untilMs
  }

  /** Another zone API relays, and says that the log takes what it brings. */
  get isDoneByOthers(): boolean {
    return !this.isOurs && this.#othersState === 'open'
  }

  start(): void {
    void this.#renew()
  }

  /** Others are told how it goes. */
  tell(isOpen: boolean): void {
    this.#state = isOpen ? 'open' : 'opening'
  }

  /** Another may try where we fail. */
  async letGo(): Promise<void> {
    this.#untilMs = Number.NEGATIVE_INFINITY
    await this.#ports.database.dropLease({ name, holder: this.#holder }).catch(() => {})
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.letGo()
  }

  async #renew(): Promise<void> {
    const { database, clock, log, onMoved } = this.#ports
    const [wasOurs, before] = [this.isOurs, this.isDoneByOthers]
    const askedMs = clock.monotonicMs()
    try {
      const { holder, state } = await database.holdLease({ name, holder: this.#holder, state: this.#state, forMs: leaseMs })
      const isOurs = holder === this.#holder
      this.#untilMs = isOurs ? askedMs + leaseMs : Number.NEGATIVE_INFINITY
      this.#othersState = isOurs ? '' : state
    } catch (error) {
      log.debug({ err: error }, 'the lease of the relay could not be renewed')
    }
    if (this.#closed) return
    this.#timer = clock.schedule(renewMs, () => void this.#renew())
    if (wasOurs !== this.isOurs || before !== this.isDoneByOthers) onMoved()
  }
}

/** Zones whose content is to be fetched: each once, whatever happened meanwhile, in the order they were asked for. */
import { backoff, type Clock, type Logger, type Scheduled } from '@zonecast/runtime'

export interface WantedOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Zones that are worked on at once. */
  readonly limit: number
  /** Brings one zone to its newest state at that moment. Throws where it is to be tried again later. */
  readonly run: (zone: string, job: Job) => Promise<void>
  /** True while a zone is behind its head. */
  readonly isBehind: (zone: string) => boolean
  /** Told how long a zone waited for its turn. */
  readonly onTurn?: (waitedMs: number) => void
  readonly random?: () => number
}

export interface Job {
  /** Attempts that failed before. */
  readonly attempt: number
}

interface Entry {
  phase: 'queued' | 'running' | 'pausing'
  since: number
  attempt: number
  pause: Scheduled | undefined
}

const pauses = { baseMs: 50, maxMs: 15_000 }

/**
 * A zone changed a hundred times waits once. One that is behind again after its turn goes to the end, so that a hot zone cannot
 * starve quiet ones; one that fails pauses with full jitter.
 *
 *     absent ──want──▶ queued ──turn──▶ running ──level──▶ absent
 *                        ▲                 ├─behind──▶ queued
 *                        └──pausing ◀──────┘ failed
 */
export class Wanted {
  readonly #options: WantedOptions
  readonly #entries = new Map<string, Entry>()
  #queue: string[] = []
  #head = 0
  #running = 0
  #closed = false

  constructor(options: WantedOptions) {
    this.#options = options
  }

  /** Zones waiting, running or pausing. */
  get size(): number {
    return this.#entries.size
  }

  has(zone: string): boolean {
    return this.#entries.has(zone)
  }

  want(zone: string): void {
    if (this.#closed || this.#entries.has(zone)) return
    const entry: Entry = { phase: 'queued', since: 0, attempt: 0, pause: undefined }
    this.#entries.set(zone, entry)
    this.#enqueue(zone, entry)
  }

  /** Ends the pauses of zones that failed: what they wait for is back. */
  wake(): void {
    for (const [zone, entry] of this.#entries) {
      if (entry.phase !== 'pausing') continue
      entry.pause?.cancel()
      this.#enqueue(zone, entry)
    }
  }

  close(): void {
    this.#closed = true
    for (const { pause } of this.#entries.values()) pause?.cancel()
    this.#entries.clear()
    this.#queue = []
    this.#head = 0
  }

  #enqueue(zone: string, entry: Entry): void {
    entry.phase = 'queued'
    entry.since = this.#options.clock.monotonicMs()
    this.#queue.push(zone)
    this.#advance()
  }

  #advance(): void {
    while (!this.#closed && this.#running < this.#options.limit && this.#head < this.#queue.length) {
      const zone = this.#queue[this.#head++] as string
      if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#head)
        this.#head = 0
      }
      void this.#turn(zone, this.#entries.get(zone) as Entry)
    }
  }

  async #turn(zone: string, entry: Entry): Promise<void> {
    const { clock, run, isBehind, onTurn } = this.#options
    entry.phase = 'running'
    this.#running += 1
    onTurn?.(clock.monotonicMs() - entry.since)
    let failure: { readonly error: unknown } | undefined
    try {
      await run(zone, { attempt: entry.attempt })
    } catch (error) {
      failure = { error }
    }
    this.#running -= 1
    if (!this.#closed) {
      if (failure) this.#pause(zone, entry, failure.error)
      else if (isBehind(zone)) {
        entry.attempt = 0
        this.#enqueue(zone, entry)
      } else this.#entries.delete(zone)
    }
    this.#advance()
  }

  #pause(zone: string, entry: Entry, error: unknown): void {
    const { clock, log, random } = this.#options
    log.debug({ err: error, zone, attempt: entry.attempt }, 'a zone could not be fetched; it is tried again')
    entry.phase = 'pausing'
    const waitMs = backoff(entry.attempt, pauses, random)
    entry.attempt += 1
    entry.pause = clock.schedule(waitMs, () => this.#enqueue(zone, entry))
  }
}

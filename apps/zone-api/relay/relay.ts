/** Puts everything that is committed into a log apart from the zone API, in position order per shard. */
import type { EventSink, PublishedEvent } from '@zonecast/event-log'
import { backoff, type Clock, type Logger, pause, type Scheduled } from '@zonecast/runtime'
import type { CommitEvent, ZoneDatabase } from '../database/zone-database.ts'
import { Backlog } from './backlog.ts'
import { RelayLease } from './relay-lease.ts'
import type { RelayMetrics } from './relay-metrics.ts'

type RelayedFrom =
  | 'onCommit'
  | 'newestPositions'
  | 'heads'
  | 'getZone'
  | 'relayedPositions'
  | 'relayedLog'
  | 'noteRelayed'
  | 'holdLease'
  | 'dropLease'

export interface RelayPorts {
  readonly database: Pick<ZoneDatabase, RelayedFrom>
  readonly sink: EventSink
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: RelayMetrics
  /** Told when the log is reached or away. */
  readonly onConnected: (connected: boolean) => void
  readonly random?: () => number
  /** Other zone APIs have the same database: one of them relays. */
  readonly isShared?: boolean
}

/** Another zone API relays from here on. */
class LeaseLost extends Error {}

const pauses = { baseMs: 100, maxMs: 5_000 }
/** How far it has come is written down this long after it moved: what was put after that is put again after a crash, which does no harm. */
const noteMs = 500
/** A log that is away is spoken of once at its beginning and then this often. */
const remindMs = 60_000

/**
 * Where others have the same database, all of it is for the holder of the lease; the others stand by.
 *
 *     opening ──▶ level ◀──commit──▶ publishing
 *        ▲                              │
 *        └────────── pause ◀── failed ──┘
 */
export class Relay {
  readonly #ports: RelayPorts
  readonly #stop = new AbortController()
  readonly #stopListening: () => void
  readonly #backlog: Backlog
  readonly #lease: RelayLease | undefined
  #wake: () => void = () => {}
  #noting: Scheduled | undefined
  #connected = false
  #awaySince: number | undefined
  /** The same by the clock on the wall. */
  #awaySinceMs: number | undefined
  #remindedMs = 0
  #run: Promise<void> | undefined

  constructor(ports: RelayPorts) {
    this.#ports = ports
    this.#backlog = new Backlog(ports.database)
    if (ports.isShared) this.#lease = new RelayLease({ ...ports, onMoved: () => this.#wake() })
    this.#stopListening = ports.database.onCommit((events) => this.#committed(events))
  }

  get connected(): boolean {
    return this.#connected
  }

  /** Positions that are not in the log yet. */
  get behind(): number {
    return this.#lease?.isDoneByOthers ? 0 : this.#backlog.size
  }

  /** Since when the log is away, in Unix milliseconds. */
  get awaySinceMs(): number | undefined {
    return this.#connected ? undefined : this.#awaySinceMs
  }

  /** Another zone API puts events into the log. */
  get isDoneByOthers(): boolean {
    return this.#lease?.isDoneByOthers === true
  }

  /** When the oldest position that is not in the log was committed, in Unix milliseconds, where that is known. */
  async oldestUnsentMs(): Promise<number | undefined> {
    return this.behind === 0 ? undefined : this.#backlog.oldestMs()
  }

  start(): void {
    this.#lease?.start()
    this.#run ??= this.#relay()
  }

  /** What is not in the log by then is put there after the next start. */
  async close(): Promise<void> {
    this.#stopListening()
    this.#stop.abort()
    this.#noting?.cancel()
    this.#wake()
    // What is under way is cut, and what it has opened meanwhile closed, too.
    await this.#ports.sink.close().catch(() => {})
    await this.#run
    await this.#ports.sink.close().catch(() => {})
    await this.#note().catch(() => {})
    await this.#lease?.close()
  }

  #committed(events: readonly CommitEvent[]): void {
    this.#backlog.add(events)
    this.#wake()
  }

  async #relay(): Promise<void> {
    const { sink, clock, metrics, random } = this.#ports
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      await this.#turn()
      try {
        await this.#open()
        attempt = 0
        await this.#follow()
      } catch (error) {
        if (this.#stop.signal.aborted) return
        this.#lease?.tell(false)
        if (error instanceof LeaseLost) attempt = -1
        else {
          metrics.failures.inc()
          this.#away(error)
          await this.#lease?.letGo()
        }
      }
      await sink.close().catch(() => {})
      if (this.#stop.signal.aborted) return
      await pause(clock, backoff(attempt, pauses, random), this.#stop.signal)
    }
  }

  /** Settles when it is ours to relay; until then it is told how others do. */
  async #turn(): Promise<void> {
    while (this.#lease && !this.#lease.isOurs && !this.#stop.signal.aborted) {
      const { isDoneByOthers } = this.#lease
      if (isDoneByOthers !== this.#connected) {
        this.#connected = isDoneByOthers
        if (isDoneByOthers) this.#ports.log.info('another zone API puts events into the event log')
        // What they have put there so far does not wait.
        else await this.#backlog.look().catch(() => {})
        this.#ports.onConnected(isDoneByOthers)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async #open(): Promise<void> {
    // Before the log is reached there is a backlog, too, and it is to be seen.
    await this.#backlog.look()
    const { id } = await this.#ports.sink.open()
    await this.#backlog.follow(id)
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#lease?.isOurs === false) throw new LeaseLost('the lease of the relay is held by another')
      const events = await this.#backlog.next()
      // What has piled up is tried first: a log that opens and takes nothing is away.
      if (events.length > 0) await this.#publish(events)
      this.#back()
      await this.#committedMore()
    }
  }

  async #publish(events: readonly PublishedEvent[]): Promise<void> {
    const { sink, clock, metrics } = this.#ports
    const startedMs = clock.monotonicMs()
    await sink.publish(events)
    this.#backlog.published(events)
    metrics.events.inc(events.length)
    metrics.publishSeconds.observe((clock.monotonicMs() - startedMs) / 1000)
    this.#noting ??= clock.schedule(noteMs, () => {
      this.#noting = undefined
      this.#note().catch((error: unknown) => this.#ports.log.error({ err: error }, 'what was relayed could not be written down'))
    })
  }

  async #note(): Promise<void> {
    const { log, positions } = this.#backlog.takeMoved()
    if (positions.length > 0) await this.#ports.database.noteRelayed(log, positions)
  }

  async #committedMore(): Promise<void> {
    if (this.#stop.signal.aborted || this.#backlog.size > 0 || this.#lease?.isOurs === false) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  #back(): void {
    this.#lease?.tell(true)
    if (this.#connected) return
    this.#connected = true
    const seconds = this.#awaySince === undefined ? undefined : (this.#ports.clock.monotonicMs() - this.#awaySince) / 1000
    this.#awaySince = undefined
    this.#awaySinceMs = undefined
    this.#ports.log.info({ behind: this.behind, ...(seconds !== undefined && { seconds }) }, 'the event log is reached')
    this.#ports.onConnected(true)
  }

  #away(error: unknown): void {
    const { clock, log, onConnected } = this.#ports
    const now = clock.monotonicMs()
    this.#awaySince ??= now
    this.#awaySinceMs ??= clock.now()
    if (this.#connected || now - this.#remindedMs >= remindMs || this.#remindedMs === 0) {
      this.#remindedMs = now
      log.warn({ err: error, behind: this.behind }, 'the event log is away; changes go on and wait for it')
    }
    this.#connected = false
    onConnected(false)
  }
}

/** Recent commits, for those who watch: a bounded memory of events and one cursor a watcher. */
import { shardCount } from '@zonecast/zone'
import type { CommitEvent, ZoneDatabase } from '../database/zone-database.ts'

export interface EventHubOptions {
  readonly database: ZoneDatabase
  /** Events remembered over all shards. */
  readonly events?: number
  /** Octets of events and their deltas remembered over all shards. */
  readonly octets?: number
}

const defaultEvents = 16_384
const defaultOctets = 16 << 20

/** Remembers what was committed lately, shard by shard. */
export class EventHub {
  readonly #database: ZoneDatabase
  readonly #most: { readonly events: number; readonly octets: number }
  readonly #recent: CommitEvent[][] = Array.from({ length: shardCount }, () => [])
  /** Every event after these positions is remembered. */
  readonly #since: bigint[]
  /** Shards in the order of their events, so that the oldest goes first. */
  #order: number[] = []
  #octets = 0
  readonly #watchers = new Set<EventWatcher>()
  readonly #stop: () => void

  private constructor({ database, events = defaultEvents, octets = defaultOctets }: EventHubOptions, newest: bigint[]) {
    this.#database = database
    this.#most = { events, octets }
    this.#since = newest
    this.#stop = database.onCommit((committed) => this.#take(committed))
  }

  static async open(options: EventHubOptions): Promise<EventHub> {
    // Others may commit to the same database at any time: what comes before the positions are known is kept.
    const early: CommitEvent[] = []
    const stop = options.database.onCommit((committed) => early.push(...committed))
    const hub = new EventHub(options, await options.database.newestPositions())
    stop()
    hub.#take(early.filter(({ head }) => head.position > hub.#since[head.shard]!))
    return hub
  }

  get logId(): Uint8Array {
    return this.#database.logId
  }

  /** Watches the shards after the given positions; positions of another log id count as 0. */
  watch(positions: ReadonlyMap<number, bigint>): EventWatcher {
    const isBehind = [...positions].some(([shard, position]) => position < this.#since[shard]!)
    const watcher = new EventWatcher(new Set(positions.keys()), isBehind, () => this.#watchers.delete(watcher))
    const missed = [...positions].flatMap(([shard, position]) =>
      this.#recent[shard]!.filter(({ head }) => head.position > position),
    )
    watcher.add(missed)
    this.#watchers.add(watcher)
    return watcher
  }

  close(): void {
    this.#stop()
    for (const watcher of this.#watchers) watcher.close()
  }

  #take(events: readonly CommitEvent[]): void {
    for (const watcher of this.#watchers) watcher.add(events)
    for (const event of events) {
      this.#recent[event.head.shard]!.push(event)
      this.#order.push(event.head.shard)
      this.#octets += heldOctets(event)
    }
    let dropped = 0
    for (; this.#order.length - dropped > this.#most.events || this.#octets > this.#most.octets; dropped++) {
      const shard = this.#order[dropped]!
      const event = this.#recent[shard]!.shift()!
      this.#since[shard] = event.head.position
      this.#octets -= heldOctets(event)
    }
    if (dropped > 0) this.#order = this.#order.slice(dropped)
  }
}

/** What a watcher has not taken yet; one that is too slow loses it, and is told so. */
export class EventWatcher {
  readonly #shards: ReadonlySet<number>
  readonly #leave: () => void
  #events: CommitEvent[] = []
  #octets = 0
  #gap: boolean
  #closed = false
  #wake: () => void = () => {}

  constructor(shards: ReadonlySet<number>, gap: boolean, leave: () => void) {
    this.#shards = shards
    this.#gap = gap
    this.#leave = leave
  }

  add(events: readonly CommitEvent[]): void {
    for (const event of events) {
      if (!this.#shards.has(event.head.shard)) continue
      this.#events.push(event)
      this.#octets += octetsOf(event)
    }
    if (this.#events.length > defaultEvents || this.#octets > defaultOctets) {
      this.#events = []
      this.#octets = 0
      this.#gap = true
    }
    if (this.#events.length > 0 || this.#gap) this.#wake()
  }

  /** What there is, at most about `octets` of it. */
  take(octets: number): { readonly events: readonly CommitEvent[]; readonly gap: boolean } {
    let count = 0
    let taken = 0
    while (count < this.#events.length && taken < octets) taken += octetsOf(this.#events[count++]!)
    const events = this.#events.splice(0, count)
    this.#octets -= taken
    const gap = this.#gap
    this.#gap = false
    return { events, gap }
  }

  /** Settles when there is something to take, or the watcher is closed, or `wake` was called. */
  async wait(): Promise<void> {
    if (this.#events.length > 0 || this.#gap || this.#closed) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  wake(): void {
    this.#wake()
  }

  get closed(): boolean {
    return this.#closed
  }

  close(): void {
    this.#closed = true
    this.#leave()
    this.#wake()
  }
}

/** What an event takes in memory while it is remembered, as heap snapshots tell: some thirty objects, and its delta. */
function heldOctets(event: CommitEvent): number {
  return 2048 + octetsOf(event)
}

/** What an event takes on its way to a watcher: its delta, and a little for itself. */
function octetsOf({ delta }: CommitEvent): number {
  return 512 + (delta ? delta.delta.removed.length + delta.delta.added.length : 0)
}

/** What is committed and not in the log yet: from memory where events come one after the other, else from the database. */
import type { PublishedEvent } from '@zonecast/event-log'
import { shardCount } from '@zonecast/zone'
import type { CommitEvent, ShardPosition, ZoneDatabase } from '../database/zone-database.ts'

type Database = Pick<ZoneDatabase, 'heads' | 'newestPositions' | 'relayedPositions' | 'relayedLog' | 'getZone'>

/** Deltas are for those who follow the zone API itself. */
type Remembered = Omit<CommitEvent, 'delta'>

/** Events remembered; with more than these a shard is read from the database. */
const mostEvents = 4_096
/** Events that go into the log together, */
const batchEvents = 500
/** and how many of one shard: those of others do not wait for long while it catches up. */
const shardEvents = 64

export class Backlog {
  readonly #database: Database
  readonly #newest = noPositions()
  #log = ''
  #published = noPositions()
  /** Events behind what was published, by shard; incomplete where some were forgotten. */
  readonly #recent = new Map<number, Remembered[]>()
  #remembered = 0
  readonly #moved = new Set<number>()
  /** The shard that has its turn first. */
  #turn = 0

  constructor(database: Database) {
    this.#database = database
  }

  /** Positions that are committed and not published. */
  get size(): number {
    return this.#newest.reduce((sum, newest, shard) => sum + Number(newest - this.#min(shard, newest)), 0)
  }

  /**
   * When the oldest of them was committed, in Unix milliseconds. What was committed before this program started is looked up, where the log
   * is known and the zone there.
   */
  async oldestMs(): Promise<number | undefined> {
    const lagging = this.#newest.flatMap((newest, shard) => (this.#published[shard]! < newest ? [shard] : []))
    const times = await Promise.all(lagging.map((shard) => this.#oldestIn(shard)))
    const known = times.filter((time) => time !== undefined)
    return known.length > 0 ? Math.min(...known) : undefined
  }

  async #oldestIn(shard: number): Promise<number | undefined> {
    const after = this.#published[shard]!
    const [remembered] = this.#recent.get(shard) ?? []
    if (this.#log === '' || remembered?.head.position === after + 1n) return remembered?.committedAtMs
    const [head] = (await this.#database.heads({ shard, after, limit: 1 })).heads
    return head && (await this.#database.getZone(head.zone))?.changedAtMs
  }

  /** Looks up what is committed and what was put into the log, also by others; into which log, is a guess before it is reached. */
  async look(): Promise<void> {
    const newest = await this.#database.newestPositions()
    for (const [shard, position] of newest.entries()) if (position > this.#newest[shard]!) this.#newest[shard] = position
    this.#log ||= await this.#database.relayedLog()
    if (this.#log !== '') await this.#readPublished()
  }

  /** From here on this log is meant; what is known to be in it is not put there again. */
  async follow(log: string): Promise<void> {
    if (log !== this.#log) this.#published = noPositions()
    this.#log = log
    await this.#readPublished()
  }

  add(events: readonly CommitEvent[]): void {
    for (const { head, changeIds, traceparent, committedAtMs } of events) {
      const { shard, position } = head
      if (position > this.#newest[shard]!) this.#newest[shard] = position
      if (this.#remembered >= mostEvents) continue
      const event = { head, changeIds, traceparent, committedAtMs }
      const recent = this.#recent.get(shard)
      if (recent) recent.push(event)
      else this.#recent.set(shard, [event])
      this.#remembered += 1
    }
  }

  /** The next events to publish, of any shards, in position order within each; none when nothing waits. */
  async next(): Promise<PublishedEvent[]> {
    const batch: PublishedEvent[] = []
    for (let looked = 0; looked < shardCount && batch.length < batchEvents; looked++) {
      const shard = this.#turn
      this.#turn = (shard + 1) % shardCount
      if (this.#published[shard]! >= this.#newest[shard]!) continue
      batch.push(...(this.#fromMemory(shard) ?? (await this.#fromDatabase(shard))))
    }
    return batch
  }

  published(events: readonly PublishedEvent[]): void {
    const reached = new Map(events.map(({ head }) => [head.shard, head.position]))
    for (const [shard, position] of reached) this.#advance(shard, position)
  }

  /** Positions that moved since they were taken last. */
  takeMoved(): { readonly log: string; readonly positions: ShardPosition[] } {
    const positions = [...this.#moved].map((shard) => ({ shard, position: this.#published[shard]! }))
    this.#moved.clear()
    return { log: this.#log, positions }
  }

  #min(shard: number, newest: bigint): bigint {
    const published = this.#published[shard]!
    return published < newest ? published : newest
  }

  /** What is remembered, where it begins right behind what was published and none is missing. */
  #fromMemory(shard: number): PublishedEvent[] | undefined {
    const events = this.#recent.get(shard) ?? []
    let after = this.#published[shard]!
    const batch: PublishedEvent[] = []
    for (const event of events) {
      if (event.head.position <= after) continue
      if (event.head.position !== after + 1n) break
      batch.push(eventAfter(after, event))
      after = event.head.position
      if (batch.length === shardEvents) break
    }
    return batch.length > 0 ? batch : undefined
  }

  /** Heads after what was published. Another zone API may have published them meanwhile. */
  async #fromDatabase(shard: number): Promise<PublishedEvent[]> {
    await this.#readPublished()
    let after = this.#published[shard]!
    const { heads, end } = await this.#database.heads({ shard, after, limit: shardEvents })
    const batch = heads.map((head) => {
      const event = { head, changeIds: [], traceparent: '', committedAt: undefined, after }
      after = head.position
      return event
    })
    // A position that no head has any more has nothing to be published.
    if (end && batch.length === 0) this.#advance(shard, end.position)
    return batch
  }

  async #readPublished(): Promise<void> {
    const known = await this.#database.relayedPositions(this.#log)
    for (const [shard, position] of known.entries()) this.#advance(shard, position, false)
  }

  #advance(shard: number, position: bigint, isOurs = true): void {
    if (position <= this.#published[shard]!) return
    this.#published[shard] = position
    if (position > this.#newest[shard]!) this.#newest[shard] = position
    if (isOurs) this.#moved.add(shard)
    const recent = this.#recent.get(shard)
    if (recent === undefined) return
    const left = recent.filter(({ head }) => head.position > position)
    this.#remembered -= recent.length - left.length
    if (left.length > 0) this.#recent.set(shard, left)
    else this.#recent.delete(shard)
  }
}

function noPositions(): bigint[] {
  return Array.from({ length: shardCount }, () => 0n)
}

function eventAfter(after: bigint, { head, changeIds, traceparent, committedAtMs }: Remembered): PublishedEvent {
  return { head, changeIds, traceparent, committedAt: committedAtMs, after }
}

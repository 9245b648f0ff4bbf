/** What was committed, by this zone API and by others on the same database, in the order of its positions. */
import { shardCount } from '@zonecast/zone'
import { headOf } from '../rows.ts'
import { type Db, statement } from '../statement.ts'
import type { CommitEvent } from '../zone-database.ts'
import type { PostgresConnection } from './connection.ts'

export interface CommitFeedOptions {
  readonly db: Db
  /** Its own: it listens, looks and tells others, and is never inside a transaction. */
  readonly connection: PostgresConnection
  readonly emit: (events: CommitEvent[]) => void
  /** Called when the database goes away and when it is back. */
  readonly serving: (serving: boolean) => void
}

export const channel = 'zonecast_commits'
/** How often it looks for what nobody told it of. */
const lookMs = 100
const rowsAtOnce = 500

/** Hands on events without gaps: what others have committed before ours is read first. */
export class CommitFeed {
  readonly #options: CommitFeedOptions
  readonly #rows: ReturnType<typeof statements>
  /** Everything up to these positions was handed on. */
  readonly #known: number[] = Array.from({ length: shardCount }, () => 0)
  /** Ours that lie behind a gap. */
  readonly #waiting = new Map<number, CommitEvent[]>()
  /** Commits of ours that are on their way, by shard: they bring their events themselves. */
  readonly #onTheWay: number[] = Array.from({ length: shardCount }, () => 0)
  #reading: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #told = false
  #telling = false
  #serving = true
  #running = false

  constructor(options: CommitFeedOptions) {
    this.#options = options
    this.#rows = statements(options.db)
  }

  /** What was committed until now was not missed. */
  async prepare(): Promise<void> {
    for (const { shard, position } of await this.#rows.counters({})) this.#known[shard] = position
  }

  /** How far each shard was seen: a database that is not as far has gone back. */
  get seen(): readonly number[] {
    return [...this.#known]
  }

  start(): void {
    this.#running = true
    this.#lookLater()
  }

  /** Changes to these shards are about to be committed; what it gives is called when that has ended, with their events. */
  committing(shards: readonly number[]): (events: CommitEvent[]) => Promise<void> {
    for (const shard of shards) this.#onTheWay[shard]!++
    return async (events) => {
      for (const shard of shards) this.#onTheWay[shard]!--
      if (events.length > 0) await this.#take(events)
    }
  }

  async #take(events: readonly CommitEvent[]): Promise<void> {
    this.#tell()
    const ready: CommitEvent[] = []
    const behind = new Set<number>()
    for (const event of events) {
      const { shard, position } = event.head
      if (position === BigInt(this.#known[shard]! + 1)) {
        this.#known[shard]!++
        ready.push(event)
      } else if (position > BigInt(this.#known[shard]!)) {
        this.#waiting.set(shard, [...(this.#waiting.get(shard) ?? []), event])
        behind.add(shard)
      }
    }
    if (ready.length > 0) this.#options.emit(ready)
    // Where it cannot be read now, it is read when the database is back.
    if (behind.size > 0) await this.#read([...behind]).catch(() => {})
  }

  /** Tells the other zone APIs that there is something, once for all that was committed since the last time. */
  #tell(): void {
    this.#told = true
    if (this.#telling) return
    this.#telling = true
    void (async () => {
      while (this.#told) {
        this.#told = false
        await this.#options.connection.send(`NOTIFY ${channel}`)
      }
    })()
      .catch(() => {})
      .finally(() => (this.#telling = false))
  }

  /** Another zone API has committed something. */
  notified(): void {
    if (this.#running) void this.#look()
  }

  #lookLater(): void {
    if (!this.#running) return
    this.#timer = setTimeout(() => void this.#look().finally(() => this.#lookLater()), lookMs)
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #lookOnce(): Promise<void> {
    try {
      await this.#options.connection.open()
      const counters = await this.#rows.counters({})
      const moved = counters.filter(({ shard, position }) => position > this.#known[shard]! && this.#onTheWay[shard] === 0)
      if (moved.length > 0) await this.#read(moved.map(({ shard }) => shard))
      this.#setServing(true)
    } catch {
      if (this.#running) this.#setServing(false)
    }
  }

  #setServing(serving: boolean): void {
    if (this.#serving === serving) return
    this.#serving = serving
    this.#options.serving(serving)
  }

  /** Reads the heads after the known positions of these shards; one reading at a time. */
  #read(shards: readonly number[]): Promise<void> {
    const reading = this.#readAfter(this.#reading, shards)
    this.#reading = reading.catch(() => {})
    return reading
  }

  async #readAfter(earlier: Promise<void>, shards: readonly number[]): Promise<void> {
    await earlier
    for (const shard of shards) await this.#readShard(shard)
  }

  async #readShard(shard: number): Promise<void> {
    for (;;) {
      const rows = await this.#rows.after({ shard, position: this.#known[shard]! })
      const last = rows.at(-1)?.position
      if (last === undefined) return
      // Ours have come meanwhile: then they are known already.
      const known = BigInt(this.#known[shard]!)
      const own = (this.#waiting.get(shard) ?? []).filter(({ head }) => head.position > known)
      const isOwn = new Set(own.map(({ head }) => head.position))
      const others = rows
        .filter(({ position }) => BigInt(position) > known && !isOwn.has(BigInt(position)))
        .map((row) => ({
          head: headOf(row),
          changeIds: row.change_id === null ? [] : [row.change_id],
          traceparent: '',
          committedAtMs: row.changed_at,
        }))
      const upTo = BigInt(last)
      const events = [...others, ...own.filter(({ head }) => head.position <= upTo)]
      this.#waiting.set(
        shard,
        own.filter(({ head }) => head.position > upTo),
      )
      this.#known[shard] = Math.max(this.#known[shard]!, last)
      if (events.length > 0) this.#options.emit(events.toSorted((a, b) => (a.head.position < b.head.position ? -1 : 1)))
      if (rows.length < rowsAtOnce) return
    }
  }

  close(): void {
    this.#running = false
    clearTimeout(this.#timer)
  }
}

function statements(db: Db) {
  return {
    counters: statement(db, () => db.selectFrom('shard_counters').selectAll()),
    /** Heads after a position; the newest version of each says by which change it was made. */
    after: statement(db, (p: { shard: number; position: number }) =>
      db
        .selectFrom('zones')
        .leftJoin('versions', (j) =>
          j.onRef('versions.zone', '=', 'zones.number').onRef('versions.version', '=', 'zones.version'),
        )
        .selectAll('zones')
        .select('versions.change_id')
        .where('zones.shard', '=', p.shard)
        .where('zones.position', '>', p.position)
        .orderBy('zones.position')
        .limit(rowsAtOnce),
    ),
  }
}

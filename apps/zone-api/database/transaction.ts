/** One database transaction: the zones it has changed, and what it writes about them at its end. */
import { applyDelta, type Delta, netDeltas } from '@zonecast/zone'
import { headOf, headerOf, stateOf } from './rows.ts'
import type { SetDigests } from './set-digests.ts'
import { type Db, pick, statement } from './statement.ts'
import type { CachedZone, ZoneCache, ZoneRow } from './zone-cache.ts'
import type { CommitEvent } from './zone-database.ts'

/** Deltas up to this many octets travel with the event. */
export const inlineDeltaOctets = 64 << 10

/** What a transaction did to a zone, over all its jobs. */
interface Touched {
  readonly zone: CachedZone
  /** The row before the transaction; undefined when the zone is new. */
  readonly before: ZoneRow | undefined
  /** The steps in order; undefined when one of them has no delta. */
  readonly deltas: Delta[] | undefined
  /** The whole content, where it came whole and nothing has changed it since. */
  readonly whole: Delta | undefined
  readonly changeIds: readonly string[]
  readonly traceparent: string
}

/** A new version of a zone, as it is noted. */
export interface Step {
  readonly before: ZoneRow | undefined
  readonly delta: Delta | undefined
  readonly whole: Delta | undefined
  readonly changeId: string
  readonly traceparent: string
}

/** A job has changed a zone that its transaction does not hold: it has to begin again with that zone held. */
export class NotHeld extends Error {
  readonly zone: string

  constructor(zone: string) {
    super(`${zone} was changed without being held`)
    this.name = 'NotHeld'
    this.zone = zone
  }
}

/** Collects what the jobs of a group commit do, so that each page, head and position is written once a transaction. */
export class Transaction {
  readonly #cache: ZoneCache
  readonly #statements: ReturnType<typeof statements>
  readonly #setDigests: SetDigests
  readonly #now: () => number
  #touched = new Map<CachedZone, Touched>()

  constructor(db: Db, cache: ZoneCache, setDigests: SetDigests, now: () => number) {
    this.#cache = cache
    this.#setDigests = setDigests
    this.#statements = statements(db)
    this.#now = now
  }

  /** Notes a new version of a zone. `delta` is the step from the version before, `whole` all of it, where they are at hand. */
  touch(zone: CachedZone, step: Step): void {
    if (!this.#cache.holds(zone.row.zone_key)) throw new NotHeld(zone.row.zone_key)
    const earlier = this.#touched.get(zone)
    const deltas = earlier ? earlier.deltas : []
    this.#touched.set(zone, {
      zone,
      before: earlier ? earlier.before : step.before,
      deltas: deltas && step.delta && [...deltas, step.delta],
      whole: step.whole,
      changeIds: [...(earlier?.changeIds ?? []), step.changeId],
      traceparent: step.traceparent || (earlier?.traceparent ?? ''),
    })
    this.#cache.undo.push(() => (earlier ? this.#touched.set(zone, earlier) : this.#touched.delete(zone)))
  }

  /** The zones that it has changed so far. */
  zones(): Iterable<CachedZone> {
    return this.#touched.keys()
  }

  /** Rewrites the pages that a delta touches, in memory; they are written at the end of the transaction. */
  async applyDelta(zone: CachedZone, delta: Delta): Promise<void> {
    const { puts, deletes } = await zone.withPages((reader) => applyDelta(reader, delta))
    for (const key of deletes) zone.delete(key)
    for (const page of puts) zone.put(page)
  }

  /** Writes the pages that jobs have left in memory: at the end of the transaction, or before the zone gets another content. */
  async writePages(zone: CachedZone): Promise<void> {
    const { content } = zone.row
    for (const { key, content: page } of zone.takeUnwritten()) {
      if (page === undefined) await this.#statements.deletePage({ content, key })
      else await this.#statements.putPage({ content, key, page })
    }
  }

  /**
   * Writes pages and heads, then takes the positions: the last statements, shard by shard in ascending order, so that a position is
   * never visible before all positions below it.
   */
  async flush(): Promise<CommitEvent[]> {
    const touched = [...this.#touched.values()]
    for (const { zone } of touched) await this.writePages(zone)
    const events: CommitEvent[] = []
    const inOrder = touched.toSorted((a, b) => a.zone.row.shard - b.zone.row.shard)
    // Asked for together: an engine beyond a socket takes them in one journey, in this order.
    const counters = await Promise.all(inOrder.map(({ zone }) => this.#statements.advance({ shard: zone.row.shard })))
    for (const [index, change] of inOrder.entries()) {
      const row = { ...change.zone.row, position: counters[index]![0]!.position }
      change.zone.setRow(row)
      await this.#statements.head(row)
      events.push(eventOf(change, this.#now()))
    }
    return events
  }

  /** Called after the commit. */
  committed(): void {
    for (const { zone, before } of this.#touched.values()) this.#setDigests.move(before, zone.row)
    this.#reset()
  }

  rolledBack(): void {
    this.#reset()
  }

  #reset(): void {
    for (const { zone } of this.#touched.values()) zone.forgetUnwritten()
    this.#touched = new Map()
  }
}

function eventOf({ zone, before, deltas, whole, changeIds, traceparent }: Touched, committedAtMs: number): CommitEvent {
  const event: CommitEvent = { head: headOf(zone.row), changeIds, traceparent, committedAtMs }
  if (zone.row.deleted) return event
  const target = headerOf(zone.row)
  if (before && deltas && !before.deleted && before.generation === zone.row.generation && octetsOf(deltas) <= inlineDeltaOctets) {
    const delta = deltas.length === 1 ? deltas[0]! : netDeltas(deltas)
    return { ...event, delta: { base: stateOf(before), target, delta } }
  }
  // From nothing: it spares every publisher a walk for a small zone that is new.
  return whole && octetsOf([whole]) <= inlineDeltaOctets ? { ...event, delta: { base: undefined, target, delta: whole } } : event
}

function octetsOf(deltas: readonly Delta[]): number {
  return deltas.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0)
}

const headColumns = (
  'apex id content generation version serial digest deleted soa settings settings_version placement ' +
  'rr_count rrset_count content_octets position created_at changed_at notes tags'
).split(' ') as (keyof ZoneRow)[]

function statements(db: Db) {
  return {
    putPage: statement(db, (p: { content: number; key: Uint8Array; page: Uint8Array }) =>
      db
        .insertInto('pages')
        .values({ content: p.content, key: p.key, page: p.page })
        .onConflict((c) => c.columns(['content', 'key']).doUpdateSet((e) => ({ page: e.ref('excluded.page') }))),
    ),
    deletePage: statement(db, (p: { content: number; key: Uint8Array }) =>
      db.deleteFrom('pages').where('content', '=', p.content).where('key', '=', p.key),
    ),
    advance: statement(db, (p: { shard: number }) =>
      db
        .insertInto('shard_counters')
        .values({ shard: p.shard, position: 1 })
        .onConflict((c) => c.column('shard').doUpdateSet((e) => ({ position: e('shard_counters.position', '+', 1) })))
        .returning('position'),
    ),
    head: statement(db, (p: ZoneRow) => db.updateTable('zones').set(pick(p, headColumns)).where('number', '=', p.number)),
  }
}

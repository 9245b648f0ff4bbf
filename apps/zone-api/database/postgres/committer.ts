/** One writer of a zone API on PostgreSQL: writes that wait together and belong to one shard are committed together. */
import { sql } from 'kysely'
import type { Job, Outcome } from '../group-commit.ts'
import { Refused } from '../refused.ts'
import { type Db, statement } from '../statement.ts'
import { NotHeld, type Transaction } from '../transaction.ts'
import type { ZoneCache } from '../zone-cache.ts'
import type { CommitEvent } from '../zone-database.ts'
import type { PostgresConnection } from './connection.ts'
import type { DeferredWrites } from './deferred-writes.ts'
import { isAway, isClash } from './faults.ts'
import { lockStatements, locksOf, shardOfZone } from './locks.ts'

/** A write, and what it needs to be alone with. */
export interface WriteJob extends Job {
  readonly zones: Set<string>
  readonly requests: readonly string[]
  /** How it holds the places of zones, where it may make one. */
  readonly places: 'alone' | 'shared' | undefined
}

export interface CommitterOptions {
  readonly db: Db
  readonly connection: PostgresConnection
  readonly writes: DeferredWrites
  readonly cache: ZoneCache
  readonly transaction: Transaction
  /** Called before the commit of changes to these shards, and gives what to call once it has ended, with its events. */
  readonly committing: (shards: readonly number[]) => (events: CommitEvent[]) => Promise<void>
  /** Called after each group, before the outcomes are given. */
  readonly committed: (writes: number, ms: number) => void
  readonly settled: () => void
  /** A fault of ours. */
  readonly failed: (error: unknown) => void
}

/** Bounds of one transaction, so that whoever waits for it does not wait for long; a server has room for some thousand locks. */
const maxWrites = 128
const maxOctets = 2 << 20
/** How often a transaction that clashed with another is done again. */
const maxAttempts = 5

interface Waiting {
  readonly job: WriteJob
  readonly place: string
}

/** A job has failed after it wrote: its writes go only with all others of the transaction. */
class HalfDone extends Error {}

export class Committer {
  readonly #options: CommitterOptions
  readonly #rows: (p: { zones: readonly string[] }) => ReturnType<ReturnType<typeof rowsOf>>
  #queue: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#rows = rowsOf(options.db)
  }

  add(job: WriteJob): void {
    this.#queue.push({ job, place: placeOf(job) })
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Settles when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // What arrives in the same turn shares the first transaction.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const startedMs = performance.now()
      const jobs = this.#take()
      const outcomes = await this.#outcomes(jobs)
      this.#options.committed(jobs.length, performance.now() - startedMs)
      for (const [index, job] of jobs.entries()) job.done(outcomes[index]!)
      this.#options.settled()
      this.#options.cache.trim()
    }
  }

  /** Those that wait for the same shard as the first, in their order. */
  #take(): WriteJob[] {
    const { place } = this.#queue[0]!
    const taken: WriteJob[] = []
    const left: Waiting[] = []
    let octets = 0
    for (const waiting of this.#queue) {
      const { job } = waiting
      if (waiting.place === place && taken.length < maxWrites && octets < maxOctets) {
        octets += job.octets
        taken.push(job)
      } else left.push(waiting)
    }
    this.#queue = left
    return taken
  }

  /** All in one transaction; one by one where one of them spoils it. */
  async #outcomes(jobs: readonly WriteJob[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#commit(jobs)
      } catch (caught) {
        const error = await this.#causeOf(caught)
        await this.#rollBack()
        if (isClash(error) && attempt < maxAttempts) continue
        if (error instanceof NotHeld && jobs.length === 1 && !jobs[0]!.zones.has(error.zone)) {
          jobs[0]!.zones.add(error.zone)
          continue
        }
        if (jobs.length > 1 && !isAway(error)) return await this.#oneByOne(jobs)
        const cause = error instanceof HalfDone ? error.cause : error
        if (!(cause instanceof Refused) && !isAway(cause)) this.#options.failed(cause)
        return jobs.map(() => ({ error: cause }))
      }
    }
  }

  async #oneByOne(jobs: readonly WriteJob[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const job of jobs) outcomes.push(...(await this.#outcomes([job])))
    return outcomes
  }

  async #commit(jobs: readonly WriteJob[]): Promise<Outcome[]> {
    const { connection, cache, transaction, committing } = this.#options
    await connection.open()
    await this.#begin(jobs)
    const outcomes: Outcome[] = []
    for (const job of jobs) outcomes.push(await this.#runJob(job))
    const events = await transaction.flush()
    const ended = committing([...new Set(events.map(({ head }) => head.shard))])
    let committed = false
    try {
      // A timeout would not take the commit back: it would only end the wait for the standby that is to have it, too.
      connection.send('SET LOCAL statement_timeout = 0').catch(() => {})
      // It ends the transaction either way: without changes where a statement before it has failed.
      const { command } = await connection.send('COMMIT').catch((error: unknown) => {
        throw isAway(error) ? new Refused({ kind: 'doubt' }) : error
      })
      committed = command === 'COMMIT'
      if (!committed) throw new Error('the transaction was rolled back')
      cache.undo = []
      transaction.committed()
      cache.letGo()
    } finally {
      await ended(committed ? events : [])
    }
    return outcomes
  }

  /** Why a transaction failed: a write that nobody waited for may be behind what was noticed. */
  async #causeOf(noticed: unknown): Promise<unknown> {
    if (noticed instanceof Refused || noticed instanceof HalfDone || noticed instanceof NotHeld) return noticed
    return this.#options.writes.settle().then(
      () => noticed,
      (error: unknown) => error,
    )
  }

  /** Begins, takes the locks, and sees what others have done to the zones since; in one journey. */
  async #begin(jobs: readonly WriteJob[]): Promise<void> {
    const { connection, cache, writes } = this.#options
    writes.reset()
    const zones = [...new Set(jobs.flatMap((job) => [...job.zones]))]
    const locks = locksOf(
      zones,
      jobs.flatMap(({ requests }) => requests),
    )
    const taking = lockStatements(
      jobs.map(({ places }) => places),
      locks,
    )
    const begun = connection.send(['BEGIN', ...taking].join(';'))
    // Behind the locks: a statement sees what was committed before it began.
    const rows = zones.length > 0 ? this.#rows({ zones }) : Promise.resolve([])
    rows.catch(() => {})
    await begun
    cache.hold(zones, await rows)
  }

  async #runJob(job: WriteJob): Promise<Outcome> {
    const { cache, connection } = this.#options
    cache.undo = []
    const before = connection.writes
    try {
      return { value: await job.run() }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (connection.writes !== before) throw new HalfDone('half done', { cause: error })
      cache.rollback()
      return { error }
    }
  }

  async #rollBack(): Promise<void> {
    const { connection, cache, transaction, writes } = this.#options
    writes.reset()
    transaction.rolledBack()
    cache.clear()
    cache.letGo()
    if (connection.isOpen) await connection.send('ROLLBACK').catch(() => connection.drop())
  }
}

/** The shards of a job's zones, as a text that jobs of one place share. */
function placeOf({ zones }: WriteJob): string {
  return [...new Set([...zones].map(shardOfZone))].toSorted((a, b) => a - b).join()
}

function rowsOf(db: Db) {
  return statement(db, (p: { zones: readonly string[] }) =>
    db
      .selectFrom('zones')
      .selectAll()
      .where((e) => e('zone_key', '=', sql<string>`any(${p.zones})`)),
  )
}

/** The one task of the database's thread: writes that wait together are committed together, and reads run in between. */
import { CompiledQuery } from 'kysely'
import { Refused } from './refused.ts'
import { isBroken, isFull } from './storage-fault.ts'
import { type Db, execute } from './statement.ts'
import type { Transaction } from './transaction.ts'
import type { ZoneCache } from './zone-cache.ts'
import type { CommitEvent } from './zone-database.ts'

/** A piece of work, and where its outcome goes. */
export interface Job {
  /** `bulk` is a write that belongs to something large, or to nobody: zones' changes go before it. */
  readonly kind: 'read' | 'write' | 'bulk'
  /** About how many octets it writes. */
  readonly octets: number
  run(): Promise<unknown>
  done(outcome: Outcome): void
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

export interface GroupCommitOptions {
  readonly db: Db
  readonly cache: ZoneCache
  readonly transaction: Transaction
  /** Gives the jobs that arrived since it was asked last. */
  readonly arrived: () => Job[]
  /** Called after a commit and before the outcomes of its jobs are given. */
  readonly committed: (events: CommitEvent[], writes: number, ms: number) => void
  /** Called when outcomes have been given, and before more is begun. */
  readonly settled: () => void
  /** A fault of ours or of the disk. */
  readonly failed: (error: unknown) => void
}

/** Bounds of one transaction, so that what comes after it does not wait for long. */
const maxWrites = 256
const maxOctets = 2 << 20
/** How many reads run before writes get their turn again. */
const maxReads = 8

/** Runs jobs one at a time, in the order they came within their kind. */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #jobs: Record<Job['kind'], Job[]> = { read: [], write: [], bulk: [] }
  #running: Promise<void> | undefined
  /** Why nothing is written any more. */
  #broken: unknown

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /** Something has arrived. Settles when nothing waits any more. */
  wake(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<void> {
    const { arrived, settled, cache } = this.#options
    const { read: reads, write: writes, bulk } = this.#jobs
    for (;;) {
      for (const job of arrived()) this.#jobs[job.kind].push(job)
      if (writes.length + reads.length + bulk.length === 0) break
      if (writes.length > 0) await this.#commit(takeWrites(writes))
      // By itself, so that no change waits for the octets of a large zone to be on disk, nor for more than one piece of it.
      const piece = bulk.shift()
      if (piece) await this.#commit([piece])
      for (const job of reads.splice(0, maxReads)) {
        job.done(await outcomeOf(job))
        settled()
      }
      cache.trim()
    }
  }

  /** One transaction, a savepoint for each job: a job that fails takes back its own work alone. */
  async #commit(jobs: readonly Job[]): Promise<void> {
    const { db, cache, transaction, committed } = this.#options
    const startedMs = performance.now()
    let outcomes: Outcome[] = []
    let events: CommitEvent[] = []
    try {
      if (this.#broken !== undefined) throw this.#broken
      await execute(db, begin)
      for (const job of jobs) outcomes.push(await this.#runInSavepoint(job))
      events = await transaction.flush()
      await execute(db, commit)
      cache.undo = []
      transaction.committed()
    } catch (error) {
      // What a failed sync has left on disk is for a restart to see: nothing is written after it.
      if (isBroken(error)) this.#broken = error
      if (!isFull(error)) this.#options.failed(error)
      await execute(db, rollback).catch(() => {})
      transaction.rolledBack()
      cache.clear()
      events = []
      outcomes = jobs.map(() => ({ error }))
    }
    committed(events, jobs.length, performance.now() - startedMs)
    for (const [index, job] of jobs.entries()) job.done(outcomes[index]!)
    this.#options.settled()
  }

  async #runInSavepoint(job: Job): Promise<Outcome> {
    const { db, cache, failed } = this.#options
    // What earlier jobs of the transaction have done is settled as far as this job goes.
    cache.undo = []
    await execute(db, savepoint)
    const outcome = await outcomeOf(job)
    if ('error' in outcome) {
      if (!(outcome.error instanceof Refused) && !isFull(outcome.error)) failed(outcome.error)
      // On a full or failing disk SQLite may have rolled back everything by itself.
      await execute(db, rollbackTo).catch((error: unknown) => {
        throw isFull(outcome.error) || isBroken(outcome.error) ? outcome.error : error
      })
      if (isBroken(outcome.error)) throw outcome.error
      cache.rollback()
    }
    await execute(db, release)
    return outcome
  }
}

function takeWrites(writes: Job[]): Job[] {
  let octets = 0
  let count = 0
  while (count < Math.min(writes.length, maxWrites) && octets < maxOctets) octets += writes[count++]!.octets
  return writes.splice(0, count)
}

async function outcomeOf(job: Job): Promise<Outcome> {
  try {
    return { value: await job.run() }
  } catch (error) {
    return { error }
  }
}

const begin = CompiledQuery.raw('BEGIN IMMEDIATE')
const commit = CompiledQuery.raw('COMMIT')
const rollback = CompiledQuery.raw('ROLLBACK')
const savepoint = CompiledQuery.raw('SAVEPOINT job')
const rollbackTo = CompiledQuery.raw('ROLLBACK TO job')
const release = CompiledQuery.raw('RELEASE job')

/** The database's thread over PostgreSQL: several writers, several readers, and the feed of what all zone APIs commit. */
import { Kysely, sql } from 'kysely'
import { randomInt } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { jobFor } from '../calls.ts'
import { Contents } from '../contents.ts'
import { assembleEngine, type Engine, writes as writing } from '../engine.ts'
import type { QuotaLimits } from '../quotas/quota-port.ts'
import type { Retention } from '../retention.ts'
import { Outbound } from '../outbound.ts'
import type { Call, PostgresAddress, ToWorker } from '../protocol.ts'
import type { Tables } from '../schema.ts'
import { useConnection } from '../statement.ts'
import { defaultCacheLimits, ZoneCache } from '../zone-cache.ts'
import { channel, CommitFeed } from './commit-feed.ts'
import { Committer } from './committer.ts'
import { PostgresConnection } from './connection.ts'
import { DeferredWrites } from './deferred-writes.ts'
import { postgresDialect } from './dialect.ts'
import { awayText, forCallerOfPostgres, isAway } from './faults.ts'
import { demandAlone, lackOf } from './gone-back.ts'
import { lockClasses, placesOf, requestsOf, shardOfZone, wholes, zonesOf } from './locks.ts'
import { type Reader, Readers } from './reader.ts'
import { beginSession, dropStagesOf, prepareDatabase, WrongDatabase } from './session.ts'
import { StageSweep } from './stage-sweep.ts'

export interface ServeOptions {
  readonly postgres: PostgresAddress
  readonly retention: Retention | undefined
  readonly quotas: QuotaLimits | undefined
  /** Called when everything is closed. */
  readonly closed: () => void
}

/** Connections that change zones, each for some of the shards; one more writes stages and tidies. */
const zoneWriters = 4
const readers = 3
const statementMs = 8_000
/** Of the server: zone APIs on several machines have clocks of their own. */
const sharedNow = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`

export async function servePostgres(port: MessagePort, options: ServeOptions): Promise<void> {
  const outbound = new Outbound(port)
  const engine = await PostgresEngine.open(outbound, options).catch((error: unknown) => {
    throw isAway(error) ? Object.assign(new Error(awayText(error)), { exitCode: 69 }) : error
  })
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'calls') for (const call of message.calls) engine.take(call)
    else void end(engine, outbound, options)
  })
  outbound.ready(engine.logId)
  engine.start()
}

async function end(engine: PostgresEngine, outbound: Outbound, { closed }: ServeOptions): Promise<void> {
  await engine.close()
  closed()
  outbound.closed()
}

interface Writer extends Engine {
  readonly connection: PostgresConnection
  readonly committer: Committer
}

class PostgresEngine {
  readonly #outbound: Outbound
  readonly #options: ServeOptions
  /** Which run of the program fills a stage. */
  readonly #run = randomInt(1, 2 ** 31 - 1)
  readonly #connections: PostgresConnection[] = []
  readonly #feed: CommitFeed
  readonly #sweep: StageSweep
  readonly #writers: Writer[] = []
  #readers!: Readers
  /** Known once the database is prepared. */
  logId!: Uint8Array

  private constructor(outbound: Outbound, options: ServeOptions) {
    this.#outbound = outbound
    this.#options = options
    const { connection, db } = this.#connect({ listens: true })
    useConnection(db, connection)
    this.#sweep = new StageSweep(connection)
    this.#feed = new CommitFeed({
      db,
      connection,
      emit(events) {
        outbound.events(events)
        outbound.flush()
      },
      serving: (serving) => outbound.serving(serving),
    })
  }

  static async open(outbound: Outbound, options: ServeOptions): Promise<PostgresEngine> {
    const engine = new PostgresEngine(outbound, options)
    try {
      await engine.#open()
      return engine
    } catch (error) {
      await engine.#disconnect()
      throw error
    }
  }

  async #open(): Promise<void> {
    const { connection, db } = this.#connect()
    await connection.open()
    this.logId = await prepareDatabase(connection, db)
    const [listening] = this.#connections
    await listening!.open()
    await connection.close()
    for (let i = 0; i <= zoneWriters; i++) this.#writers.push(this.#writer(i < zoneWriters))
    this.#readers = new Readers(
      Array.from({ length: readers }, () => this.#reader()),
      this.#outbound,
    )
    await this.#feed.prepare()
    await Promise.all(this.#connections.map((each) => each !== connection && each.open()))
  }

  /** From here on, what others commit is told. */
  start(): void {
    this.#feed.start()
    this.#sweep.start()
  }

  /**
   * A connection with kysely over it. The feed's own also listens, and shows for as long as it lives that this run does. One that
   * changes zones does so on no database that has gone back.
   */
  #connect({ listens = false, changes = false } = {}): { connection: PostgresConnection; db: Kysely<Tables> } {
    const opened = async (connection: PostgresConnection) => {
      try {
        await beginSession(connection, this.logId)
      } catch (error) {
        if (error instanceof WrongDatabase) this.#outbound.broken(error)
        throw error
      }
      const lack = this.logId && (await lackOf(this.#feed, connection))
      if (lack) this.#outbound.regressed(lack)
      if (lack && changes) throw new Error(`the database has gone back: ${lack}`)
      if (listens) await connection.send(`LISTEN ${channel}; SELECT pg_try_advisory_lock(${lockClasses.run}, ${this.#run})`)
    }
    const notified = () => this.#feed.notified()
    const connection = new PostgresConnection({ ...this.#options.postgres, statementMs, opened, ...(listens && { notified }) })
    this.#connections.push(connection)
    return { connection, db: new Kysely<Tables>({ dialect: postgresDialect(connection) }) }
  }

  #writer(changes: boolean): Writer {
    const { connection, db } = this.#connect({ changes })
    const writes = new DeferredWrites(connection)
    useConnection(db, writes)
    const { pageOctets, zones, keys } = defaultCacheLimits
    const limits = { pageOctets: pageOctets / zoneWriters, zones: zones / zoneWriters, keys: keys / zoneWriters }
    const engine = this.#engine(db, new ZoneCache(db, limits, true))
    const committer = new Committer({
      ...engine.parts,
      connection,
      writes,
      committing: (shards) => this.#feed.committing(shards),
      committed: (count, ms) => this.#outbound.committed([], { writes: count, ms }),
      settled: () => this.#outbound.flush(),
      failed: (error) => this.#outbound.fault(error),
    })
    return { ...engine, connection, committer }
  }

  #reader(): Reader {
    const { connection, db } = this.#connect()
    useConnection(db, connection)
    const cache = new ZoneCache(db, defaultCacheLimits, true)
    return { connection, cache, operations: this.#engine(db, cache).operations }
  }

  #engine(db: Kysely<Tables>, cache: ZoneCache): Engine {
    const { retention, quotas } = this.#options
    return assembleEngine({
      db,
      cache,
      logId: this.logId,
      contents: new Contents(db, this.#run),
      now: Date.now,
      retention,
      defaults: quotas,
      sharedNow,
    })
  }

  take(call: Call): void {
    try {
      if ((writing as readonly string[]).includes(call.operation)) this.#write(call)
      else this.#readers.add(call)
    } catch (error) {
      // A name that is none has no shard.
      this.#outbound.answer(call.id, { error }, [])
      this.#outbound.flush()
    }
  }

  #write(call: Call): void {
    const { operation, args } = call
    const zones = new Set(zonesOf(operation, args))
    const [zone] = zones
    const writer = this.#writers[zone === undefined ? zoneWriters : shardOfZone(zone) % zoneWriters]!
    const job = jobFor(writer.operations, call, this.#outbound)
    writer.committer.add({
      ...job,
      zones,
      requests: requestsOf(args),
      places: placesOf(operation, args),
      run: () => this.#alone(writer, operation, () => job.run()),
      done: (outcome) => job.done('error' in outcome ? { error: forCallerOfPostgres(outcome.error) } : outcome),
    })
  }

  /** What concerns the whole database is done by one zone API at a time; there is no more to tidy where another is at it. */
  async #alone({ connection }: Writer, operation: Call['operation'], run: () => Promise<unknown>): Promise<unknown> {
    if (operation === 'bootstrapCredentials')
      await connection.send(`SELECT pg_advisory_xact_lock(${lockClasses.whole}, ${wholes.credentials})`)
    if (operation === 'adopt') await demandAlone(connection)
    if (operation !== 'maintain') return run()
    const { rows } = await connection.send(`SELECT pg_try_advisory_xact_lock(${lockClasses.whole}, ${wholes.tidy}) AS ours`)
    return (rows[0] as { ours: boolean }).ours ? run() : false
  }

  /** What was called before is still answered. */
  async close(): Promise<void> {
    for (const { committer } of this.#writers) await committer.idle()
    await this.#readers.idle()
    this.#sweep.close()
    this.#feed.close()
    // Where the database is away, another zone API sweeps them.
    const open = this.#connections.find(({ isOpen }) => isOpen)
    if (open) await dropStagesOf(open, this.#run).catch(() => {})
    await this.#disconnect()
  }

  async #disconnect(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()))
  }
}

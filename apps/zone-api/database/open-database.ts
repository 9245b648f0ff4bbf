/** The main thread's side of the database. */
import type { Logger, Metrics } from '@zonecast/runtime'
import { Worker } from 'node:worker_threads'
import type { Operations } from './engine.ts'
import type { QuotaLimits, QuotaName } from './quotas/quota-port.ts'
import type { Retention } from './retention.ts'
import { packOps } from './packed-ops.ts'
import type { Answer, Call, Commit, FromWorker, PackedApplyInput, PostgresAddress, ToWorker, WorkerInput } from './protocol.ts'
import { toRefusal } from './refusal.ts'
import type { ApplyInput, CommitEvent, ZoneDatabase } from './zone-database.ts'

export interface OpenOptions {
  readonly folder: string
  /** Where zones are kept; absent means in the folder. */
  readonly postgres?: PostgresAddress | undefined
  readonly log: Logger
  readonly metrics: Metrics
  /** How much history is kept; absent means 1 000 versions or 7 days, whichever is more. */
  readonly retention?: Retention
  /** Quotas of principals that have none of their own and are not exempt. */
  readonly quotas?: QuotaLimits
  /** Called when the database's thread has died: nothing goes on without it. */
  readonly failed: (error: Error) => void
}

/** Why the database could not be opened, with the exit code its reason asks for. */
export class DatabaseUnavailable extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.name = 'DatabaseUnavailable'
    this.exitCode = exitCode
  }
}

/** Starts the database's thread, takes the folder's lock and brings the schema up to date. */
export async function openDatabase(options: OpenOptions): Promise<ZoneDatabase> {
  const { folder, retention, quotas, postgres } = options
  const asked = { ...(retention && { retention }), ...(quotas && { quotas }), ...(postgres && { postgres }) }
  const workerData: WorkerInput = { folder, ...asked }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  })
  const first = await new Promise<FromWorker>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  if (first.kind === 'failed') throw new DatabaseUnavailable(first.message, first.exitCode)
  if (first.kind !== 'ready') throw new Error(`the database's thread began with ${first.kind}`)
  return new DatabaseProxy(worker, first.logId, options).database
}

const settled: Promise<void> = Promise.resolve()

const fullNotedEveryMs = 10_000

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

class DatabaseProxy {
  readonly database: ZoneDatabase
  readonly #worker: Worker
  readonly #log: Logger
  readonly #observe: (commit: Commit) => void
  readonly #noteQuota: (quota: QuotaName) => void
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Set<(events: readonly CommitEvent[]) => void>()
  readonly #servingListeners = new Set<(serving: boolean) => void>()
  readonly #regressedListeners = new Set<(detail: string) => void>()
  #nextId = 1
  /** Made in this turn of the event loop. */
  readonly #calls: Call[] = []
  readonly #failed: (error: Error) => void
  #broken = false
  #fullNotedMs = -fullNotedEveryMs
  #closed: Promise<void> | undefined
  #onClosed: () => void = () => {}

  constructor(worker: Worker, logId: Uint8Array, { log, metrics, failed }: OpenOptions) {
    this.#worker = worker
    this.#log = log
    this.#failed = failed
    this.#observe = observer(metrics)
    this.#noteQuota = quotaCounter(metrics)
    this.database = this.#createDatabase(logId)
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', (error) => this.#die(error, failed))
    worker.on('exit', (code) => this.#die(new Error(`the database's thread ended with code ${code}`), failed))
  }

  #createDatabase(logId: Uint8Array): ZoneDatabase {
    const own = {
      logId,
      onCommit: (listener: (events: readonly CommitEvent[]) => void) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
      onServing: (listener: (serving: boolean) => void) => void this.#servingListeners.add(listener),
      onRegressed: (listener: (detail: string) => void) => void this.#regressedListeners.add(listener),
      close: () => this.#close(),
    }
    const calls = new Map<PropertyKey, unknown>()
    return new Proxy(own as unknown as ZoneDatabase, {
      get: (target, name) => {
        if (name in own) return Reflect.get(target, name) as unknown
        // A promise that resolves to the database must not take it for another promise.
        if (typeof name === 'symbol' || name === 'then') return undefined
        if (!calls.has(name)) calls.set(name, (...args: unknown[]) => this.#call(name as keyof Operations, args))
        return calls.get(name)
      },
    })
  }

  #call(operation: keyof Operations, args: unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the database is closed'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      if (this.#calls.length === 0) setImmediate(() => this.#flush())
      this.#calls.push({ id, operation, args: argsOf(operation, args) })
    })
  }

  #flush(): void {
    if (this.#calls.length > 0) this.#post({ kind: 'calls', calls: this.#calls.splice(0) })
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'fault') this.#log.error({ cause: message.error }, 'the database failed')
    if (message.kind === 'broken') this.#break(message.error, message.message)
    if (message.kind === 'serving') this.#noteServing(message.serving)
    if (message.kind === 'regressed') for (const listener of this.#regressedListeners) listener(message.detail)
    if (message.kind === 'closed') this.#onClosed()
    if (message.kind !== 'done') return
    if (message.events.length > 0) for (const listener of this.#listeners) listener(message.events)
    if (message.commit) this.#observe(message.commit)
    const settleAll = () => {
      for (const answer of message.answers) this.#settle(answer)
    }
    // Events have left the process by the next turn: edges wait for them, and the callers' answers come right behind.
    if (message.events.length > 0) setImmediate(settleAll)
    else settleAll()
  }

  #noteServing(serving: boolean): void {
    if (serving) this.#log.info({}, 'the database is back')
    else this.#log.error({}, 'the database is away: calls are refused until it is back')
    for (const listener of this.#servingListeners) listener(serving)
  }

  /** Whoever calls is told each time; the log is told now and then, since it may stand on the same disk. */
  #noteFull(): void {
    if (performance.now() - this.#fullNotedMs < fullNotedEveryMs) return
    this.#fullNotedMs = performance.now()
    this.#log.error({}, 'the disk is full: changes are refused until there is room')
  }

  /** Told once: the program ends, and begins again from what the disk really holds. */
  #break(
    cause: string,
    message = 'the database could not be written: the disk fails, and only a restart tells what it holds',
  ): void {
    if (this.#broken) return
    this.#broken = true
    this.#failed(new Error(message, { cause }))
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('refused' in answer && answer.refused.kind === 'full') this.#noteFull()
    if ('refused' in answer && answer.refused.kind === 'quota') this.#noteQuota(answer.refused.exceeded.quota)
    if ('value' in answer) waiting?.resolve(answer.value)
    else waiting?.reject('refused' in answer ? toRefusal(answer.refused) : new Error(answer.error))
  }

  #die(error: Error, failed: (error: Error) => void): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    if (this.#closed) return this.#onClosed()
    this.#closed = settled
    failed(error)
  }

  /** What was called before is still answered. */
  #close(): Promise<void> {
    this.#closed ??= new Promise<void>((resolve) => {
      this.#onClosed = resolve
      this.#flush()
      this.#post({ kind: 'close' })
    })
    return this.#closed
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message, [])
  }
}

/** By quota, not by principal: of those there may be very many. */
function quotaCounter(metrics: Metrics): (quota: QuotaName) => void {
  const refusals = metrics.counter({
    name: 'zonecast_quota_refusals_total',
    help: 'Changes that were refused because a quota of their principal was used up.',
    labels: ['quota'],
  })
  return (quota) => refusals.inc({ quota })
}

function observer(metrics: Metrics): (commit: Commit) => void {
  const writes = metrics.histogram({
    name: 'zonecast_database_commit_writes',
    help: 'Writes that shared a commit.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 256],
  })
  return (commit) => {
    metrics.observeStep('commit', commit.ms / 1000)
    writes.observe(commit.writes)
  }
}

/** What crosses to the other thread. */
function argsOf(operation: keyof Operations, args: unknown[]): unknown[] {
  if (operation !== 'applyChanges') return args.map(compact)
  const { ops, ...input } = args[0] as ApplyInput
  return [compact({ ...input, ops: packOps(ops) } satisfies PackedApplyInput)]
}

/** Views are copied out of larger buffers, which would else cross to the other thread whole. */
function compact(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value)
  if (Array.isArray(value)) return value.map(compact)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, compact(part)]))
}

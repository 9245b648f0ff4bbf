/** The database's thread: takes calls, commits those that wait together, answers. */
import { lockFolder } from '@zonecast/runtime'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { openEngine, type Operations, writes } from './engine.ts'
import { GroupCommit, type Job, type Outcome } from './group-commit.ts'
import { unpackOps } from './packed-ops.ts'
import type { Answer, Call, Commit, FromWorker, PackedApplyInput, ToWorker, WorkerInput } from './protocol.ts'
import { Refused } from './refused.ts'
import { openSqlite } from './sqlite/dialect.ts'
import { forCaller, isBroken } from './storage-fault.ts'
import type { CommitEvent, RangeAnswer } from './zone-database.ts'

/** The layout of the data folder. */
const formatVersion = 1
const writing: ReadonlySet<string> = new Set(writes)

/** Gathers what one step of the group commit gives, so that it travels in one message. */
class Outbound {
  readonly #port: MessagePort
  #events: CommitEvent[] = []
  #answers: Answer[] = []
  #commit: Commit | undefined
  #buffers: ArrayBuffer[] = []

  constructor(port: MessagePort) {
    this.#port = port
  }

  committed(events: CommitEvent[], commit: Commit): void {
    this.#events.push(...events)
    this.#commit = commit
  }

  /** `buffers` belong to nobody else and are handed over. */
  answer(id: number, outcome: Outcome, buffers: readonly ArrayBuffer[]): void {
    this.#answers.push(answerOf(id, outcome))
    this.#buffers.push(...buffers)
  }

  ready(logId: Uint8Array): void {
    this.#post({ kind: 'ready', logId })
  }

  closed(): void {
    this.#post({ kind: 'closed' })
    this.#port.close()
  }

  fault(error: unknown): void {
    this.#post({ kind: isBroken(error) ? 'broken' : 'fault', error: textOf(error) })
  }

  flush(): void {
    if (this.#answers.length === 0 && this.#events.length === 0) return
    const commit = this.#commit
    this.#post({ kind: 'done', events: this.#events, answers: this.#answers, ...(commit && { commit }) }, this.#buffers)
    this.#buffers = []
    this.#events = []
    this.#answers = []
    this.#commit = undefined
  }

  #post(message: FromWorker, buffers: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, buffers)
  }
}

function answerOf(id: number, outcome: Outcome): Answer {
  if ('value' in outcome) return { id, value: outcome.value }
  const error = forCaller(outcome.error)
  return error instanceof Refused ? { id, refused: error.data } : { id, error: textOf(error) }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function run(port: MessagePort, { folder, retention }: WorkerInput): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(folder, { kind: 'zone-api', formatVersion })
  const engine = await openEngine({
    database: openSqlite(join(folder, 'zone-api.db')),
    now: Date.now,
    ...(retention && { retention }),
  })
  const outbound = new Outbound(port)
  const inbox: ToWorker[] = []
  let closing = false

  /** What has arrived is taken from the port at once, so that it shares a commit instead of waiting for the next. */
  const arrived = (): Job[] => {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) inbox.push(next.message as ToWorker)
    const messages = inbox.splice(0)
    closing ||= messages.some(({ kind }) => kind === 'close')
    const calls = messages.flatMap((message) => (message.kind === 'calls' ? message.calls : []))
    return calls.map((call) => jobFor(engine.operations, call, outbound))
  }
  const commits = new GroupCommit({
    ...engine.parts,
    arrived,
    committed: (events, count, ms) => outbound.committed(events, { writes: count, ms }),
    settled: () => outbound.flush(),
    failed: (error) => outbound.fault(error),
  })
  const serve = async (message: ToWorker) => {
    inbox.push(message)
    await commits.wake()
    if (!closing) return
    await engine.db.destroy()
    lock.close()
    outbound.closed()
  }
  port.on('message', (message: ToWorker) => void serve(message))
  outbound.ready(engine.logId)
}

function jobFor(operations: Operations, { id, operation, args }: Call, outbound: Outbound): Job {
  const call = callOf(operations, operation)
  const isWrite = writing.has(operation)
  return {
    kind: isWrite ? 'write' : 'read',
    octets: isWrite ? octetsOf(args) : 0,
    run: () => call(...args),
    done(outcome) {
      outbound.answer(id, outcome, operation === 'readRange' ? buffersOf(outcome) : [])
    },
  }
}

function callOf(operations: Operations, operation: keyof Operations): (...args: readonly unknown[]) => Promise<unknown> {
  // Unpacked when its turn has come: what waits is one array.
  if (operation === 'applyChanges') {
    return (packed) => {
      const input = packed as PackedApplyInput
      return operations.applyChanges({ ...input, ops: unpackOps(input.ops) })
    }
  }
  return operations[operation] as (...args: readonly unknown[]) => Promise<unknown>
}

/** Pages that were read for the caller alone need not be copied on their way to it. */
function buffersOf(outcome: Outcome): ArrayBuffer[] {
  if (!('value' in outcome)) return []
  return (outcome.value as RangeAnswer).pages.map(({ content }) => content.buffer as ArrayBuffer)
}

/** About how much a call writes: the octets in its arguments. */
function octetsOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length
  if (typeof value !== 'object' || value === null) return 8
  let octets = 0
  for (const part of Object.values(value)) octets += octetsOf(part)
  return octets
}

const port = parentPort
if (!port) throw new Error('worker.ts runs as a thread')
run(port, workerData as WorkerInput).catch((error: Error & { exitCode?: number }) => {
  const { name, message, stack, exitCode = 1 } = error
  port.postMessage({
    kind: 'failed',
    name,
    message: exitCode === 1 ? (stack ?? message) : message,
    exitCode,
  } satisfies FromWorker)
  port.close()
})

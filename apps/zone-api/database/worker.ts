/** The database's thread: takes calls, commits those that wait together, answers. */
import { lockFolder } from '@zonecast/runtime'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { jobFor } from './calls.ts'
import { openEngine } from './engine.ts'
import { folderFormat } from './folder-format.ts'
import { GroupCommit, type Job } from './group-commit.ts'
import { Outbound } from './outbound.ts'
import type { FromWorker, ToWorker, WorkerInput } from './protocol.ts'
import { openSqlite } from './sqlite/dialect.ts'

async function run(port: MessagePort, input: WorkerInput): Promise<void> {
  const { folder, retention, quotas, postgres } = input
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(folder, folderFormat)
  if (postgres) {
    // Who keeps zones in the folder needs none of it.
    const { servePostgres } = await import('./postgres/serve.ts')
    return servePostgres(port, { postgres, retention, quotas, closed: () => lock.close() })
  }
  const engine = await openEngine({
    database: openSqlite(join(folder, 'zone-api.db')),
    now: Date.now,
    ...(retention && { retention }),
    ...(quotas && { quotas }),
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

/** The main thread's side of one thread that answers DNS. */
import { Worker } from 'node:worker_threads'
import { parseMessage, type Message } from '@zonecast/dns'
import { DnsQueryError, encodeQuestion } from '@zonecast/dns-net'
import type { Asker } from './dns-service.ts'
import type { FromWorker, ToWorker, WorkerInput } from './worker-messages.ts'

export interface DnsThread {
  readonly number: number
  /** Asks this very thread, whichever the kernel would choose. */
  readonly ask: Asker
  /** Resolves, never rejects, when the thread is gone, with the reason. */
  readonly ended: Promise<Error>
  close(): Promise<void>
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

/** Told of damage in the store that the thread has met. */
export type OnDamage = (zone: string, reason: string) => void

interface Waiting {
  readonly resolve: (message: Message) => void
  readonly reject: (error: Error) => void
}

/** A thread that says nothing for so long hangs: it is ended, and another one started. */
const hangsAfterMs = 5_000
/** Answers are short-lived; a young generation of this size is collected seldom and at once. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 }
const nobody = { host: '', port: 0 }

/** Starts a thread; resolves once it listens. */
export async function startDnsThread(workerData: WorkerInput, onDamage: OnDamage): Promise<DnsThread> {
  const worker = new Worker(new URL('./dns-worker.ts', import.meta.url), { workerData, resourceLimits })
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let failure: Error | undefined
  let gone: Error | undefined
  worker.on('error', (error) => (failure = error as Error))
  const ended = new Promise<Error>((resolve) => {
    worker.once('exit', (code) => {
      const reason = failure ?? new Error(`the thread ended with code ${code}`)
      gone = reason
      for (const { reject } of waiting.values()) reject(reason)
      resolve(reason)
    })
  })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve()
      else if (message.kind === 'failed') reject(new Error(message.message))
    })
    void ended.then(reject)
  }).catch(async (error: unknown) => {
    await worker.terminate()
    throw error
  })
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'damaged') onDamage(message.zone, message.reason)
    if (message.kind !== 'answer') return
    const waiter = waiting.get(message.id)
    if (message.response === undefined) waiter?.reject(new DnsQueryError('the thread did not answer'))
    else waiter?.resolve(parseMessage(message.response))
  })
  const say = (message: ToWorker): void => worker.postMessage(message, [])

  return {
    number: worker.threadId,
    ended,
    ask: async (question) => {
      const id = ++lastId
      const query = encodeQuestion({ ...question, server: nobody }, 0)
      let timer: NodeJS.Timeout | undefined
      if (gone) throw gone
      try {
        return await new Promise<Message>((resolve, reject) => {
          waiting.set(id, { resolve, reject })
          timer = setTimeout(() => void worker.terminate(), hangsAfterMs)
          say({ kind: 'ask', id, query })
        })
      } finally {
        clearTimeout(timer)
        waiting.delete(id)
      }
    },
    close: async () => {
      say({ kind: 'close' })
      await ended
    },
    kill: async () => void (await worker.terminate()),
  }
}

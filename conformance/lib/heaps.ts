/** A program's heaps, its threads' among them, seen from outside: what nothing refers to is not held, collected or not yet. */
import { once } from 'node:events'
import type { RunningApp } from './process.ts'

/** For the start of programs whose heaps are looked at: their inspectors must not want one and the same port. */
export const inspectable = { 'zone-api': ['--inspect-port=0'], publisher: ['--inspect-port=0'], 'edge-1': ['--inspect-port=0'] }

export interface Heaps {
  /** Has everything collected that nothing refers to. */
  collect(): Promise<void>
  /** What is held, in MiB: objects, and the octets behind them. */
  heldMiB(): Promise<number>
  close(): void
}

/** What the inspector says: answers, threads that it found, and what threads said. */
interface Said {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly sessionId: string; readonly message?: string }
  readonly result?: Readonly<Record<string, number>>
}

const listening = 'Debugger listening on '

/** Opens the program's inspector; it finds the threads that there are now. */
export async function heapsOf({ ready, said, log }: RunningApp): Promise<Heaps> {
  process.kill(ready.pid, 'SIGUSR1')
  await said(listening)
  const line = log.find((one) => one.includes(listening)) as string
  const socket = new WebSocket(line.slice(listening.length))
  await once(socket, 'open')

  let asked = 0
  const waiting = new Map<number, (result: Said['result']) => void>()
  const threads: string[] = []
  const hear = (text: string) => {
    const { id, method, params, result } = JSON.parse(text) as Said
    if (id !== undefined) waiting.get(id)?.(result)
    else if (method === 'NodeWorker.attachedToWorker') threads.push(params!.sessionId)
    else if (method === 'NodeWorker.receivedMessageFromWorker') hear(params!.message!)
  }
  socket.addEventListener('message', ({ data }) => hear(data as string))
  const ask = (method: string, params: object = {}) =>
    new Promise<Said['result']>((resolve) => {
      waiting.set(++asked, resolve)
      socket.send(JSON.stringify({ id: asked, method, params }))
    })
  const askThread = (sessionId: string, method: string) =>
    new Promise<Said['result']>((resolve) => {
      waiting.set(++asked, resolve)
      const message = JSON.stringify({ id: asked, method })
      void ask('NodeWorker.sendMessageToWorker', { sessionId, message })
    })
  const askAll = async (method: string) => Promise.all([ask(method), ...threads.map((thread) => askThread(thread, method))])

  await ask('NodeWorker.enable', { waitForDebuggerOnStart: false })
  const collect = async () => void (await askAll('HeapProfiler.collectGarbage'))
  return {
    collect,
    async heldMiB() {
      await collect()
      const all = await askAll('Runtime.getHeapUsage')
      return all.reduce((sum, usage) => sum + usage!['usedSize']! + usage!['backingStorageSize']!, 0) / 2 ** 20
    },
    close: () => socket.close(),
  }
}

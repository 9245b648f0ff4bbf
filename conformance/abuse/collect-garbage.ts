/** A program's collector, called from outside: what it has not collected yet, it does not hold. */
import { once } from 'node:events'
import type { RunningApp } from '../lib/process.ts'

/** For the start of programs whose collector is called: their inspectors must not want one and the same port. */
export const collectable = { 'zone-api': ['--inspect-port=0'], publisher: ['--inspect-port=0'], 'edge-1': ['--inspect-port=0'] }

/** Opens the program's inspector; what it gives has everything collected that nothing refers to. */
export async function collectorOf({ ready, said, log }: RunningApp): Promise<{ collect(): Promise<void>; close(): void }> {
  process.kill(ready.pid, 'SIGUSR1')
  const listening = 'Debugger listening on '
  await said(listening)
  const line = log.find((one) => one.includes(listening)) as string
  const socket = new WebSocket(line.slice(listening.length))
  await once(socket, 'open')
  return {
    async collect() {
      const answer = once(socket, 'message')
      socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }))
      await answer
    },
    close: () => socket.close(),
  }
}

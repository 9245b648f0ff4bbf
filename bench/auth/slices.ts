/** Short slices of calls at two servers of one process by turns: what differs is what the one has and the other has not. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { percentile } from '../lib/figures.ts'
import { monotonicMs } from '../lib/poller.ts'
import type { Asker } from '../unary/client.ts'

export interface Side {
  readonly asker: Asker
  readonly call: (asker: Asker) => Promise<void>
}

/** Of one pair of slices, first the one without a guard. */
export interface Pair {
  /** Microseconds of the process on a core for a call, its threads and the kernel's work included. */
  readonly cpuMicros: readonly [without: number, guarded: number]
  /** Milliseconds of a call that is alone, the median of the slice. */
  readonly latencyMs: readonly [without: number, guarded: number]
}

const together = 256
const inFlight = 32
const alone = 32

/** Pairs of slices for so long; who begins takes turns, too. */
export async function measurePairs(server: ChildProcess, sides: readonly [Side, Side], seconds: number): Promise<Pair[]> {
  const pairs: Pair[] = []
  const endMs = monotonicMs() + seconds * 1000
  while (monotonicMs() < endMs) {
    const isTurned = pairs.length % 2 === 1
    const first = await slice(server, sides[isTurned ? 1 : 0])
    const second = await slice(server, sides[isTurned ? 0 : 1])
    const [without, guarded] = isTurned ? [second, first] : [first, second]
    pairs.push({
      cpuMicros: [without.cpuMicros, guarded.cpuMicros],
      latencyMs: [without.latencyMs, guarded.latencyMs],
    })
  }
  return pairs
}

async function slice(server: ChildProcess, { asker, call }: Side): Promise<{ cpuMicros: number; latencyMs: number }> {
  const before = await cpuMicrosOf(server)
  let left = together
  const worker = async () => {
    while (left-- > 0) await call(asker)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const used = (await cpuMicrosOf(server)) - before
  const times: number[] = []
  for (let i = 0; i < alone; i++) {
    const began = monotonicMs()
    await call(asker)
    times.push(monotonicMs() - began)
  }
  return { cpuMicros: used / together, latencyMs: percentile(times, 0.5) }
}

/** The process tells it itself: what the system shows of others is counted in steps of 10 ms. */
async function cpuMicrosOf(server: ChildProcess): Promise<number> {
  server.send('cpu')
  const [{ user, system }] = (await once(server, 'message')) as [NodeJS.CpuUsage]
  return user + system
}

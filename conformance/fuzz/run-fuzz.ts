/** Fuzzes in a thread of its own and watches it: an input on which it stays, or with which memory grows, is a fault, too. */
import { Worker } from 'node:worker_threads'
import type { FuzzWorkerInput } from './fuzz-worker.ts'

export interface FuzzOutcome {
  readonly runs: number
  readonly functions: number
  readonly found: readonly Uint8Array[]
  readonly failure?: { readonly input: Uint8Array; readonly error: string }
}

const presentOctets = 16_384
/** An input takes well under a millisecond; this long it takes only if it never ends. */
const hangMs = 20_000
const lookEveryMs = 1_000
/** The heap of the thread: what an input makes it hold beyond that ends it. */
const heapMiB = 256

export async function runFuzz(options: Omit<FuzzWorkerInput, 'present'>): Promise<FuzzOutcome> {
  const present = new SharedArrayBuffer(8 + presentOctets)
  const numbers = new Int32Array(present, 0, 2)
  const workerData: FuzzWorkerInput = { ...options, present }
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    workerData,
    // Coverage counts too little in code that comes from the cache.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  })
  const presentInput = () => Buffer.from(present, 8, Math.min(numbers[1]!, presentOctets))
  const failed = (error: string): FuzzOutcome => ({
    runs: numbers[0]!,
    functions: 0,
    found: [],
    failure: { input: Buffer.from(presentInput()), error },
  })
  const { promise, resolve } = Promise.withResolvers<FuzzOutcome>()
  worker.once('message', resolve)
  worker.once('error', (error) => resolve(failed(String(error))))
  let last = -1
  let sameSince = Date.now()
  const watch = setInterval(() => {
    if (numbers[0] !== last) {
      last = numbers[0]!
      sameSince = Date.now()
    } else if (Date.now() - sameSince > hangMs) resolve(failed('it does not end'))
  }, lookEveryMs)
  try {
    return await promise
  } finally {
    clearInterval(watch)
    await worker.terminate()
  }
}

/** Fuzzes in a process of its own and watches it: an input on which it stays, or with which memory grows, is a fault, too. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programFlags } from '@zonecast/runtime'
import type { FuzzReport } from './fuzz.ts'
import type { FuzzOrder } from './fuzz-process.ts'
import { presentIn } from './present.ts'

export interface FuzzOutcome extends Omit<FuzzReport, 'failure'> {
  readonly failure?: { readonly input: Uint8Array; readonly error: string }
}

/** An input takes well under a millisecond; this long it takes only if it never ends. */
const hangMs = 20_000
const lookEveryMs = 1_000
/** The heap of the process: what an input makes it hold beyond that ends it, which V8 promises of no thread. */
const heapMiB = 256

export async function runFuzz(order: Omit<FuzzOrder, 'presentFile'>): Promise<FuzzOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-fuzz-'))
  const presentFile = join(folder, 'present')
  writeFileSync(presentFile, '')
  const present = () => presentIn(readFileSync(presentFile))
  const { promise, resolve } = Promise.withResolvers<FuzzOutcome>()
  const fail = (error: string): void => {
    const { runs, input } = present()
    resolve({ runs, functions: 0, found: [], failure: { input, error } })
  }
  const child = fork(fileURLToPath(new URL('fuzz-process.ts', import.meta.url)), {
    execArgv: [...programFlags, `--max-old-space-size=${heapMiB}`],
    // Coverage counts too little in code that comes from the cache.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  const said: Buffer[] = []
  child.stderr!.on('data', (chunk: Buffer) => said.push(chunk))
  child.once('message', (outcome) => resolve(outcome as FuzzOutcome))
  const ended = once(child, 'close')
  child.once('close', (code, signal) => fail(`the process ended with ${code ?? signal}: ${Buffer.concat(said).toString()}`))
  child.send({ ...order, presentFile })
  let last = -1
  let sameSince = Date.now()
  const watch = setInterval(() => {
    const { runs } = present()
    if (runs !== last) {
      last = runs
      sameSince = Date.now()
    } else if (Date.now() - sameSince > hangMs) fail('it does not end')
  }, lookEveryMs)
  try {
    return await promise
  } finally {
    clearInterval(watch)
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

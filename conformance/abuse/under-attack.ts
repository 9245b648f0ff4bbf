/** A program under attack: others are answered meanwhile, and its memory is what it was. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { heapsOf } from '../lib/heaps.ts'
import type { System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import type { Sight, WitnessInput } from './witness.ts'

/** What is promised to everybody else; time in which other programs have the cores does not count. */
const longestAnswerMs = 2_000
const mostMiB = 150

export interface Target {
  readonly port: number
  readonly token: string
  /** Attacks; what it gives says what the attack came to. */
  during(name: string, attack: () => Promise<string>): Promise<void>
  /** Files and sockets that the program has open. */
  files(): number
  close(): Promise<void>
}

const witnessed: Record<string, Pick<WitnessInput, 'of'> & { readonly as: string }> = {
  'zone-api': { of: 'zones', as: 'administrator' },
  publisher: { of: 'access', as: 'edge-1' },
  'edge-1': { of: 'edge', as: 'administrator' },
}

export async function targetOf(system: System, app: string): Promise<Target> {
  const { port, pid } = system.app(app).ready
  const { of, as } = witnessed[app]!
  const token = system.tokens[as]!
  const input: WitnessInput = { url: `http://127.0.0.1:${port}`, token, of, pid }
  const heaps = await heapsOf(system.app(app))
  const witness = new Worker(new URL('witness.ts', import.meta.url), { workerData: input })
  await once(witness, 'message')
  const sight = async (): Promise<Sight> => {
    witness.postMessage('sight', [])
    return (await once(witness, 'message'))[0] as Sight
  }
  /** Until it has called a few times. */
  const looked = async () => {
    let calls = 0
    await until(`${app} answers`, async () => (calls += (await sight()).calls) >= 5)
  }
  return {
    port,
    token,
    async during(name, attack) {
      await looked()
      await heaps.collect()
      const beforeMiB = anonymousMiB(pid)
      const outcome = await attack()
      const afterMiB = anonymousMiB(pid)
      const { calls, worstMs, worstServedMs, errors } = await sight()
      const numbers = `${calls} calls beside it, the slowest ${worstMs.toFixed(0)} ms (${worstServedMs.toFixed(0)} ms with a core); ${beforeMiB} MiB before, ${afterMiB} MiB after`
      console.log(`${app}, ${name}: ${outcome}; ${numbers}`)
      assert.deepEqual(errors, [], 'calls of others failed')
      assert.ok(worstServedMs < longestAnswerMs, `a call of another took ${worstServedMs} ms`)
      await heaps.collect()
      await until(`${app} takes no more than ${mostMiB} MiB above before`, () => anonymousMiB(pid) <= beforeMiB + mostMiB)
      await looked()
      assert.equal(system.app(app).child.exitCode, null)
    },
    files: () => readdirSync(`/proc/${pid}/fd`).length,
    async close() {
      heaps.close()
      await witness.terminate()
    },
  }
}

/** Memory that belongs to no file. */
function anonymousMiB(pid: number): number {
  const [, kiB = '0'] = /^Anonymous: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
  return Math.round(Number(kiB) / 1024)
}

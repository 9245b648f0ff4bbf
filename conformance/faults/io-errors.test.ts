/** Disks that fail: whoever cannot sync any more ends, says why, and comes back with what is really there. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { failCalls, fallible } from '../lib/fiu.ts'
import { cleanRun, twoEdges, type FaultRun } from './fault-run.ts'
import { repeatBy, seedsOf } from './seeds.ts'

/** Makes calls of a running program fail until it ends by itself; then it is started again, on a disk that works. */
async function failing(
  { system, progress, history }: FaultRun,
  control: string,
  name: string,
  calls: string,
  chance: number,
): Promise<void> {
  const app = system.app(name)
  const before = history.unserved.length
  await failCalls(control, app.ready.pid, calls, chance)
  assert.equal(await app.ended, 1, `${name} ends by itself`)
  assert.ok(
    app.log.some((line) => /"level":"fatal"/.test(line) && /could not be written|disk/.test(line)),
    `${name} says why: ${app.log.slice(-3).join('\n')}`,
  )
  await system.start(name)
  // LMDB refuses to be read after a failed write: in its last moments an edge may say SERVFAIL, and never anything else.
  const meanwhile = history.unserved.splice(before)
  history.unserved.push(...meanwhile.filter(({ edge, detail }) => edge !== name || !/RCODE 2$|internal error/.test(detail)))
  await progress(8)
}

for (const { seed, calls, chance } of seedsOf(60).flatMap((one) => [
  { seed: one, calls: 'posix/io/sync/*', chance: 0.2 },
  { seed: one, calls: 'posix/io/rw/pwrite*', chance: 0.3 },
]))
  test(`seed ${seed}: EIO of ${calls}, ${100 * chance} of a hundred (${repeatBy('io-errors.test.ts', seed)})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zonecast-fiu-'))
    const programs = ['zone-api', 'publisher', ...twoEdges]
    const controls = new Map(programs.map((name) => [name, join(folder, name)]))
    const env = Object.fromEntries([...controls].map(([name, control]) => [name, fallible(control)]))
    try {
      await cleanRun({
        seed,
        system: { env },
        faults: async (run) => {
          await run.progress(5)
          for (const name of ['zone-api', 'edge-1', 'publisher']) {
            await failing(run, controls.get(name)!, name, calls, chance)
          }
        },
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

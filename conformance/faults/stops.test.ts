/** Processes that stand still for longer than their heartbeats, and a publisher that wakes up after another has taken over. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'vitest'
import { cleanRun, twoEdges, type FaultRun } from './fault-run.ts'
import { repeatBy, seedsOf } from './seeds.ts'

/** Longer than two heartbeats and what is allowed on top (`publisher.ts`, `follower.ts`): the others have given it up. */
const longMs = 13_000

/** Stands still while the others go on. */
async function asleep({ system }: FaultRun, name: string, ms: number): Promise<void> {
  const { pid } = system.app(name).ready
  process.kill(pid, 'SIGSTOP')
  await sleep(ms)
  process.kill(pid, 'SIGCONT')
}

/** It stood still for longer than the others wait: they have said so. */
function isGivenUp({ system }: FaultRun, by: string, words: RegExp): void {
  assert.ok(
    system.app(by).log.some((line) => words.test(line)),
    `${by} has given it up`,
  )
}

const seeds = seedsOf(60)

for (const seed of seeds)
  test(`seed ${seed}: each process stands still for longer than its heartbeat (${repeatBy('stops.test.ts', seed)})`, async () => {
    await cleanRun({
      seed,
      faults: async (run) => {
        await Promise.all([asleep(run, 'edge-1', longMs), asleep(run, 'publisher', longMs / 4)])
        isGivenUp(run, 'publisher', /an edge has fallen silent/)
        await run.progress(10)
        await asleep(run, 'zone-api', 2_000)
        await run.progress(10)
        await asleep(run, 'publisher', longMs)
        for (const edge of twoEdges) isGivenUp(run, edge, /not following a publisher/)
        await run.progress(10)
        for (const name of ['zone-api', 'publisher', ...twoEdges]) await asleep(run, name, 1_000 * run.random())
        await run.progress(5)
      },
    })
  })

for (const seed of seeds)
  test(`seed ${seed}: a publisher sleeps while another serves, then wakes and does no harm (${repeatBy('stops.test.ts', seed)})`, async () => {
    await cleanRun({
      seed,
      system: { publishers: ['publisher', 'publisher-2'] },
      faults: async (run) => {
        await asleep(run, 'publisher', longMs)
        for (const edge of twoEdges) isGivenUp(run, edge, /not following a publisher/)
        await run.progress(20)
        // The other one now, while the first has just come back with what it knew.
        await asleep(run, 'publisher-2', 3_000)
        await run.progress(10)
        await run.system.stop('publisher', 'SIGKILL')
        await run.progress(5)
        await run.system.start('publisher')
        await run.progress(10)
      },
    })
  })

/** Publishers and edge writers are restarted one after the other under load: each says so first, ends in time, and no change is lost. */
import { strict as assert } from 'node:assert'
import { Code } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { test } from 'vitest'
import { cleanRun, type FaultRun } from '../faults/fault-run.ts'
import { repeatBy, seedsOf } from '../faults/seeds.ts'
import type { System } from '../lib/system.ts'
import { answered, importZone, publishZone, putRRset, smallZone } from '../lib/zones.ts'
import { listenTo } from './last-words.ts'

const [seed = 1] = seedsOf(70).toReversed()
const publishers = ['publisher', 'publisher-2']
const edges = ['edge-1', 'edge-2', 'edge-3']
const watched = 'watched.example.'
/** Programs are started a dozen times; on a machine that others use, too, that takes its time. */
const timeout = 600_000

/** Asks a program to end. A code of 0 says that it has let go of everything within its grace, and was not cut. */
async function endInTime(system: System, name: string): Promise<void> {
  const { said, ended } = await listenTo(name, system.client(Health, name))
  const code = system.app(name).ended
  await system.stop(name)
  assert.equal(await code, 0, `${name} did not end in time`)
  assert.equal(await ended, Code.Unavailable)
  assert.equal(said.at(-1), Status.NOT_SERVING, `${name} said nothing before it ended`)
}

/** A change is made and watched, and those programs end and start anew meanwhile. */
async function restart({ system, progress }: FaultRun, names: readonly string[], value: string): Promise<void> {
  const watching = answered(system, await putRRset(system, watched, 'www', 'A', [value]))
  watching.catch(() => {})
  await Promise.all(names.map((name) => endInTime(system, name)))
  await progress(10)
  await Promise.all(names.map((name) => system.start(name)))
  await watching
  for (const edge of edges) {
    const { answers } = await system.dig(edge, `www.${watched}`)
    assert.deepEqual(
      answers.map(({ rdata }) => [...rdata].join('.')),
      [value],
      edge,
    )
  }
}

/** More than travels inline: each edge fetches it on a stream of its own. */
const large = Array.from({ length: 20_000 }, (_, at) => `h${at} 60 IN TXT "${'x'.repeat(100)} ${at}"\n`).join('')

test(
  `seed ${seed}: publishers and edges end and start under load, alone and together (${repeatBy('followers.test.ts', seed, 'rolling')})`,
  { timeout },
  async () => {
    await cleanRun({
      seed,
      system: { publishers, edges },
      faults: async (run) => {
        const { system, progress } = run
        await publishZone(system, watched, smallZone)
        await progress(10)
        for (const [at, name] of [...publishers, ...edges].entries()) await restart(run, [name], `192.0.2.${at + 1}`)
        await restart(run, ['publisher', 'edge-1', 'edge-2'], '192.0.2.6')
        const { changeId } = await importZone(system.client(ZoneService), { zone: 'large.example.' }, smallZone + large)
        await restart(run, ['publisher-2', 'edge-3'], '192.0.2.7')
        await answered(system, changeId)
        await progress(10)
      },
    })
  },
)

/** PostgreSQL, Kafka, two zone APIs, two publishers and three edges, while each of them and all between them fails. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, test } from 'vitest'
import { cleanRun, type FaultRun } from '../faults/fault-run.ts'
import { repeatBy, seedsOf } from '../faults/seeds.ts'
import { startKafka, type KafkaBroker } from '../lib/kafka.ts'
import { startPostgres, type PostgresServer } from '../lib/postgres.ts'
import type { SystemOptions } from '../lib/system.ts'
import { withLinks } from '../lib/tcp-proxy.ts'

const zoneApis = ['zone-api', 'zone-api-2'] as const
const publishers = ['publisher', 'publisher-2']
const edges = ['edge-1', 'edge-2', 'edge-3']
/** Longer than a publisher, an edge or a lease waits for a sign of life. */
const longMs = 4_500

let broker: KafkaBroker
let server: PostgresServer
beforeAll(async () => {
  ;[broker, server] = await Promise.all([startKafka(), startPostgres()])
})
afterAll(() => Promise.all([broker.close(), server.close()]))

const [seed = 1] = seedsOf(60).toReversed()
const named = (text: string) => `seed ${seed}: ${text} (${repeatBy('faults.test.ts', seed, 'cluster')})`
let runs = 0

/** All of them, with a database and a topic of their own. */
async function whole(): Promise<SystemOptions> {
  const name = `cluster${++runs}`
  const kafka = { ZONECAST_KAFKA_BROKERS: broker.address, ZONECAST_KAFKA_TOPIC: name }
  const env = Object.fromEntries([...zoneApis, ...publishers].map((one) => [one, kafka]))
  return { zoneApis: [...zoneApis], publishers, edges, env, databaseUrl: await server.database(name) }
}

/** Stands still while the others go on. */
async function asleep({ system, progress }: FaultRun, name: string): Promise<void> {
  const { pid } = system.app(name).ready
  process.kill(pid, 'SIGSTOP')
  await Promise.all([sleep(longMs), progress(5)])
  process.kill(pid, 'SIGCONT')
}

test(named('each program is killed, and stands still'), async () => {
  await cleanRun({
    seed,
    system: await whole(),
    faults: async (run) => {
      await run.progress(10)
      for (const name of [...zoneApis, ...publishers, ...edges].toSorted(() => run.random() - 0.5)) {
        await run.system.stop(name, 'SIGKILL')
        await run.progress(4)
        await run.system.start(name)
        await run.progress(2)
      }
      for (const name of [...zoneApis, ...publishers, 'edge-2'].toSorted(() => run.random() - 0.5)) await asleep(run, name)
      await run.progress(10)
    },
  })
})

test(named('broker and database stop, crash and stand still'), async () => {
  await cleanRun({
    seed,
    system: await whole(),
    faults: async (run) => {
      await run.progress(10)
      await broker.stop('SIGKILL')
      await run.progress(10)
      await broker.start()
      await run.progress(10)
      for (const mode of ['fast', 'immediate'] as const) {
        await server.stop(mode)
        await run.pass(500, 1_500)
        await server.start()
        await run.progress(10)
      }
      await Promise.all([broker.stop(), server.stop()])
      await run.pass(500, 1_500)
      await Promise.all([broker.start(), server.start()])
      await run.progress(10)
    },
  })
})

test(named('links are cut and fall silent'), async () => {
  await withLinks(async ({ all, open }) => {
    const through = async (port: number) => (await open(port)).url
    await cleanRun({
      seed,
      system: { ...(await whole()), zoneApiUrl: through, publisherUrl: through },
      faults: async (run) => {
        for (const link of all) {
          await link.cutAfter(Math.floor(4_000 * run.random()), run.random() < 0.5 ? 'up' : 'down')
          await run.progress(2)
          link.shape({ held: ['up', 'down'] })
          await Promise.all([run.progress(2), run.random() < 0.3 ? sleep(longMs) : sleep(500)])
          link.shape({})
        }
        await run.progress(10)
      },
    })
  })
})

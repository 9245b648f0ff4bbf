/** Events over Kafka while everything around them fails, under the checker of the fault suite. */
import { strict as assert } from 'node:assert'
import { Admin } from '@platformatic/kafka'
import { Health, HealthCheckResponse_ServingStatus as Status } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { EventTransport, SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { cleanRun, type FaultRun } from '../faults/fault-run.ts'
import { repeatBy, seedsOf } from '../faults/seeds.ts'
import { startKafka, type KafkaBroker } from '../lib/kafka.ts'
import { metric } from '../lib/metric.ts'
import { type Message, publishAgain, readAll, topicClient } from './topic.ts'
import { until, untilConnected } from './until.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafka()
})
afterAll(() => broker.close())

const [seed = 1] = seedsOf(80).toReversed()
const named = (text: string) => `seed ${seed}: ${text} (${repeatBy('faults.test.ts', seed, 'kafka')})`
let runs = 0

/** A system whose events go through a topic of its own. */
function overKafka() {
  const topic = `zone-events-${++runs}`
  const kafka = { ZONECAST_KAFKA_BROKERS: broker.address, ZONECAST_KAFKA_TOPIC: topic }
  return { topic, kafka, system: { env: { 'zone-api': kafka, publisher: kafka } } }
}

/** Events come through Kafka, and nothing waits to go into it. */
async function isLevel({ system }: FaultRun): Promise<void> {
  await untilConnected(system)
  const before = await metric(system, 'publisher', 'zonecast_publisher_events_total')
  await until(system, 'publisher', 'zonecast_publisher_events_total', (value) => value > before)
}

const relayStatus = async ({ system }: FaultRun) => (await system.client(Health).check({ service: 'zonecast.relay' })).status

const eventsStatus = async ({ system }: FaultRun) => (await system.client(SystemService).getStatus({})).events

test(
  named('a broker is killed and stays away for long: changes are taken and said to wait, and the backlog goes out'),
  async () => {
    await cleanRun({
      seed,
      ...overKafka(),
      faults: async (run) => {
        await isLevel(run)
        await run.progress(10)
        await broker.stop('SIGKILL')
        await run.progress(40)
        await until(run.system, 'zone-api', 'zonecast_relay_connected', (value) => value === 0)
        assert.ok((await metric(run.system, 'zone-api', 'zonecast_relay_behind_positions')) > 0)
        assert.equal(await relayStatus(run), Status.NOT_SERVING)
        const away = await eventsStatus(run)
        assert.deepEqual([away?.transport, away?.reachable], [EventTransport.KAFKA, false])
        assert.ok(away && away.backlog > 0n && away.awaySince && away.oldestUnsentAt)
        assert.ok(run.system.app('zone-api').log.some((line) => line.includes('the event log is away')))
        await broker.start()
        await isLevel(run)
        assert.equal(await relayStatus(run), Status.SERVING)
        const back = await eventsStatus(run)
        assert.deepEqual([back?.reachable, back?.awaySince], [true, undefined])
        await run.progress(10)
        for (let kills = 0; kills < 2; kills++) {
          await broker.stop('SIGKILL')
          await broker.start()
          await run.progress(10)
        }
        await isLevel(run)
      },
    })
  },
)

test(named('a broker stands still, and zone API and publisher end and start meanwhile'), async () => {
  await cleanRun({
    seed,
    ...overKafka(),
    faults: async (run) => {
      await isLevel(run)
      process.kill(broker.pid, 'SIGSTOP')
      await run.progress(30)
      // They end when they are asked to: whatever waits for the broker is let go.
      for (const name of ['publisher', 'zone-api']) {
        const { ended } = run.system.app(name)
        await run.system.stop(name)
        assert.equal(await ended, 0, name)
        await run.system.start(name)
        await run.progress(5)
      }
      process.kill(broker.pid, 'SIGCONT')
      await isLevel(run)
      await run.progress(5)
    },
  }).finally(() => process.kill(broker.pid, 'SIGCONT'))
})

test(named('publisher, zone API and an edge are killed and start again'), async () => {
  await cleanRun({
    seed,
    ...overKafka(),
    faults: async (run) => {
      const { system, progress } = run
      for (const name of ['publisher', 'zone-api', 'publisher']) {
        await progress(5)
        await system.stop(name, 'SIGKILL')
        if (name === 'publisher') await progress(10)
        await system.start(name)
      }
      await system.stop('edge-1', 'SIGKILL')
      await progress(20)
      await system.start('edge-1')
      await progress(5)
      await isLevel(run)
    },
  })
})

test(named('every event of the past is published again, in the wrong order'), async () => {
  const { topic, system } = overKafka()
  await cleanRun({
    seed,
    system,
    faults: async (run) => {
      await isLevel(run)
      let old: Message[] = []
      // Versions that are committed together may be one event.
      for (; old.length <= 20; old = await readAll(broker, topic)) await run.progress(20)
      for (let times = 0; times < 3; times++) {
        await publishAgain(
          broker,
          old.toSorted(() => run.random() - 0.5),
        )
        await run.progress(5)
      }
      await isLevel(run)
    },
  })
})

test(named('partitions are added, and the topic is deleted'), async () => {
  const { topic, system } = overKafka()
  await cleanRun({
    seed,
    system,
    faults: async (run) => {
      await isLevel(run)
      const admin = new Admin({ ...topicClient, bootstrapBrokers: [broker.address] })
      await admin.createPartitions({ topics: [{ name: topic, count: 17, assignments: null }] as never })
      await run.progress(20)
      await isLevel(run)
      await admin.deleteTopics({ topics: [topic] })
      await run.progress(20)
      await isLevel(run)
      await admin.close()
    },
  })
})

test(named('a system moves from embedded events to Kafka and back, with the same edges'), async () => {
  const { kafka } = overKafka()
  await cleanRun({
    seed,
    faults: async (run) => {
      const { system, progress } = run
      await progress(10)
      await system.stop('zone-api')
      await system.start('zone-api', kafka)
      await progress(10)
      await system.stop('publisher')
      await system.start('publisher', kafka)
      await progress(10)
      await isLevel(run)
      for (const name of ['publisher', 'zone-api']) {
        await system.stop(name)
        await system.start(name)
      }
      await progress(10)
    },
  })
})

/** The event log's contract over Kafka, against a real broker, and what is Kafka's own. */
import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { Admin, Producer } from '@platformatic/kafka'
import { kafkaEventLog, kafkaEventSink, kafkaSchema, type KafkaSettings, type PublishedEvent } from '@zonecast/event-log'
import { eventLogContract, eventOf, watching, type LogUnderTest } from '@zonecast/event-log/contract'
import { silentLogger, systemClock } from '@zonecast/runtime'
import { afterAll, beforeAll, test } from 'vitest'
import { startKafka, type KafkaBroker } from '../lib/kafka.ts'
import { untilDone } from '../lib/until.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafka()
})
afterAll(() => broker.close())

/** A topic of its own for each test. */
const settingsOf = (more: Partial<KafkaSettings> = {}): KafkaSettings => ({
  ...(kafkaSchema.parse({ brokers: [broker.address], topic: `events-${randomBytes(4).toString('hex')}` }) as KafkaSettings),
  ...more,
})
const logId = new Uint8Array(16).fill(5)
const adminOf = () => new Admin({ clientId: 'test', bootstrapBrokers: [broker.address] })

/** A freshly started broker says for a moment that it is not ready: whoever opens comes back, as the relay does. */
const whenReady = <T>(attempt: () => Promise<T>): Promise<T> => untilDone('the broker is ready', attempt)

async function openKafka(settings = settingsOf()): Promise<LogUnderTest & { settings: KafkaSettings }> {
  const sink = kafkaEventSink({ settings, logId, clientId: 'test-sink' })
  await whenReady(() => sink.open())
  const left = Promise.withResolvers<void>()
  const log = kafkaEventLog({ settings, clientId: 'test-log', clock: systemClock, log: silentLogger() })
  return {
    settings,
    logId,
    log: {
      async *watch(from) {
        try {
          yield* log.watch(from)
        } finally {
          left.resolve()
        }
      },
    },
    commit: async (zone, shard, position) => {
      const event = { ...eventOf(zone, shard, position), delta: undefined, after: position - 1n }
      await sink.publish([event satisfies PublishedEvent])
      return event
    },
    // A watcher begins at the end: all that was said is out of its reach.
    forget: () => {},
    left: () => left.promise,
    close: () => sink.close(),
  }
}

eventLogContract('Kafka', () => openKafka())

test('a topic that is not there is made compacted, with the partitions asked for', async () => {
  const { settings, close } = await openKafka(settingsOf({ partitions: 3 }))
  const admin = adminOf()
  const [described] = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: settings.topic }] as never })
  assert.equal(described?.configs.find(({ name }) => name === 'cleanup.policy')?.value, 'compact')
  assert.equal((await admin.metadata({ topics: [settings.topic] })).topics.get(settings.topic)?.partitionsCount, 3)
  await admin.close()
  await close()
})

/** A watch over all shards that a test commits to, opened. */
async function opened(settings = settingsOf()) {
  const subject = await openKafka(settings)
  const watch = watching(subject.log, { logId })
  assert.equal((await watch.next()).gap, true)
  return { ...subject, watch }
}

test('more events than a broker takes at once arrive, in order', async () => {
  const settings = settingsOf({ partitions: 1 })
  const sink = kafkaEventSink({ settings, logId, clientId: 'test-sink' })
  await whenReady(() => sink.open())
  const log = kafkaEventLog({ settings, clientId: 'test-log', clock: systemClock, log: silentLogger() })
  const watch = watching(log, { logId })
  await watch.next()
  const changeIds = Array.from({ length: 250 }, (_, at) => `chg_${String(at).padStart(26, '0')}`)
  const events = Array.from({ length: 500 }, (_, at) => ({
    ...eventOf(`zone-${at % 50}.example.`, 3, BigInt(at + 1)),
    delta: undefined,
    after: BigInt(at),
    changeIds,
  }))
  await sink.publish(events)
  assert.deepEqual(await watch.events(events.length), events)
  watch.stop()
  await sink.close()
})

test('what is no event is passed over, and events of another log are told of once', async () => {
  const { settings, watch, commit, close } = await opened()
  const producer = new Producer({ clientId: 'test', bootstrapBrokers: [broker.address] })
  await producer.send({ messages: [{ topic: settings.topic, key: Buffer.from('x'), value: Buffer.from('?'), partition: 3 }] })
  await producer.close()
  const stranger = kafkaEventSink({ settings, logId: new Uint8Array(16).fill(6), clientId: 'stranger' })
  await whenReady(() => stranger.open())
  for (const position of [1n, 2n]) await stranger.publish([{ ...eventOf('one.example.', 3, position), after: position - 1n }])
  await stranger.close()
  assert.deepEqual(await watch.next(), { logId: undefined, gap: true, events: [] })
  const ours = await commit('one.example.', 3, 3n)
  assert.deepEqual(await watch.events(1), [ours])
  watch.stop()
  await close()
})

test('a watch ends when the topic has more partitions, and the next one reads them', async () => {
  const { settings, log, watch, commit, close } = await opened(settingsOf({ partitions: 2 }))
  const admin = adminOf()
  await admin.createPartitions({ topics: [{ name: settings.topic, count: 5, assignments: null }] as never })
  await admin.close()
  await assert.rejects(watch.next(), /has changed/)
  const again = watching(log, { logId })
  await again.next()
  const event = await whenReady(() => commit('one.example.', 3, 1n))
  assert.deepEqual(await again.events(1), [event])
  again.stop()
  await close()
})

test('a watch ends when the topic is deleted, and a sink that is opened again makes another one', async () => {
  const { settings, watch, commit, close } = await opened()
  const admin = adminOf()
  const before = (await admin.metadata({ topics: [settings.topic] })).topics.get(settings.topic)?.id
  await admin.deleteTopics({ topics: [settings.topic] })
  await admin.close()
  await assert.rejects(watch.next())
  await assert.rejects(commit('one.example.', 3, 1n))
  await close()
  const sink = kafkaEventSink({ settings, logId, clientId: 'test-sink' })
  const { id } = await whenReady(() => sink.open())
  assert.ok(before !== undefined && !id.includes(before))
  assert.deepEqual(await sink.open(), { id })
  await sink.close()
})

/** Several publishers over Kafka, and zones that are deleted while an edge is away. */
import { strict as assert } from 'node:assert'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { parseName, RCODE } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime'
import { shardOf } from '@zonecast/zone'
import { afterAll, beforeAll, test } from 'vitest'
import { cleanRun, twoEdges } from '../faults/fault-run.ts'
import { repeatBy, seedsOf } from '../faults/seeds.ts'
import { zoneFile } from '../faults/zones.ts'
import { available } from '../lib/available.ts'
import { startKafka, type KafkaBroker } from '../lib/kafka.ts'
import { metric } from '../lib/metric.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { answered, publishZone, putRRset, zonesOfEdge } from '../lib/zones.ts'
import { publishAgain, readAll } from './topic.ts'
import { untilConnected } from './until.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafka()
})
afterAll(() => broker.close())

const kafkaOf = (topic: string) => ({ ZONECAST_KAFKA_BROKERS: broker.address, ZONECAST_KAFKA_TOPIC: topic })
const [seed = 1] = seedsOf(60).toReversed()

test(`seed ${seed}: a publisher sleeps while another serves, then wakes and does no harm (${repeatBy('publishers.test.ts', seed, 'kafka')})`, async () => {
  const kafka = kafkaOf('sleeper')
  const env = { 'zone-api': kafka, publisher: kafka, 'publisher-2': kafka }
  await cleanRun({
    seed,
    system: { publishers: ['publisher', 'publisher-2'], env },
    faults: async ({ system, progress }) => {
      await untilConnected(system)
      for (const name of ['publisher', 'publisher-2']) {
        const { pid } = system.app(name).ready
        process.kill(pid, 'SIGSTOP')
        for (const edge of twoEdges)
          await until(`${edge} has given ${name} up`, async () => !(await isFollowing(system, edge, name)))
        await progress(10)
        process.kill(pid, 'SIGCONT')
        await progress(10)
      }
      await system.stop('publisher', 'SIGKILL')
      await progress(10)
      await system.start('publisher')
      await progress(10)
    },
  })
})

async function isFollowing(system: System, edge: string, publisher: string): Promise<boolean> {
  const { publishers } = await available(`${edge} says whom it follows`, () => system.client(EdgeService, edge).getStatus({}))
  return publishers.some(({ publisherId, connected }) => publisherId === publisher && connected)
}

test('shards divided between two publishers: each sends its own, and every change is answered', async () => {
  const kafka = kafkaOf('divided')
  const halves = { publisher: { ...kafka, ZONECAST_SHARDS: '0-31' }, 'publisher-2': { ...kafka, ZONECAST_SHARDS: '32-63' } }
  const system = await startSystem({
    edges: twoEdges,
    publishers: Object.keys(halves),
    env: { 'zone-api': kafka, ...halves },
  })
  try {
    await untilConnected(system)
    const names = Array.from({ length: 12 }, (_, at) => `zone-${at}.example.`)
    const low = names.filter((name) => shardOf(parseName(name), sha256) < 32).length
    assert.ok(low > 0 && low < names.length)
    for (const zone of names) await publishZone(system, zone, zoneFile(1))
    for (const zone of names) await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.7']))
    for (const [name, zones] of [
      ['publisher', low],
      ['publisher-2', names.length - low],
    ] as const)
      assert.equal(await metric(system, name, 'zonecast_publisher_zones_indexed'), zones)
  } finally {
    await system.close()
  }
})

test('a zone deleted while an edge was away is gone there, whatever the topic tells of its life', async () => {
  const kafka = kafkaOf('deleted')
  const zone = 'gone.example.'
  const system = await startSystem({ edges: twoEdges, env: { 'zone-api': kafka, publisher: kafka } })
  try {
    await untilConnected(system)
    await publishZone(system, zone, zoneFile(1))
    await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.7']))
    const alive = await readAll(broker, 'deleted')
    await system.stop('edge-2', 'SIGKILL')
    await system.client(ZoneService).deleteZone({ zone })
    await system.stop('publisher', 'SIGKILL')
    await publishAgain(broker, alive)
    await system.start('publisher')
    await publishAgain(broker, alive)
    await system.start('edge-2')
    for (const edge of twoEdges) {
      await until(`${edge} has no zone`, async () => (await zonesOfEdge(system, edge)).length === 0)
      assert.equal((await system.dig(edge, `www.${zone}`)).rcode, RCODE.REFUSED)
    }
    // A zone of the same name is another one.
    await publishZone(system, zone, zoneFile(1))
    await publishAgain(broker, alive)
    await answered(system, await putRRset(system, zone, 'mail', 'A', ['192.0.2.8']))
    for (const edge of twoEdges) assert.equal((await system.dig(edge, `www.${zone}`)).rcode, RCODE.NXDOMAIN)
  } finally {
    await system.close()
  }
})

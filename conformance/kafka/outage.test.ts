/** The brokers are away while more is changed than the relay remembers: all of it is published and answered when they are back. */
import { strict as assert } from 'node:assert'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { EventTransport, SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { twoEdges } from '../faults/fault-run.ts'
import { startKafka, type KafkaBroker } from '../lib/kafka.ts'
import { metric } from '../lib/metric.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until as holds } from '../lib/until.ts'
import { answered, smallZone, zonesOfEdge } from '../lib/zones.ts'
import { newestIn, stateText } from './topic.ts'
import { until, untilConnected } from './until.ts'

/** The relay remembers 4 096 events, and reads what is more from the database. */
const zones = Array.from({ length: 4_200 }, (_, at) => `z${at}.outage.test.`)
const deleted = zones.filter((_, at) => at % 40 === 0)
const kept = zones.filter((zone) => !deleted.includes(zone))

let broker: KafkaBroker
let system: System
beforeAll(async () => {
  broker = await startKafka()
  const kafka = { ZONECAST_KAFKA_BROKERS: broker.address, ZONECAST_KAFKA_TOPIC: 'outage' }
  system = await startSystem({ edges: twoEdges, env: { 'zone-api': kafka, publisher: kafka } })
})
afterAll(async () => {
  await system?.close()
  await broker.close()
})

/** Gives zones a content, in one stream of imports; each is a commit of its own. */
async function write(names: readonly string[], value: string): Promise<string[]> {
  const text = `${smallZone}www 60 IN A ${value}\n`
  async function* messages() {
    for (const zone of names) {
      yield { part: { case: 'header' as const, value: { zone } } }
      yield { part: { case: 'data' as const, value: Buffer.from(text) } }
    }
  }
  const { outcomes } = await system.client(ZoneService).importZone(messages(), { timeoutMs: 300_000 })
  const ids = outcomes.map(({ changeId }) => changeId).filter((id) => id !== '')
  assert.equal(ids.length, names.length)
  return ids
}

async function remove(names: readonly string[]): Promise<string[]> {
  const { deleteZone } = system.client(ZoneService)
  return Promise.all(names.map(async (zone) => (await deleteZone({ zone })).changeId))
}

/** Status, metrics and log say that the brokers are away, and how much waits. */
async function expectAway(least: number): Promise<void> {
  const isSaid = (line: string) => /"behind":[1-9]/.test(line) && line.includes('the event log is away')
  await holds('the log says so', () => system.app('zone-api').log.some(isSaid))
  await until(system, 'zone-api', 'zonecast_relay_connected', (value) => value === 0)
  const { events } = await system.client(SystemService).getStatus({})
  assert.deepEqual([events?.transport, events?.reachable], [EventTransport.KAFKA, false])
  assert.ok(events?.awaySince, 'since when')
  assert.ok(events && events.backlog >= BigInt(least), `GetStatus: ${events.backlog} wait, and ${least} were made`)
  const behind = await metric(system, 'zone-api', 'zonecast_relay_behind_positions')
  assert.ok(behind >= least, `the metric: ${behind} wait, and ${least} were made`)
}

/** Nothing waits any more, and what the topic and the edges have is what the zone API has. */
async function expectLevel(value: string): Promise<void> {
  await untilConnected(system)
  await until(system, 'zone-api', 'zonecast_relay_behind_positions', (behind) => behind === 0)
  const { events } = await system.client(SystemService).getStatus({})
  assert.deepEqual(
    [events?.reachable, events?.awaySince, events?.backlog, events?.oldestUnsentAt],
    [true, undefined, 0n, undefined],
  )
  const wanted = await zonesOfApi()
  const topic = await newestIn(broker, 'outage')
  for (const zone of zones) assert.equal(topic.get(zone), wanted.get(zone) ?? 'deleted', `${zone} in the topic`)
  for (const edge of twoEdges) {
    await holds(`${edge} has what the zone API has`, async () => {
      const listed = await zonesOfEdge(system, edge)
      const had = new Map(listed.map(({ zone, state }) => [zone, stateText(state!)]))
      return had.size === wanted.size && [...wanted].every(([zone, state]) => had.get(zone) === state)
    })
    for (const zone of [kept.at(0)!, kept.at(-1)!]) {
      const { answers } = await system.dig(edge, `www.${zone}`)
      assert.deepEqual(
        answers.map(({ rdata }) => rdata.join('.')),
        [value],
        `${zone} at ${edge}`,
      )
    }
  }
}

async function zonesOfApi(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    const page = await system.client(ZoneService).listZones({ pageSize: 1_000, pageToken })
    for (const { name, state } of page.zones) found.set(name, stateText(state!))
    pageToken = page.nextPageToken
  }
  return found
}

/** A watch ends right, of the first changes and of the last. */
async function expectAnswered(changes: readonly string[]): Promise<void> {
  for (const id of [...changes.slice(0, 10), ...changes.slice(-10)]) await answered(system, id)
}

test('the brokers are away for more changes, in more zones, than the relay remembers', async () => {
  await untilConnected(system)
  await broker.stop('SIGKILL')
  const changes = [await write(zones, '192.0.2.1'), await write(zones, '192.0.2.2'), await remove(deleted)]
  await expectAway(changes.flat().length)
  await broker.start()
  await expectLevel('192.0.2.2')
  for (const ids of changes) await expectAnswered(ids)
})

test('the zone API is killed meanwhile, and has nothing of it in memory', async () => {
  await broker.stop('SIGKILL')
  const some = [...kept.slice(0, 500), ...kept.slice(-1)]
  const changes = [await write(some, '192.0.2.3')]
  await expectAway(some.length)
  await system.stop('zone-api', 'SIGKILL')
  await system.start('zone-api')
  changes.push(await write(some, '192.0.2.4'))
  await expectAway(some.length)
  await broker.start()
  await expectLevel('192.0.2.4')
  for (const ids of changes) await expectAnswered(ids)
})

/** A change on PostgreSQL and Kafka with two zone APIs, two publishers and three edges is watched at either zone API. */
import { strict as assert } from 'node:assert'
import { ChangeService, ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { zoneFile } from '../faults/zones.ts'
import { startKafka, type KafkaBroker } from '../lib/kafka.ts'
import { startPostgres, type PostgresServer } from '../lib/postgres.ts'
import { startSystem, type System, type SystemOptions } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'

const zoneApis = ['zone-api', 'zone-api-2'] as const
const publishers = ['publisher', 'publisher-2']
const edges = ['edge-1', 'edge-2', 'edge-3']
let broker: KafkaBroker
let server: PostgresServer
beforeAll(async () => {
  ;[broker, server] = await Promise.all([startKafka(), startPostgres()])
})
afterAll(() => Promise.all([broker.close(), server.close()]))

/** All of them, with a database and a topic of their own. */
async function whole(): Promise<SystemOptions> {
  const name = 'watched'
  const kafka = { ZONECAST_KAFKA_BROKERS: broker.address, ZONECAST_KAFKA_TOPIC: name }
  const env = Object.fromEntries([...zoneApis, ...publishers].map((one) => [one, kafka]))
  return { zoneApis: [...zoneApis], publishers, edges, env, databaseUrl: await server.database(name) }
}

/** Where a change stands by the word of one zone API, edge by edge; resolves when it stands so, or the watch ends. */
async function watchUntil(
  system: System,
  zoneApi: string,
  changeId: string,
  isSo: (stages: ReadonlyMap<string, ChangeStage>) => boolean,
) {
  const stages = new Map<string, ChangeStage>()
  for await (const { edges: moved, done } of system.client(ChangeService, zoneApi).watchChange({ changeId })) {
    for (const { edgeId, stage } of moved) stages.set(edgeId, stage)
    if (done || isSo(stages)) return { done, stages }
  }
  return { done: false, stages }
}

test('a change is watched at one zone API; that is killed, and the other tells the rest', async () => {
  const system = await startSystem(await whole())
  const zone = 'watched.example.'
  try {
    await publishZone(system, zone, zoneFile(1))
    await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.1']))
    process.kill(system.app('edge-3').ready.pid, 'SIGSTOP')
    const change = { operation: { case: 'put' as const, value: { name: 'www', type: 'A', ttl: 60, values: ['192.0.2.2'] } } }
    const { changeId } = await system.client(RecordService, 'zone-api').applyChanges({ zone, changes: [change] })
    const isHalf = (stages: ReadonlyMap<string, ChangeStage>) =>
      ['edge-1', 'edge-2'].every((edge) => stages.get(edge) === ChangeStage.ANSWERED)
    const before = await watchUntil(system, 'zone-api-2', changeId, isHalf)
    assert.equal(before.done, false)
    const cut = watchUntil(system, 'zone-api-2', changeId, () => false).catch(() => ({ done: false }))
    await system.stop('zone-api-2', 'SIGKILL')
    assert.equal((await cut).done, false)
    const after = await watchUntil(system, 'zone-api', changeId, isHalf)
    assert.equal(after.done, false, 'an edge that stands still has not answered')
    process.kill(system.app('edge-3').ready.pid, 'SIGCONT')
    assert.equal((await watchUntil(system, 'zone-api', changeId, () => false)).done, true)
    await system.start('zone-api-2')
    assert.equal((await watchUntil(system, 'zone-api-2', changeId, () => false)).done, true)
  } finally {
    await system.close()
  }
})

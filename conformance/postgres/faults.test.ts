/** A database that goes away, and zone APIs that die or stand still: calls end honestly, and nothing is lost, doubled or half done. */
import { strict as assert } from 'node:assert'
import { Code, ConnectError } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterEach, beforeEach, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { answered, exportText, publishZone, putRRset, smallZone } from '../lib/zones.ts'
import { checkTold, type Load, startLoad } from './load.ts'

const zone = 'fault.example.'
/** What a zone API that stands still may hold is freed after 4 s. */
const mostMs = 7_000
const zoneApis = ['zone-api', 'zone-api-2'] as const

let server: PostgresServer
let system: System
let before: { version: number; serial: number }
beforeEach(async () => {
  server = await startPostgres()
  system = await startSystem({ zoneApis: [...zoneApis], databaseUrl: await server.database('faults') })
  const { effect } = await publishZone(system, zone, smallZone)
  before = { version: Number(effect!.state!.version), serial: effect!.state!.serial }
})
afterEach(async () => {
  await system?.close()
  await server?.close()
})

const load = () => startLoad({ system, zone, zoneApis, writers: 6 })

/** Settles when the program says so of itself; a connection that broke is made again. */
function saysItIs(name: string, wanted: keyof typeof Status): Promise<void> {
  return until(`${name} says ${wanted}`, async () => {
    try {
      for await (const { status } of system.client(Health, name).watch({ service: '' }, { timeoutMs: 60_000 }))
        if (status === Status[wanted]) return true
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unavailable) throw error
    }
    return false
  })
}

/** All that was acknowledged is there, once, and the edge comes to the same. */
async function checkAll({ told }: Load): Promise<void> {
  checkTold(told, before)
  for (const name of zoneApis) {
    const { zone: found } = await system.client(ZoneService, name).getZone({ zone })
    assert.equal(Number(found!.state!.version), before.version + told.length)
  }
  const text = String(await exportText(system, zone))
  for (const { owner } of told) assert.match(text, new RegExp(`^${owner}[ .\\t]`, 'm'), `${owner} is gone`)
  await answered(system, await putRRset(system, zone, 'last', 'A', ['192.0.2.99']))
  const { owner } = told.at(-1)!
  assert.equal((await system.dig('edge-1', `${owner}.${zone}`)).answers.length, 1)
}

for (const mode of ['fast', 'immediate'] as const) {
  test(`the database stops (${mode}) under load and starts again: unavailable with a hint, not serving, and on without a restart`, async () => {
    const running = load()
    await running.more(100)
    for (let round = 0; round < 2; round++) {
      await server.stop(mode)
      await Promise.all(zoneApis.map((name) => saysItIs(name, 'NOT_SERVING')))
      for (const name of zoneApis) {
        const { database, edges } = await system.client(SystemService, name).getStatus({})
        assert.deepEqual([database?.reachable, edges], [false, undefined], name)
      }
      await server.start()
      await Promise.all(zoneApis.map((name) => saysItIs(name, 'SERVING')))
      await running.more(100)
    }
    await running.end()
    assert.ok((running.failures.get(Code.Unavailable) ?? 0) > 0)
    await checkAll(running)
  })
}

test('a zone API is killed (-9) under load: the others go on, and it comes back', async () => {
  const running = load()
  await running.more(100)
  for (let round = 0; round < 3; round++) {
    await system.stop('zone-api-2', 'SIGKILL')
    await running.more(100)
    await system.start('zone-api-2')
    await running.more(50)
  }
  await running.end()
  await checkAll(running)
})

test('a zone API that stands still (SIGSTOP) holds the others up for seconds at most, and harms nothing when it wakes', async () => {
  const running = startLoad({ system, zone, zoneApis, writers: 6, timeoutMs: 60_000 })
  await running.more(50)
  process.kill(system.app('zone-api-2').ready.pid, 'SIGSTOP')
  const stoppedMs = performance.now()
  await putRRset(system, zone, 'meanwhile', 'A', ['192.0.2.1'])
  const tookMs = performance.now() - stoppedMs
  assert.ok(tookMs < mostMs, `a change took ${tookMs} ms`)
  process.kill(system.app('zone-api-2').ready.pid, 'SIGCONT')
  await running.more(50)
  await running.end()
  const { told } = running
  assert.equal(new Set(told.map(({ version }) => version)).size, told.length)
  const { zone: found } = await system.client(ZoneService).getZone({ zone })
  assert.equal(Number(found!.state!.version), before.version + told.length + 1)
})

test('a database that says nothing any more (SIGSTOP) ends calls with unavailable, and goes on when it wakes', async () => {
  const running = startLoad({ system, zone, zoneApis, writers: 6, timeoutMs: 60_000 })
  await running.more(50)
  const pids = await server.pids()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  await Promise.all(zoneApis.map((name) => saysItIs(name, 'NOT_SERVING')))
  for (const pid of pids) process.kill(pid, 'SIGCONT')
  await Promise.all(zoneApis.map((name) => saysItIs(name, 'SERVING')))
  await running.more(50)
  await running.end()
  assert.ok((running.failures.get(Code.Unavailable) ?? 0) > 0)
  await checkAll(running)
})

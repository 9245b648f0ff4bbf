/** Three zone APIs behind one name are restarted one after the other under load: no change is lost, and no call fails that may be repeated. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { createRpcClient, createRpcTransport, type RpcTransport } from '@zonecast/rpc'
import { afterEach, beforeEach, test } from 'vitest'
import { freePort } from '../lib/free-port.ts'
import { createNames, type Names } from '../lib/names.ts'
import { type PostgresServer, startPostgres } from '../lib/postgres.ts'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { answered, exportText, publishZone, smallZone } from '../lib/zones.ts'
import { checkTold } from '../postgres/load.ts'
import { startCalls, type Outcome } from './calls.ts'
import { listenTo } from './last-words.ts'

const zone = 'rolling.example.'
const otherZone = 'other.example.'
const addresses = { 'zone-api': '127.0.0.1', 'zone-api-2': '127.0.0.12', 'zone-api-3': '127.0.0.13' } as const
type ZoneApi = keyof typeof addresses
const zoneApis = Object.keys(addresses) as [ZoneApi, ZoneApi, ZoneApi]
/** A program that is asked to end has so long (`runApp`), and Kubernetes waits for longer. */
const graceMs = 8_000

let folder: string
let names: Names
let server: PostgresServer
let system: System
let port: number
let before: { version: number; serial: number }
let transports: RpcTransport[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zonecast-rolling-'))
  names = createNames(folder)
  transports = []
  server = await startPostgres()
  port = await freePort()
  names.set('zone-api.test', Object.values(addresses))
  const listening = Object.entries(addresses).map(([name, host]) => [
    name,
    { ZONECAST_LISTEN_HOST: host, ZONECAST_PORT: String(port) },
  ])
  const publisher = { ZONECAST_ZONE_API_URL: `http://zone-api.test:${port}`, ZONECAST_ALLOW_INSECURE: 'true' }
  system = await startSystem({
    zoneApis,
    databaseUrl: await server.database('rolling'),
    env: { ...Object.fromEntries(listening), publisher },
    prefix: { publisher: names.prefix },
  })
  const { effect } = await publishZone(system, zone, smallZone)
  await publishZone(system, otherZone, smallZone)
  before = { version: Number(effect!.state!.version), serial: effect!.state!.serial }
})
afterEach(async () => {
  for (const transport of transports) transport.close()
  await system?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** To all zone APIs, or to one of them. */
function transportTo(one?: ZoneApi): RpcTransport {
  const transport = createRpcTransport({
    url: `http://zone-api.test:${port}`,
    token: system.tokens['administrator']!,
    allowInsecure: true,
    resolve: one ? async () => [{ address: addresses[one] }] : names.resolve,
    ...(one && { retries: { maxAttempts: 1 } }),
  })
  transports.push(transport)
  return transport
}

/** Resolves once the load reaches a zone API that was started anew. */
function untilCalled(name: ZoneApi): Promise<void> {
  return until(`${name} is called again`, async () => {
    const response = await fetch(`http://${addresses[name]}:${port}/metrics`)
    return /seconds_count\{.*method="zonecast.zone.v1.RecordService\/ApplyChanges"/.test(await response.text())
  })
}

const start = () => startCalls({ transport: transportTo(), zone, otherZone, writers: 6 })

/** All that was acknowledged is there, once, and the edge comes to the same. */
async function checkAll({ told, toldWithoutId, lastId }: Outcome): Promise<void> {
  checkTold(told, before)
  const owners = async (of: string) =>
    new Set(
      String(await exportText(system, of))
        .split('\n')
        .map((line) => line.split(/[\t .]/)[0]),
    )
  const [there, others] = [await owners(zone), await owners(otherZone)]
  for (const { owner } of told) assert.ok(there.has(owner), `${owner} is gone`)
  for (const owner of toldWithoutId) assert.ok(others.has(owner), `${owner} is gone`)
  await answered(system, lastId)
}

/** Programs are started four times and more; on a machine that others use, too, that takes its time. */
const timeout = 600_000

test('a rolling restart: each ends in time and says so first, and not one call fails', { timeout }, async () => {
  const calls = start()
  await calls.more(50)
  for (const [turn, name] of zoneApis.entries()) {
    const others = zoneApis.filter((one) => one !== name).map((one) => addresses[one])
    const { said, ended } = await listenTo(name, createRpcClient(Health, transportTo(name)))
    // Endpoints of a Service and the signal to its Pod know nothing of each other: either may come first.
    if (turn === 1) names.set('zone-api.test', others)
    const beganAt = performance.now()
    await system.stop(name)
    const tookMs = performance.now() - beganAt
    assert.ok(tookMs < graceMs, `${name} took ${tookMs} ms to end`)
    if (turn === 2) names.set('zone-api.test', others)
    assert.equal(await ended, Code.Unavailable)
    assert.deepEqual(said, [Status.SERVING, Status.NOT_SERVING])
    await calls.more(50)
    await system.start(name)
    names.set('zone-api.test', Object.values(addresses))
    await untilCalled(name)
  }
  const done = await calls.end()
  assert.deepEqual(done.failed, [])
  await checkAll(done)
})

test('one is killed: what has a request id or only reads goes on elsewhere', { timeout }, async () => {
  const calls = start()
  await calls.more(50)
  await system.stop('zone-api-2', 'SIGKILL')
  await calls.more(50)
  await system.start('zone-api-2')
  await untilCalled('zone-api-2')
  const done = await calls.end()
  assert.deepEqual(
    done.failed.filter(({ what }) => what !== 'change without an id'),
    [],
  )
  await checkAll(done)
})

/** The health port: open to anyone, in clear text beside TLS, and good for nothing but health and metrics. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterEach, test } from 'vitest'
import { liveService } from './health.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer | undefined
afterEach(() => server?.close())

/** A server with a health port, and clients of that port. */
async function start() {
  const running = await startTestServer({ healthPort: 0 })
  server = running
  const baseUrl = `http://127.0.0.1:${running.healthPort}`
  const transport = createGrpcTransport({ baseUrl })
  return { running, baseUrl, health: createClient(Health, transport), zones: createClient(ZoneService, transport) }
}

test('a gRPC probe without a credential hears how the program and its services are', async () => {
  const { running, health } = await start()
  assert.equal((await health.check({})).status, ServingStatus.SERVING)
  running.health.setAll(ServingStatus.NOT_SERVING)
  assert.equal((await health.check({})).status, ServingStatus.NOT_SERVING)
  assert.equal((await health.check({ service: 'zonecast.zone.v1.ZoneService' })).status, ServingStatus.NOT_SERVING)
  await assert.rejects(health.check({ service: 'zonecast.nothing' }), /not_found/)
})

test('a program that does not serve is alive all the same: nobody has to restart it', async () => {
  const { running, health } = await start()
  running.health.setAll(ServingStatus.NOT_SERVING)
  assert.equal((await health.check({ service: liveService })).status, ServingStatus.SERVING)
})

test('metrics and /healthz are there by plain HTTP', async () => {
  const { baseUrl } = await start()
  assert.match(await (await fetch(`${baseUrl}/metrics`)).text(), /zonecast_step_seconds/)
  assert.equal((await fetch(`${baseUrl}/healthz`)).status, 200)
})

test('nothing else can be called there, whatever the credential', async () => {
  const { baseUrl, zones } = await start()
  const headers = { authorization: 'Bearer zc_admin' }
  await assert.rejects(zones.getZone({ zone: 'example.' }, { headers }), /unimplemented|not_found/i)
  const path = `${baseUrl}/zonecast.zone.v1.ZoneService/GetZone`
  const answer = await fetch(path, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{}' })
  assert.equal(answer.status, 404)
  assert.deepEqual(server?.called, [])
})

test('a connection that says nothing keeps no server from closing', async () => {
  const { running } = await start()
  const idle = connect(running.healthPort as number, '127.0.0.1')
  await once(idle, 'connect')
  const ended = once(idle, 'close')
  await running.close()
  await ended
})

/** Deadlines that have passed, that end with their stream, and that leave nothing behind. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHTTP2 } from 'node:http2'
import { Code } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { createRpcClient, createRpcTransport, type RpcTransport } from './client.ts'
import { collect, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let transport: RpcTransport
beforeAll(async () => {
  server = await startTestServer()
  transport = createRpcTransport({ url: server.url, token: 'zc_admin' })
})
afterAll(async () => {
  transport.close()
  await server.close()
})

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('a deadline that has passed when the call comes ends it before its handler runs', async () => {
  const session = connectHTTP2(server.url)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/zonecast.zone.v1.ZoneService/GetZone',
    'content-type': 'application/grpc',
    authorization: 'Bearer zc_admin',
    'grpc-timeout': '0n',
  })
  stream.end(Buffer.from([0, 0, 0, 0, 4, 10, 2, 97, 46]))
  const [answer] = await once(stream.resume(), 'response')
  assert.equal(answer['grpc-status'], String(Code.DeadlineExceeded))
  assert.ok(!server.called.includes('GetZone'))
  await once(stream, 'close')
  session.destroy()
})

test('the timer of a deadline is gone when its stream has ended, at both ends', async () => {
  const zones = createRpcClient(ZoneService, transport)
  await collect(zones.exportZone({ zone: 'a.', version: 1n }))
  const before = timers()
  await collect(zones.exportZone({ zone: 'a.', version: 2n }, { timeoutMs: 3_600_000 }))
  assert.equal(timers(), before)
})

test('the deadline of a stream ends it while its handler waits', async () => {
  const stream = createRpcClient(ZoneService, transport).exportZone({ zone: 'slow.', version: 1n }, { timeoutMs: 50 })
  const aborted = once(server.events, 'aborted')
  await assert.rejects(collect(stream), { code: Code.DeadlineExceeded })
  await aborted
})

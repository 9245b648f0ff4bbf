/** What one client can take of a server, and what it is told when it asks for more. */
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { compressionGzip, createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHTTP2, constants } from 'node:http2'
import { connect } from 'node:net'
import { afterAll, beforeAll, test } from 'vitest'
import { createRpcTransport, createRpcClient, type RpcTransport } from './client.ts'
import { collect, requests, startTestServer, type TestServer } from './test-server.ts'

const impatience = { bodyTimeoutMs: 100, defaultDeadlineMs: 100, maxDeadlineMs: 200, pingIntervalMs: 50, pingTimeoutMs: 1_000 }
let server: TestServer
let impatient: TestServer
let transport: RpcTransport
beforeAll(async () => {
  server = await startTestServer({ limits: { concurrentStreams: 3, streamResetBurst: 20, streamResetsPerSecond: 1 } })
  impatient = await startTestServer({ limits: impatience })
  transport = createRpcTransport({ url: server.url, token: 'zc_admin' })
})
afterAll(async () => {
  transport.close()
  await Promise.all([server.close(), impatient.close()])
})

const headers = { authorization: 'Bearer zc_admin' }
const large = 'x'.repeat(1024 * 1024)
const largeParts = () => {
  const part = { case: 'data' as const, value: new Uint8Array(1024 * 1024 + 1) }
  return requests([{ part }, { part }])
}

async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => 'accepted',
    (error: unknown) => Code[ConnectError.from(error).code],
  )
}

for (const { name, make } of [
  { name: 'gRPC', make: () => createGrpcTransport({ baseUrl: server.url }) },
  { name: 'gRPC-Web over HTTP/1.1', make: () => createGrpcWebTransport({ baseUrl: server.url, httpVersion: '1.1' }) },
  { name: 'Connect over HTTP/2', make: () => createConnectTransport({ baseUrl: server.url, httpVersion: '2' }) },
]) {
  test(`${name}: a message above 1 MiB is too large in a unary call`, async () =>
    assert.equal(await codeOf(createClient(ZoneService, make()).getZone({ zone: large }, { headers })), 'ResourceExhausted'))

  test(`${name}: a message above 1 MiB is too large in a stream, and the handler is left`, async () => {
    const left = once(server.events, 'left')
    assert.equal(await codeOf(createClient(ZoneService, make()).importZone(largeParts(), { headers })), 'ResourceExhausted')
    await left
  })
}

test('a two-way stream with a message above 1 MiB is told so', async () => {
  const stream = createRpcClient(ContentService, transport).fetch(requests([{ zone: large }]))
  assert.equal(await codeOf(collect(stream)), 'ResourceExhausted')
})

test('an answer above 1 MiB is refused by our client', async () => {
  const stream = createRpcClient(ZoneService, transport).exportZone({ zone: 'large.' })
  assert.equal(await codeOf(collect(stream)), 'ResourceExhausted')
})

test('compressed requests are not taken: a small one may be a very large one', async () => {
  const zipped = createGrpcTransport({ baseUrl: server.url, sendCompression: compressionGzip, compressMinBytes: 1 })
  assert.equal(await codeOf(createClient(ZoneService, zipped).getZone({ zone: 'a.' }, { headers })), 'Unimplemented')
})

test('a call without a deadline gets the default one, a handler that ignores it notwithstanding', async () => {
  const client = createClient(ZoneService, createGrpcTransport({ baseUrl: impatient.url }))
  assert.equal(await codeOf(client.getZone({ zone: 'slow.' }, { headers })), 'DeadlineExceeded')
  assert.equal(await codeOf(client.getZone({ zone: 'stuck.' }, { headers })), 'DeadlineExceeded')
})

test('a deadline beyond the largest is cut', async () => {
  const client = createClient(ZoneService, createGrpcTransport({ baseUrl: impatient.url }))
  assert.equal(await codeOf(client.getZone({ zone: 'stuck.' }, { headers, timeoutMs: 3_600_000 })), 'DeadlineExceeded')
})

test('a body that never comes ends the call', async () => {
  const session = connectHTTP2(impatient.url)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/zonecast.zone.v1.ZoneService/GetZone',
    'content-type': 'application/grpc',
    ...headers,
  })
  stream.write(Buffer.from([0, 0, 0, 0, 9]))
  // Nothing was said before, so the status comes with the header.
  const [answer] = await once(stream.resume(), 'response')
  assert.equal(answer['grpc-status'], String(Code.DeadlineExceeded))
  await once(stream, 'close')
  session.destroy()
})

test('a connection has no more streams than allowed', async () => {
  const session = connectHTTP2(server.url)
  const [settings] = await once(session, 'remoteSettings')
  assert.equal(settings.maxConcurrentStreams, 3)
  session.destroy()
})

test('an address has no more connections than allowed', async () => {
  const few = await startTestServer({ limits: { connectionsPerAddress: 2 } })
  const [one, other] = [connect(few.port, '127.0.0.1'), connect(few.port, '127.0.0.1')]
  await Promise.all([once(one, 'connect'), once(other, 'connect')])
  await once(
    connect(few.port, '127.0.0.1')
      .on('error', () => {})
      .resume(),
    'close',
  )
  const elsewhere = connect({ port: few.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  // Whom the server lets go hears of it after it has connected: one that stays is answered.
  elsewhere.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
  const [answer] = await once(elsewhere, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 200 /)
  for (const socket of [one, other, elsewhere]) socket.destroy()
  await few.close()
})

test('a preface that comes octet by octet has a bounded time', async () => {
  const quick = await startTestServer({ limits: { headerTimeoutMs: 100 } })
  const socket = connect(quick.port, '127.0.0.1').on('error', () => {})
  const rest = '\r\n\r\nSM\r\n\r'
  let at = 0
  const dripping = setInterval(() => socket.write(rest[at++] ?? ''), 30)
  socket.write('PRI * HTTP/2.0')
  await new Promise((resolve) => socket.resume().once('close', resolve))
  clearInterval(dripping)
  await quick.close()
})

test('a client that resets streams in a row loses its connection', async () => {
  const session = connectHTTP2(server.url)
  const closed = new Promise((resolve) => session.once('close', resolve))
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  for (let resets = 0; resets < 200 && !session.closed && !session.destroyed; resets++) {
    const stream = session.request({ ':method': 'POST', ':path': '/zonecast.zone.v1.ZoneService/GetZone', ...headers })
    stream.on('error', () => {})
    const gone = new Promise((resolve) => stream.once('close', resolve))
    if (stream.pending) await Promise.race([gone, new Promise((resolve) => stream.once('ready', resolve))])
    stream.close(constants.NGHTTP2_CANCEL)
    await gone
  }
  await closed
})

test('a connection that answers no pings is closed', async () => {
  const socket = connect(impatient.port, '127.0.0.1')
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
  await once(socket.resume(), 'close')
})

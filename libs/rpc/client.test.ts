/** What programs rely on when they call each other. */
import { Code, ConnectError } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { constants, createServer, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer as createTCPServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'vitest'
import { InsecureCredential } from './clear-text.ts'
import { createRpcClient, createRpcTransport, type RpcClientOptions } from './client.ts'
import { collect, startTestServer } from './test-server.ts'

const closers: (() => unknown)[] = []
const openSockets: Socket[] = []
afterEach(() => Promise.all(closers.splice(0).map((close) => close())))

function zonesAt(options: RpcClientOptions) {
  const transport = createRpcTransport(options)
  closers.push(() => transport.close())
  return createRpcClient(ZoneService, transport)
}

async function start() {
  const server = await startTestServer()
  closers.push(() => server.close())
  return server
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    (error: unknown) => Code[ConnectError.from(error).code],
  )

for (const { url, sent } of [
  { url: 'http://127.0.0.1:1', sent: true },
  { url: 'http://127.9.9.9:1', sent: true },
  { url: 'http://localhost:1', sent: true },
  { url: 'http://[::1]:1', sent: true },
  { url: 'https://zone-api.example:1', sent: true },
  { url: 'http://zone-api.example:1', sent: false },
  { url: 'http://192.0.2.1:1', sent: false },
  { url: 'http://127.example:1', sent: false },
])
  test(`a token ${sent ? 'may' : 'must not'} go to ${url}`, () => {
    const make = () => zonesAt({ url, token: 'zc_admin', resolve: async () => [] })
    if (sent) make()
    else assert.throws(make, InsecureCredential)
  })

test('a token in clear text may be allowed explicitly, and is not needed for calls without one', () => {
  zonesAt({ url: 'http://zone-api.example:1', token: 'zc_admin', allowInsecure: true, resolve: async () => [] })
  zonesAt({ url: 'http://zone-api.example:1', resolve: async () => [] })
})

test('a token that was replaced in its file is picked up', async () => {
  const { url } = await start()
  const tokenFile = join(mkdtempSync(join(tmpdir(), 'token-')), 'token')
  writeFileSync(tokenFile, 'zc_old\n')
  const zones = zonesAt({ url, tokenFile })
  assert.equal(await codeOf(zones.getZone({ zone: 'a.' })), 'Unauthenticated')
  writeFileSync(tokenFile, 'zc_admin\n')
  assert.equal(await codeOf(zones.getZone({ zone: 'a.' })), 'accepted')
})

test('a client of nothing but streams picks it up too', async () => {
  const { url } = await start()
  const tokenFile = join(mkdtempSync(join(tmpdir(), 'token-')), 'token')
  writeFileSync(tokenFile, 'zc_old\n')
  const zones = zonesAt({ url, tokenFile })
  assert.equal(await codeOf(collect(zones.exportZone({ zone: 'a.', version: 1n }))), 'Unauthenticated')
  writeFileSync(tokenFile, 'zc_admin\n')
  assert.equal(await codeOf(collect(zones.exportZone({ zone: 'a.', version: 1n }))), 'accepted')
})

test('a server that cannot be reached is unavailable, and is found when it is there', async () => {
  const gone = createTCPServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  const zones = zonesAt({ url: `http://127.0.0.1:${port}` })
  assert.equal(await codeOf(zones.getZone({ zone: 'a.' })), 'Unavailable')
})

const begun = { ':status': 200, 'content-type': 'application/grpc+proto' }
for (const { name, act, code } of [
  {
    name: 'a connection lost before the answer',
    act: (stream: ServerHttp2Stream) => stream.session?.destroy(),
    code: 'Unavailable',
  },
  {
    name: 'a connection lost in the middle of the answer',
    act: (stream: ServerHttp2Stream) => {
      stream.respond(begun)
      stream.write(Buffer.of(0), () => openSockets.pop()?.destroy())
    },
    code: 'Unavailable',
  },
  {
    name: 'a socket that is reset in the middle of the answer',
    act: (stream: ServerHttp2Stream) => {
      stream.respond(begun)
      stream.write(Buffer.of(0), () => {
        for (const socket of openSockets.splice(0)) socket.resetAndDestroy()
      })
    },
    code: 'Unavailable',
  },
  {
    name: 'a stream that the server resets with an internal error',
    act: (stream: ServerHttp2Stream) => {
      stream.respond(begun)
      stream.write(Buffer.of(0), () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
    },
    code: 'Internal',
  },
])
  test(`${name} is ${code.toLowerCase()}`, async () => {
    const breaking = createServer().listen(0, '127.0.0.1')
    breaking.on('connection', (socket: Socket) => openSockets.push(socket.on('error', () => {})))
    breaking.on('stream', (stream) => {
      stream.on('error', () => {})
      act(stream)
    })
    breaking.on('session', (session) => session.on('error', () => {}))
    await once(breaking, 'listening')
    closers.push(() => void breaking.close())
    const { port } = breaking.address() as AddressInfo
    assert.equal(await codeOf(zonesAt({ url: `http://127.0.0.1:${port}` }).getZone({ zone: 'a.' })), code)
  })

for (const { name, octets, trailers, code } of [
  { name: 'no message', octets: [], trailers: { 'grpc-status': '0' }, code: 'Unimplemented' },
  { name: 'half a message', octets: [0, 0, 0, 0, 9, 1], trailers: { 'grpc-status': '0' }, code: 'Internal' },
  { name: 'a compressed message', octets: [1, 0, 0, 0, 0], trailers: { 'grpc-status': '0' }, code: 'Internal' },
  { name: 'no status', octets: [0, 0, 0, 0, 0], trailers: {}, code: 'Internal' },
  {
    name: 'too much',
    octets: [0, 0, 0, 0, 64, ...Array.from({ length: 64 }, () => 0)],
    trailers: { 'grpc-status': '0' },
    code: 'ResourceExhausted',
  },
])
  test(`an answer with ${name} is an error`, async () => {
    const odd = createServer().listen(0, '127.0.0.1')
    odd.on('stream', (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers)).on('error', () => {})
      stream.end(Buffer.from(octets))
    })
    await once(odd, 'listening')
    closers.unshift(() => void odd.close())
    const { port } = odd.address() as AddressInfo
    assert.equal(await codeOf(zonesAt({ url: `http://127.0.0.1:${port}`, readMaxBytes: 32 }).getZone({ zone: 'a.' })), code)
  })

for (const { status, code } of [
  { status: 401, code: Code.Unauthenticated },
  { status: 404, code: Code.Unimplemented },
  { status: 502, code: Code.Unavailable },
  { status: 503, code: Code.Unavailable },
  { status: 200, code: Code.Unknown },
])
  test(`a page in HTML that a proxy gives with ${status} in place of an answer is ${Code[code]}`, async () => {
    const proxy = createServer().listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    proxy.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond({ ':status': status, 'content-type': 'text/html' })
      stream.end('<html><body>Bad Gateway</body></html>')
    })
    const transport = createRpcTransport({
      url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      retries: { maxAttempts: 1 },
    })
    await assert.rejects(createRpcClient(ZoneService, transport).getZone({ zone: 'a.' }), { code })
    await transport.close()
    proxy.close()
  })

test('a name and a password go with each call, whatever they are made of', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  const seen: unknown[] = []
  server.on('stream', (stream, { authorization }) => {
    seen.push(authorization)
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto', 'grpc-status': '16' }, { endStream: true })
  })
  await once(server, 'listening')
  closers.push(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.equal(await codeOf(zonesAt({ url, username: 'änn', password: 'a:b' }).getZone({ zone: 'a.' })), 'Unauthenticated')
  assert.deepEqual(seen, [`Basic ${Buffer.from('änn:a:b').toString('base64')}`])
  assert.throws(() => zonesAt({ url: 'http://192.0.2.1:1', username: 'ann', password: 'a' }), InsecureCredential)
})

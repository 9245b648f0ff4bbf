/** Calls over the addresses of a name: which get them, which do not, and how soon that changes. */
import { Code, ConnectError } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants, createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer as createTCPServer } from 'node:net'
import { afterEach, test } from 'vitest'
import { createMetrics } from '@zonecast/runtime'
import { createRpcClient, createRpcTransport, type RpcClientOptions } from './client.ts'
import type { PoolAddress } from './pool.ts'
import { collect, startTestServer } from './test-server.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start(port = 0) {
  const server = await startTestServer({}, port)
  closers.push(() => server.close())
  return server
}

/** A client of whatever `behind` says at the moment. */
function zonesAt(behind: () => readonly number[], options: Partial<RpcClientOptions> = {}) {
  const lookups = { count: 0 }
  const resolve = async (): Promise<PoolAddress[]> => {
    lookups.count++
    return behind().map((port) => ({ address: '127.0.0.1', port }))
  }
  const transport = createRpcTransport({
    url: 'http://zone-api.test:1',
    token: 'zc_admin',
    allowInsecure: true,
    resolve,
    ...options,
  })
  closers.push(() => transport.close())
  return Object.assign(createRpcClient(ZoneService, transport), { lookups })
}

/** Calls until each of the servers has been called. */
async function untilAllAreCalled(zones: ReturnType<typeof zonesAt>, servers: readonly { called: string[] }[]) {
  while (servers.some(({ called }) => called.length === 0)) await zones.getZone({ zone: 'a.' })
  for (const { called } of servers) called.length = 0
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    (error: unknown) => Code[ConnectError.from(error).code],
  )

test('calls go round the addresses, and past one that has ended', async () => {
  const servers = await Promise.all([start(), start(), start()])
  const zones = zonesAt(() => servers.map(({ port }) => port))
  await untilAllAreCalled(zones, servers)
  for (let call = 0; call < 9; call++) await zones.getZone({ zone: 'a.' })
  assert.deepEqual(
    servers.map(({ called }) => called.length),
    [3, 3, 3],
  )
  await servers[1]!.close()
  for (let call = 0; call < 9; call++) await zones.getZone({ zone: 'a.' })
  assert.equal(servers[1]!.called.length, 3)
})

test('an address that is there again gets calls again', async () => {
  const [first, second] = await Promise.all([start(), start()])
  const zones = zonesAt(() => [first.port, second.port])
  await untilAllAreCalled(zones, [first, second])
  await second.close()
  await zones.getZone({ zone: 'a.' })
  await untilAllAreCalled(zones, [await start(second.port)])
})

test('an address that takes connections and says nothing holds nobody up', async () => {
  const silent = createTCPServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  closers.push(() => silent.close())
  const server = await start()
  const { port } = silent.address() as AddressInfo
  const zones = zonesAt(() => [port, server.port])
  for (let call = 0; call < 4; call++) await zones.getZone({ zone: 'a.' }, { timeoutMs: 2_000 })
})

test('where nothing else is there, such an address costs no more than the deadline', async () => {
  const silent = createTCPServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  closers.push(() => silent.close())
  const { port } = silent.address() as AddressInfo
  assert.equal(await codeOf(zonesAt(() => [port]).getZone({ zone: 'a.' }, { timeoutMs: 50 })), 'DeadlineExceeded')
})

test('an address that joins the name is called, when one that was there breaks', async () => {
  const before = await start()
  const after = await start()
  let behind = [before.port]
  const zones = zonesAt(() => behind, { retries: { untilReached: true } })
  await zones.getZone({ zone: 'a.' })
  behind = [after.port]
  // The name is looked up because the connection breaks: the time for it by itself is seconds away.
  await before.close()
  await zones.getZone({ zone: 'a.' })
  assert.equal(after.called.length, 1)
})

test('a name that leads nowhere for a while keeps the addresses it had', async () => {
  const [first, second] = await Promise.all([start(), start()])
  let behind = [first.port, second.port]
  const zones = zonesAt(() => behind)
  await untilAllAreCalled(zones, [first, second])
  behind = []
  await first.close()
  while (zones.lookups.count < 2) await zones.getZone({ zone: 'a.' })
  await zones.getZone({ zone: 'a.' })
})

test('a stream that is open stays where it is when its address leaves the name', async () => {
  const [first, second] = await Promise.all([start(), start()])
  let behind = [first.port]
  const zones = zonesAt(() => behind, { refreshMs: 20 })
  const slept = once(first.events, 'asleep')
  const leaving = new AbortController()
  const open = collect(zones.exportZone({ zone: 'slow.', version: 1n }, { signal: leaving.signal }))
  await slept
  behind = [second.port]
  const aborted = once(first.events, 'aborted')
  while (second.called.length === 0) await zones.getZone({ zone: 'a.' })
  leaving.abort()
  assert.equal(await codeOf(open), 'Canceled')
  await aborted
})

/** A server of our own making: `act` has each stream. */
async function odd(act: (stream: ServerHttp2Stream) => void) {
  const server = createServer().listen(0, '127.0.0.1')
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => sessions.add(session.on('error', () => {})))
  const streams = { count: 0 }
  server.on('stream', (stream) => {
    streams.count++
    act(stream.on('error', () => {}))
  })
  await once(server, 'listening')
  closers.push(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, streams }
}

test('what a server turns away is done by another, whatever it is', async () => {
  const { port, streams } = await odd((stream) => {
    stream.close(constants.NGHTTP2_REFUSED_STREAM)
  })
  const server = await start()
  const zones = zonesAt(() => [port, server.port], { retries: { maxAttempts: 1 } })
  while (streams.count === 0) await zones.importZone(none()).catch(() => {})
  for (let call = 0; call < 4; call++) await zones.getZone({ zone: 'a.' })
  assert.equal(server.called.filter((name) => name === 'GetZone').length, 4)
})

test('calls beyond the last stream of a GOAWAY are made again elsewhere', async () => {
  const { port, streams } = await odd((stream) => {
    // The last stream it will answer is none at all: the client closes all others with REFUSED_STREAM.
    stream.session!.goaway(constants.NGHTTP2_NO_ERROR, 0)
    stream.session!.destroy()
  })
  const server = await start()
  const zones = zonesAt(() => [port, server.port])
  while (streams.count === 0) await zones.getZone({ zone: 'a.' })
  assert.equal(await codeOf(zones.getZone({ zone: 'a.' })), 'accepted')
})

test('attempts and addresses are counted', async () => {
  const metrics = createMetrics('test')
  const server = await start()
  const gone = await start()
  await gone.close()
  const zones = zonesAt(() => [server.port, gone.port], { metrics })
  await zones.getZone({ zone: 'a.' })
  const text = await metrics.text()
  assert.match(text, /zonecast_client_attempts_count\{server="zone-api\.test:1",kind="first",app="test"\} 1/)
  assert.match(text, /zonecast_client_members_count\{server="zone-api\.test:1",state="connected",app="test"\} 1/)
})

async function* none(): AsyncGenerator<never> {}

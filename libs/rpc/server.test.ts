/** Start, stop and what else the port answers. */
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { TemplateService } from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { newTraceparent, withTraceparent } from '@zonecast/runtime'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { afterEach, test, vi } from 'vitest'
import { createRpcClient, createRpcTransport, type RpcTransport } from './client.ts'
import { principalOfRole } from './guard.ts'
import { PortInUse } from '@zonecast/runtime'
import { requests, startTestServer, type TestServer } from './test-server.ts'

const running: TestServer[] = []
const transports: RpcTransport[] = []
afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close()
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function start(options: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(options)
  const transport = createRpcTransport({ url: server.url, token: 'zc_admin' })
  running.push(server)
  transports.push(transport)
  return { server, transport, zones: createRpcClient(ZoneService, transport) }
}

const failure = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  )

test('a port that is taken is named', async () => {
  const { server } = await start()
  await assert.rejects(
    startTestServer({}, server.port),
    (error) => error instanceof PortInUse && error.exitCode === 69 && error.message.includes(`127.0.0.1:${server.port}`),
  )
})

test('metrics and health are open to plain HTTP', async () => {
  const { server, zones } = await start()
  await zones.getZone({ zone: 'a.' })
  await failure(zones.getZone({ zone: '' }))
  const text = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(text, /zonecast_rpc_call_seconds_count\{[^}]*method="zonecast.zone.v1.ZoneService\/GetZone"[^}]*code="OK"/)
  assert.match(text, /code="InvalidArgument"/)
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  assert.equal((await fetch(`${server.url}/none`)).status, 404)
})

test('a service or method that there is not answers with a status of gRPC, and of HTTP to others', async () => {
  const { server, transport } = await start()
  const others = createGrpcTransport({ baseUrl: server.url })
  for (const each of [transport, others])
    assert.equal((await failure(createClient(TemplateService, each).listTemplates({})))?.code, Code.Unimplemented)
  for (const path of ['zonecast.zone.v1.ZoneService/Nothing', 'no.such.Service/Nothing']) {
    const ask = (type: string, body: string) =>
      fetch(`${server.url}/${path}`, { method: 'POST', body, headers: { 'content-type': type } })
    const web = await ask('application/grpc-web+proto', 'x'.repeat(100_000))
    assert.deepEqual([web.status, web.headers.get('grpc-status')], [200, '12'])
    assert.equal((await ask('application/json', '{}')).status, 404)
  }
  const session = connect(server.url)
  const fields = { ':method': 'POST', ':path': '/no.such.Service/Nothing', 'content-type': 'application/grpc', te: 'trailers' }
  const [head] = (await once(session.request(fields).end(Buffer.alloc(5)), 'response')) as [Record<string, string>]
  assert.deepEqual([head[':status'], head['grpc-status'], head['content-type']], [200, '12', 'application/grpc'])
  session.destroy()
})

test('stopping interrupts handlers that wait for a request, and says to come back', async () => {
  const { server, transport } = await start()
  const answers = createRpcClient(ContentService, transport).fetch(requests([], new Promise(() => {})))
  const stream = answers[Symbol.asyncIterator]()
  await stream.next()
  const left = once(server.events, 'left')
  const ended = failure(stream.next())
  const startedMs = performance.now()
  await server.close()
  await left
  assert.equal((await ended)?.code, Code.Unavailable)
  assert.ok(performance.now() - startedMs < 1_000, 'stopping took its time')
})

test('stopping interrupts a handler that waits for nothing at all', async () => {
  const { server, zones } = await start()
  const asleep = once(server.events, 'asleep')
  const ended = failure(zones.getZone({ zone: 'stuck.' }))
  await asleep
  await server.close()
  assert.equal((await ended)?.code, Code.Unavailable)
})

test('a call that ends by itself may do so while the server stops', async () => {
  const { server, zones } = await start({ drainMs: 5_000 })
  let finish: () => void = () => {}
  const until = new Promise<void>((resolve) => (finish = resolve))
  const part = { case: 'header' as const, value: { zone: 'a.' } }
  const asleep = once(server.events, 'asleep')
  const importing = zones.importZone(requests([{ part }], until))
  await asleep
  const closed = server.close()
  finish()
  assert.equal((await importing).outcomes.length, 1)
  await closed
})

test('who watches the health is told that the server stops, also where nobody else calls', async () => {
  const { server, transport } = await start()
  const watch = createClient(Health, transport).watch({ service: '' })[Symbol.asyncIterator]()
  assert.equal((await watch.next()).value?.status, ServingStatus.SERVING)
  const closed = server.close()
  assert.equal((await watch.next()).value?.status, ServingStatus.NOT_SERVING)
  assert.equal((await failure(watch.next()))?.code, Code.Unavailable)
  await closed
})

test('who watches the health sees the end coming', async () => {
  const { server, transport } = await start()
  const watch = createClient(Health, transport).watch({ service: ZoneService.typeName })[Symbol.asyncIterator]()
  assert.equal((await watch.next()).value?.status, ServingStatus.SERVING)
  server.health.set(ZoneService.typeName, ServingStatus.NOT_SERVING)
  assert.equal((await watch.next()).value?.status, ServingStatus.NOT_SERVING)
  const unknown = createClient(Health, transport).watch({ service: 'none' })[Symbol.asyncIterator]()
  assert.equal((await unknown.next()).value?.status, ServingStatus.SERVICE_UNKNOWN)
  assert.equal((await failure(createClient(Health, transport).check({ service: 'none' })))?.code, Code.NotFound)
})

test('a client that leaves in the middle of a stream is a line at debug and nothing on the console', async () => {
  const printed = vi.spyOn(console, 'error')
  const { server } = await start()
  const headers = { authorization: 'Bearer zc_admin' }
  const leaving = new AbortController()
  const client = createClient(ZoneService, createGrpcTransport({ baseUrl: server.url }))
  const stream = client.exportZone({ zone: 'slow.', version: 1n }, { headers, signal: leaving.signal })[Symbol.asyncIterator]()
  await stream.next()
  const aborted = once(server.events, 'aborted')
  leaving.abort()
  await failure(stream.next())
  await aborted
  await server.close()
  assert.equal(printed.mock.calls.length, 0)
})

test('the trace context of a caller reaches the handler', async () => {
  const seen: (string | null)[] = []
  const { zones } = await start({
    guard: {
      authenticate: () => ({ ...principalOfRole('a', 'administrator'), permissions: new Set(['zone.read']) }),
    },
    routes: (router) =>
      router.service(ZoneService, {
        getZone: (_request, { requestHeader }) => {
          seen.push(requestHeader.get('traceparent'))
          return {}
        },
      }),
  })
  const traceparent = newTraceparent()
  await withTraceparent(traceparent, 'test', () => zones.getZone({ zone: 'a.' }))
  assert.deepEqual(seen, [traceparent])
})

test('pages of a named origin may call, and no others', async () => {
  const { server } = await start({ corsOrigins: ['https://console.example'] })
  const ask = (origin: string) =>
    fetch(`${server.url}/zonecast.zone.v1.ZoneService/GetZone`, { method: 'OPTIONS', headers: { origin } })
  const named = await ask('https://console.example')
  assert.equal(named.status, 204)
  assert.match(named.headers.get('access-control-allow-headers') ?? '', /grpc-timeout/i)
  assert.equal((await ask('https://other.example')).headers.get('access-control-allow-origin'), null)
  const answer = await fetch(`${server.url}/zonecast.zone.v1.ZoneService/GetZone`, {
    method: 'POST',
    headers: { origin: 'https://console.example', authorization: 'Bearer zc_admin', 'content-type': 'application/json' },
    body: '{"zone":"a."}',
  })
  assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [200, 'https://console.example'])
})

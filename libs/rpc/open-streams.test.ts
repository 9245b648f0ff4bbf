/** A stream ends when its caller's credential or rights do, over every protocol; what says nothing about the caller leaves it open. */
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { ROLE_PERMISSIONS } from '@zonecast/access'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, test } from 'vitest'
import { createRpcTransport } from './client.ts'
import { reasonsOf } from './describe-error.ts'
import { RetryInfoSchema } from './error-details.ts'
import { unavailable } from './errors.ts'
import { type Denied, type Principal, principalOfRole } from './guard.ts'
import { OpenStreams } from './open-streams.ts'
import { requests, startTestServer, type TestServer } from './test-server.ts'

const publisher = principalOfRole('p', 'publisher')
let caller: () => Principal | undefined
const told: string[] = []
const denied = ({ method, reason }: Denied) => void told.push(`${method.name} ${reason}`)
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ guard: { authenticate: () => caller() }, lookEveryMs: 10, denied })
})
afterAll(() => server.close())
beforeEach(() => {
  caller = () => publisher
  told.length = 0
})

const interceptors = [
  (next: (request: never) => Promise<never>) => (request: { header: Headers }) => {
    request.header.set('authorization', 'Bearer zc_p')
    return next(request as never)
  },
] as never
const protocols: { name: string; transport: () => Transport }[] = [
  { name: 'gRPC', transport: () => createRpcTransport({ url: server.url, token: 'zc_p' }) },
  { name: 'gRPC-Web', transport: () => createGrpcWebTransport({ baseUrl: server.url, httpVersion: '2', interceptors }) },
  { name: 'Connect', transport: () => createConnectTransport({ baseUrl: server.url, httpVersion: '2', interceptors }) },
]

const rights = new Set(
  [...ROLE_PERMISSIONS.publisher].filter((permission) => permission !== 'content.read' && permission !== 'zone.read'),
)
const losses: { name: string; caller: () => Principal | undefined; code: Code; audited: RegExp }[] = [
  { name: 'its credential', caller: () => undefined, code: Code.Unauthenticated, audited: /CREDENTIAL_INVALID/ },
  {
    name: 'the permission',
    caller: () => ({ ...publisher, permissions: rights }),
    code: Code.PermissionDenied,
    audited: /PERMISSION/,
  },
  { name: 'some grant', caller: () => ({ ...publisher, grants: [] }), code: Code.Unavailable, audited: /^$/ },
  { name: 'its placement', caller: () => ({ ...publisher, placements: ['b'] }), code: Code.Unavailable, audited: /^$/ },
]

for (const { name, transport } of protocols)
  for (const loss of losses)
    test(`${name}: streams whose caller loses ${loss.name} end with ${Code[loss.code]}`, async () => {
      const via = transport()
      const exporting = endOf(createClient(ZoneService, via).exportZone({ zone: 'slow.', version: 1n }))
      await once(server.events, 'asleep')
      const aborted = once(server.events, 'aborted')
      const fetching = endOf(createClient(ContentService, via).fetch(requests([], new Promise(() => {}))))
      await once(server.events, 'called')
      const left = once(server.events, 'left')
      caller = loss.caller
      assert.deepEqual([(await exporting).code, (await fetching).code], [loss.code, loss.code])
      // The handlers are told, too.
      await Promise.all([aborted, left])
      assert.match(told.join(), loss.audited)
    })

test('more rights, and a guard that can ask nobody, leave a stream open', async () => {
  let change: (zone: unknown) => void = () => {}
  const more = { ...publisher, permissions: new Set([...publisher.permissions, 'zone.create']) }
  const changed = new Promise((resolve) => (change = resolve))
  const answers = [unavailable(1_000), new Error('broken'), publisher, more]
  const again = async () => {
    const answer = answers.shift() ?? more
    if (answer instanceof Error) throw answer
    return answer
  }
  const streams = new OpenStreams(5)
  const standing = streams.add({ principal: publisher, again, changed: change })
  assert.equal(await changed, more)
  assert.equal(standing.signal.aborted, false)
  standing.end()
})

async function endOf(stream: AsyncIterable<unknown>): Promise<ConnectError> {
  try {
    for await (const _ of stream);
  } catch (error) {
    return ConnectError.from(error)
  }
  return assert.fail('the stream ended well')
}

for (const { name, transport } of protocols)
  test(`${name}: a principal has so many streams open and no more, and one that ends makes room`, async () => {
    const own = await startTestServer({ guard: { authenticate: () => caller() }, limits: { streamsPerPrincipal: 2 } })
    const before = server
    server = own
    try {
      const [first, second] = [transport(), transport()]
      const open = async (via: Transport) => {
        const ended = new AbortController()
        const stream = createClient(ContentService, via).fetch(requests([], new Promise(() => {})), { signal: ended.signal })
        const answers = stream[Symbol.asyncIterator]()
        await answers.next()
        return { ended, answers }
      }
      const one = await open(first)
      const other = await open(second)
      const refused = await open(second).then(() => assert.fail('let in'), ConnectError.from)
      assert.equal(refused.code, Code.ResourceExhausted)
      assert.deepEqual(reasonsOf(refused), ['QUOTA_EXCEEDED'])
      assert.equal(refused.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds, 1n)
      // Others are let in all the same, and calls that are no streams.
      await createClient(ZoneService, first).getZone({ zone: 'a.' })
      caller = () => ({ ...publisher, name: 'q' })
      const third = await open(first)
      caller = () => publisher
      one.ended.abort()
      await one.answers.next().catch(() => {})
      let again: Awaited<ReturnType<typeof open>> | undefined
      // The server hears of the end by itself.
      for (let i = 0; !again && i < 10_000; i++) again = await open(second).catch(() => undefined)
      assert.ok(again)
      for (const { ended } of [other, third, again]) ended.abort()
    } finally {
      server = before
      await own.close()
    }
  })

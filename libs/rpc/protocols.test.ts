/** Every protocol over every HTTP version, on one port, against a real server. */
import { Code, ConnectError, createClient, type Interceptor, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import * as web from '@connectrpc/connect-web'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { BadRequestSchema } from './error-details.ts'
import { TestCertificates } from './test-certificates.ts'
import { collect, requests, startTestServer, type TestServer } from './test-server.ts'

const made = new TestCertificates()
const clear: { server?: TestServer } = {}
const secure: { server?: TestServer } = {}

beforeAll(async () => {
  clear.server = await startTestServer()
  secure.server = await startTestServer({ tls: made.issue('server') })
})
afterAll(async () => {
  await Promise.all([clear.server?.close(), secure.server?.close()])
  made.remove()
})

const withToken: Interceptor = (next) => (request) => {
  request.header.set('authorization', 'Bearer zc_admin')
  return next(request)
}
const interceptors = [withToken]
const base = (place: { server?: TestServer }) => ({ baseUrl: place.server?.url ?? '', interceptors })
const trusting = () => ({ nodeOptions: { ca: made.pem() } })

interface Row {
  readonly name: string
  readonly make: () => Transport
  readonly place?: { server?: TestServer }
  /** Browsers' fetch sends no streams. */
  readonly clientStreams?: false
  /** HTTP/1.1 answers after the request. */
  readonly bidi?: false
}

const rows: readonly Row[] = [
  { name: 'gRPC over HTTP/2', make: () => createGrpcTransport(base(clear)) },
  { name: 'gRPC-Web over HTTP/1.1', make: () => createGrpcWebTransport({ ...base(clear), httpVersion: '1.1' }), bidi: false },
  { name: 'gRPC-Web over HTTP/2', make: () => createGrpcWebTransport({ ...base(clear), httpVersion: '2' }) },
  { name: 'Connect over HTTP/1.1', make: () => createConnectTransport({ ...base(clear), httpVersion: '1.1' }), bidi: false },
  { name: 'Connect over HTTP/2', make: () => createConnectTransport({ ...base(clear), httpVersion: '2' }) },
  { name: 'gRPC-Web as in browsers', make: () => web.createGrpcWebTransport(base(clear)), clientStreams: false, bidi: false },
  { name: 'Connect JSON as in browsers', make: () => web.createConnectTransport(base(clear)), clientStreams: false, bidi: false },
  { name: 'gRPC over TLS', make: () => createGrpcTransport({ ...base(secure), ...trusting() }), place: secure },
  {
    name: 'Connect over HTTP/1.1 and TLS',
    make: () => createConnectTransport({ ...base(secure), ...trusting(), httpVersion: '1.1' }),
    place: secure,
    bidi: false,
  },
]

for (const { name, make, place = clear, clientStreams = true, bidi = true } of rows)
  describe(name, () => {
    const zones = () => createClient(ZoneService, make())
    const running = () => place.server as TestServer

    test('unary', async () => {
      const { zone } = await zones().getZone({ zone: 'a.' })
      assert.deepEqual([zone?.name, zone?.id], ['a.', 'root'])
    })

    test('server stream', async () => {
      const pieces = await collect(zones().exportZone({ zone: 'a.', version: 5n }))
      assert.deepEqual(
        pieces.map(({ data }) => data.length),
        [10, 10, 10, 10, 10],
      )
    })

    if (clientStreams)
      test('client stream', async () => {
        const part = { case: 'data' as const, value: new Uint8Array(7) }
        const { outcomes } = await zones().importZone(requests([{ part }, { part }, { part }]))
        assert.equal(outcomes[0]?.rrCount, 21n)
      })

    if (bidi)
      test('two-way stream', async () => {
        const wants = [1n, 2n, 3n].map((want) => ({ want, zone: 'a.' }))
        const answers = await collect(createClient(ContentService, make()).fetch(requests(wants)))
        assert.deepEqual(
          answers.map(({ want }) => want),
          [0n, 2n, 3n, 4n],
        )
      })

    test('a request against the rules of its schema names each field', async () => {
      const error = await zones().getZone({ zone: '' }).catch(ConnectError.from)
      assert.ok(error instanceof ConnectError)
      assert.equal(error.code, Code.InvalidArgument)
      const [violation] = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? []
      assert.deepEqual([violation?.field, violation?.reason], ['zone', 'string.min_len'])
    })

    test('a deadline ends the call here and there', async () => {
      const aborted = once(running().events, 'aborted')
      const error = await zones().getZone({ zone: 'slow.' }, { timeoutMs: 500 }).catch(ConnectError.from)
      assert.equal(error instanceof ConnectError && error.code, Code.DeadlineExceeded)
      await aborted
    })

    test('a caller that leaves wakes the handler', async () => {
      const leaving = new AbortController()
      running().events.once('asleep', () => leaving.abort())
      const aborted = once(running().events, 'aborted')
      const error = await zones().getZone({ zone: 'slow.' }, { signal: leaving.signal }).catch(ConnectError.from)
      assert.equal(error instanceof ConnectError && error.code, Code.Canceled)
      await aborted
    })
  })

/** The common gRPC client of Node.js finds nothing unusual here. */
import * as grpc from '@grpc/grpc-js'
import { type DescMethod, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { collect, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let client: grpc.Client
beforeAll(async () => {
  server = await startTestServer()
  client = new grpc.Client(server.url.replace('http://', ''), grpc.credentials.createInsecure())
})
afterAll(async () => {
  client.close()
  await server.close()
})

function call(method: DescMethod) {
  const metadata = new grpc.Metadata()
  metadata.set('authorization', 'Bearer zc_admin')
  const path = `/${method.parent.typeName}/${method.name}`
  const encode = (message: object) =>
    Buffer.from(toBinary(method.input, { $typeName: method.input.typeName, ...message } as never))
  const decode = (octets: Buffer) => fromBinary(method.output, octets) as unknown as Record<string, never>
  return { metadata, path, encode, decode }
}

const result = <T>(start: (callback: (error: Error | null, value?: T) => void) => void) =>
  new Promise<T>((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as T))))

test('unary', async () => {
  const { path, encode, decode, metadata } = call(ZoneService.method.getZone)
  const answer = await result<{ zone?: { name: string } }>((done) =>
    client.makeUnaryRequest(path, encode, decode as never, { zone: 'a.' }, metadata, done),
  )
  assert.equal(answer.zone?.name, 'a.')
})

test('server stream', async () => {
  const { path, encode, decode, metadata } = call(ZoneService.method.exportZone)
  const request = { zone: 'a.', format: 0, version: 4n }
  assert.equal((await collect(client.makeServerStreamRequest(path, encode, decode, request, metadata))).length, 4)
})

test('client stream', async () => {
  const { path, encode, decode, metadata } = call(ZoneService.method.importZone)
  const answer = await result<{ outcomes: { rrCount: bigint }[] }>((done) => {
    const stream = client.makeClientStreamRequest(path, encode, decode as never, metadata, done)
    stream.write({ part: { case: 'data', value: new Uint8Array(3) } })
    stream.end()
  })
  assert.equal(answer.outcomes[0]?.rrCount, 3n)
})

test('two-way stream', async () => {
  const { path, encode, decode, metadata } = call(ContentService.method.fetch)
  const stream = client.makeBidiStreamRequest(path, encode, decode, metadata)
  stream.write({ want: 4n, zone: 'a.' })
  stream.end()
  assert.deepEqual(
    (await collect(stream as AsyncIterable<{ want: bigint }>)).map(({ want }) => want),
    [0n, 5n],
  )
})

test('a refusal arrives with its code', async () => {
  const { path, encode, decode, metadata } = call(ZoneService.method.getZone)
  metadata.set('authorization', 'Bearer zc_wrong')
  await assert.rejects(
    result((done) => client.makeUnaryRequest(path, encode, decode, { zone: 'a.' }, metadata, done)),
    (error: grpc.ServiceError) => error.code === grpc.status.UNAUTHENTICATED,
  )
})

for (const { name, octets, status } of [
  { name: 'that is not protobuf', octets: [0x0a, 0xff], status: grpc.status.INVALID_ARGUMENT },
  { name: 'that is too large', octets: Array.from({ length: 1024 * 1024 + 1 }, () => 0), status: grpc.status.RESOURCE_EXHAUSTED },
])
  test(`a message ${name} is refused`, async () => {
    const { path, decode, metadata } = call(ZoneService.method.getZone)
    await assert.rejects(
      result((done) => client.makeUnaryRequest(path, () => Buffer.from(octets), decode, {}, metadata, done)),
      (error: grpc.ServiceError) => error.code === status,
    )
  })

test('an answer that cannot be encoded is a fault of ours, and its cause stays in the log', async () => {
  const odd = await startTestServer({
    routes: (router) => router.service(ZoneService, { getZone: () => ({ zone: { rrCount: 'many' as never } }) }),
  })
  const other = new grpc.Client(odd.url.replace('http://', ''), grpc.credentials.createInsecure())
  const { path, encode, decode, metadata } = call(ZoneService.method.getZone)
  await assert.rejects(
    result((done) => other.makeUnaryRequest(path, encode, decode, { zone: 'a.' }, metadata, done)),
    (error: grpc.ServiceError) => error.code === grpc.status.INTERNAL && !error.details.includes('rr_count'),
  )
  assert.match(JSON.stringify(odd.lines), /many|rr_count/)
  other.close()
  await odd.close()
})

/** Clients that are not ours, each in its own way: grpcurl, @grpc/grpc-js, gRPC-Web over HTTP/1.1, curl with JSON, dig. */
import { strict as assert } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { createClient } from '@connectrpc/connect'
import { createGrpcWebTransport } from '@connectrpc/connect-node'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { afterAll, beforeAll, test } from 'vitest'
import { dig, goProgram, program } from '../lib/programs.ts'
import { readSecrets } from '../lib/secured.ts'
import { startSystem, type System } from '../lib/system.ts'
import { answered, publishZone, putRRset } from '../lib/zones.ts'

const zoneFile = `@ 3600 IN SOA ns1 hostmaster 1 14400 3600 1209600 300
@ 3600 IN NS ns1
ns1 3600 IN A 192.0.2.53
www 60 IN A 192.0.2.1
`
let system: System
let port = 0
let bearer = ''

beforeAll(async () => {
  system = await startSystem()
  await publishZone(system, 'clients.example.', zoneFile)
  port = system.app('zone-api').ready.port
  bearer = `authorization: Bearer ${system.tokens['administrator']}`
})
afterAll(() => system?.close())

/** The same calls, over TLS where the system speaks it. */
const grpcurlFlags = (tls: System['tls']) =>
  tls ? ['-cacert', tls.caFile, '-cert', tls.certFile, '-key', tls.keyFile] : ['-plaintext']
const curlFlags = (tls: System['tls']) => (tls ? ['--cacert', tls.caFile, '--cert', tls.certFile, '--key', tls.keyFile] : [])

test('grpcurl finds every service by reflection and calls one', async () => {
  const grpcurl = (...args: string[]) => program(goProgram('grpcurl'), [...grpcurlFlags(system.tls), '-H', bearer, ...args])
  for (const [app, services] of [
    [
      'zone-api',
      [
        'zonecast.zone.v1.ZoneService',
        'zonecast.zone.v1.RecordService',
        'zonecast.zone.v1.ContentService',
        'zonecast.zone.v1.ChangeService',
        'zonecast.event.v1.EventService',
        'zonecast.access.v1.AccessService',
        'zonecast.edge.v1.EdgeRegistryService',
        'grpc.health.v1.Health',
      ],
    ],
    ['publisher', ['zonecast.publish.v1.ReleaseService', 'zonecast.access.v1.AccessService', 'grpc.health.v1.Health']],
    ['edge-1', ['zonecast.edge.v1.EdgeService', 'grpc.health.v1.Health']],
  ] as const) {
    const listed = (await grpcurl(`127.0.0.1:${system.app(app).ready.port}`, 'list')).split('\n')
    for (const service of services) assert.ok(listed.includes(service), `${app} does not list ${service}`)
  }
  const answer = await grpcurl('-d', '{"zone":"clients.example."}', `127.0.0.1:${port}`, 'zonecast.zone.v1.ZoneService/GetZone')
  assert.equal(JSON.parse(answer).zone.name, 'clients.example.')
})

/** A client as grpc-js makes it from the .proto files alone. */
function grpcJs(file: string, name: string, address = port) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const definition = loadSync(`zonecast/${file}`, { includeDirs: [`${root}proto`, `${root}vendor/protovalidate`], longs: Number })
  const area = file.split('/')[0] as string
  const loaded = grpc.loadPackageDefinition(definition) as never as Record<
    string,
    Record<string, Record<string, Record<string, grpc.ServiceClientConstructor>>>
  >
  const Service = loaded['zonecast']![area]!['v1']![name]!
  const { ca, key, cert } = system.tls ? readSecrets(system.tls) : {}
  const credentials = ca ? grpc.credentials.createSsl(ca, key, cert) : grpc.credentials.createInsecure()
  const client = new Service(`127.0.0.1:${address}`, credentials)
  const metadata = new grpc.Metadata()
  metadata.set('authorization', `Bearer ${system.tokens['administrator']}`)
  return { client: client as never as Record<string, (...args: unknown[]) => never> & grpc.Client, metadata }
}

test('@grpc/grpc-js: unary', async () => {
  const { client, metadata } = grpcJs('zone/v1/record_service.proto', 'RecordService')
  const answer = await new Promise<{ rrset: { values: string[] } }>((resolve, reject) => {
    const done = (error: unknown, value: never) => (error ? reject(error) : resolve(value))
    client['getRRset']!({ zone: 'clients.example.', name: 'www', type: 'A' }, metadata, done)
  })
  assert.deepEqual(answer.rrset.values, ['192.0.2.1'])
  client.close()
})

test('@grpc/grpc-js: client stream and server stream', async () => {
  const { client, metadata } = grpcJs('zone/v1/zone_service.proto', 'ZoneService')
  const imported = await new Promise<{ outcomes: { effect: { state: { serial: number } } }[] }>((resolve, reject) => {
    const done = (error: unknown, value: never) => (error ? reject(error) : resolve(value))
    const call = client['importZone']!(metadata, done) as grpc.ClientWritableStream<unknown>
    call.write({ header: { zone: 'grpcjs.example.' } })
    for (const line of zoneFile.match(/.*\n/g) ?? []) call.write({ data: Buffer.from(line) })
    call.end()
  })
  assert.equal(imported.outcomes[0]?.effect.state.serial, 1)
  let text = ''
  const exporting = client['exportZone']!({ zone: 'grpcjs.example.' }, metadata) as AsyncIterable<{ data?: Buffer }>
  for await (const { data } of exporting) text += data?.toString() ?? ''
  assert.match(text, /192\.0\.2\.53/)
  client.close()
})

test('@grpc/grpc-js: bidi stream', async () => {
  const { client, metadata } = grpcJs('zone/v1/content_service.proto', 'ContentService')
  const call = client['fetch']!(metadata) as grpc.ClientDuplexStream<unknown, { want: number; head?: { zone: string } }>
  call.write({ want: 7, zone: 'clients.example.' })
  for await (const answer of call as AsyncIterable<{ want: number; head?: { zone: string } }>) {
    if (answer.want !== 7) continue
    assert.equal(answer.head?.zone, 'clients.example.')
    break
  }
  call.end()
  client.close()
})

test('gRPC-Web over HTTP/1.1', async () => {
  const transport = createGrpcWebTransport({
    baseUrl: system.url('zone-api'),
    httpVersion: '1.1',
    ...(system.tls && { nodeOptions: readSecrets(system.tls) }),
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${system.tokens['administrator']}`)
        return next(request)
      },
    ],
  })
  const client = createClient(ZoneService, transport)
  assert.equal((await client.getZone({ zone: 'clients.example.' })).zone?.name, 'clients.example.')
  let octets = 0
  for await (const { data } of client.exportZone({ zone: 'clients.example.' })) octets += data.length
  assert.ok(octets > 100)
})

test('curl with Connect JSON, over HTTP/1.1 and HTTP/2', async () => {
  for (const version of ['--http1.1', '--http2-prior-knowledge']) {
    const body = '{"zone":"clients.example.","name":"www","type":"A"}'
    const url = `${system.url('zone-api')}/zonecast.zone.v1.RecordService/GetRRset`
    const flags = ['-sS', version, ...curlFlags(system.tls), '-H', 'content-type: application/json', '-H', bearer]
    const text = await program('curl', [...flags, '-d', body, url])
    assert.deepEqual(JSON.parse(text).rrset.values, ['192.0.2.1'])
  }
})

test('a change made by one is seen by dig, over UDP and TCP, IPv4 and IPv6', async () => {
  await answered(system, await putRRset(system, 'clients.example.', 'www', 'A', ['192.0.2.77']))
  const [four, six] = system.app('edge-1').ready.dns as readonly { host: string; port: number }[]
  for (const address of [four!, six!]) {
    for (const transport of ['+notcp', '+tcp']) {
      const reply = await dig(address, 'www.clients.example.', 'A', transport)
      assert.deepEqual(reply.answer, ['www.clients.example. 60 IN A 192.0.2.77'])
    }
  }
})

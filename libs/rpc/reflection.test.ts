/** What grpcurl asks, and what it is told. */
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code, createClient } from '@connectrpc/connect'
import * as v1 from '@zonecast/contract/generated/grpc/reflection/v1/reflection_pb'
import * as v1alpha from '@zonecast/contract/generated/grpc/reflection/v1alpha/reflection_pb'
import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { createRpcTransport, type RpcTransport } from './client.ts'
import { collect, requests, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let transport: RpcTransport
beforeAll(async () => {
  server = await startTestServer()
  transport = createRpcTransport({ url: server.url, token: 'zc_edge' })
})
afterAll(async () => {
  transport.close()
  await server.close()
})

type Question = v1.ServerReflectionRequest['messageRequest']
const zoneFile = 'zonecast/zone/v1/zone_service.proto'

async function ask(question: Question) {
  const [answer] = await collect(
    createClient(v1.ServerReflection, transport).serverReflectionInfo(requests([{ messageRequest: question }])),
  )
  const { case: kind, value } = answer?.messageResponse ?? {}
  if (kind === 'fileDescriptorResponse') {
    return value?.fileDescriptorProto.map((octets) => fromBinary(FileDescriptorProtoSchema, octets).name)
  }
  if (kind === 'listServicesResponse') return value?.service.map(({ name }) => name)
  if (kind === 'allExtensionNumbersResponse') return value?.extensionNumber
  return kind === 'errorResponse' ? value?.errorCode : undefined
}

test('all services are listed, the standard ones too', async () =>
  assert.deepEqual(await ask({ case: 'listServices', value: '' }), [
    'zonecast.zone.v1.ZoneService',
    'zonecast.zone.v1.ContentService',
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
  ]))

for (const { name, question } of [
  { name: 'a file', question: { case: 'fileByFilename' as const, value: zoneFile } },
  { name: 'a service', question: { case: 'fileContainingSymbol' as const, value: 'zonecast.zone.v1.ZoneService' } },
  { name: 'a method', question: { case: 'fileContainingSymbol' as const, value: 'zonecast.zone.v1.ZoneService.GetZone' } },
])
  test(`${name} brings its file first, and then all that it imports`, async () => {
    const files = (await ask(question)) as string[]
    assert.equal(files[0], zoneFile)
    assert.ok(files.includes('buf/validate/validate.proto'))
    assert.equal(new Set(files).size, files.length)
  })

test('what the details of errors are made of is found by its name', async () =>
  assert.deepEqual(await ask({ case: 'fileContainingSymbol', value: 'google.rpc.ErrorInfo' }), [
    'google/rpc/error_details.proto',
    'google/protobuf/duration.proto',
  ]))

test('extensions are found by the message they extend', async () => {
  const containingType = 'google.protobuf.MethodOptions'
  assert.deepEqual(await ask({ case: 'allExtensionNumbersOfType', value: containingType }), [51001])
  const value = { containingType, extensionNumber: 51001 } as v1.ExtensionRequest
  const files = (await ask({ case: 'fileContainingExtension', value })) as string[]
  assert.equal(files[0], 'zonecast/access/v1/permission.proto')
})

for (const { name, question, code } of [
  { name: 'an unknown file', question: { case: 'fileByFilename' as const, value: 'none.proto' }, code: Code.NotFound },
  { name: 'an unknown symbol', question: { case: 'fileContainingSymbol' as const, value: 'none' }, code: Code.NotFound },
  { name: 'an unknown type', question: { case: 'allExtensionNumbersOfType' as const, value: 'none' }, code: Code.NotFound },
  { name: 'nothing', question: { case: undefined }, code: Code.InvalidArgument },
])
  test(`${name} is an error in the answer, and the stream goes on`, async () => assert.equal(await ask(question), code))

test('older clients ask by v1alpha', async () => {
  const client = createClient(v1alpha.ServerReflection, transport)
  const messageRequest = { case: 'listServices' as const, value: '' }
  const [answer] = await collect(client.serverReflectionInfo(requests([{ host: 'h', messageRequest }])))
  assert.equal(answer?.originalRequest?.host, 'h')
  assert.equal(answer?.messageResponse.case, 'listServicesResponse')
})

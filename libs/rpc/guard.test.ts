/** No credential, no permission: no effect, for every kind of method, before any handler runs. */
import type { DescService } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient, createContextValues, createHandlerContext, type Transport } from '@connectrpc/connect'
import { ROLE_PERMISSIONS } from '@zonecast/access'
import { Health } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { ServerReflection } from '@zonecast/contract/generated/grpc/reflection/v1/reflection_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { createRpcTransport, type RpcTransport } from './client.ts'
import { reasonsOf } from './describe-error.ts'
import { ErrorInfoSchema } from './error-details.ts'
import { unavailable } from './errors.ts'
import { createGate } from './gate.ts'
import { permissionOf, principalOf, requirePermission } from './guard.ts'
import { callerKey } from './presented.ts'
import { collect, requests, startTestServer, testGuard, type TestServer } from './test-server.ts'

const plain = { protocolName: 'grpc', requestMethod: 'POST', url: 'http://a/' }
const callerWith = (token: string) => {
  const caller = { rawHeaders: ['authorization', `Bearer ${token}`], socket: undefined }
  return { ...plain, contextValues: createContextValues().set(callerKey, caller) }
}
let server: TestServer
const open: RpcTransport[] = []
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  for (const transport of open) transport.close()
  await server.close()
})

function as(token?: string): Transport {
  const transport = createRpcTransport({ url: server.url, ...(token !== undefined && { token }) })
  open.push(transport)
  return transport
}

/** Calls a method of any kind with an empty request. */
async function callAny(service: DescService, method: DescService['methods'][number], transport: Transport): Promise<unknown> {
  const client = createClient(service, transport) as Record<string, (request: unknown) => unknown>
  const streams = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming'
  const answer = client[method.localName]?.(streams ? requests([{}]) : {})
  return method.methodKind === 'unary' || method.methodKind === 'client_streaming'
    ? answer
    : collect(answer as AsyncIterable<unknown>)
}

async function refusalOf(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ConnectError, 'the call was not refused')
  return error
}

for (const service of [ZoneService, ContentService] as DescService[])
  for (const method of service.methods)
    for (const { name, token, code, reason } of [
      { name: 'without a credential', token: undefined, code: Code.Unauthenticated, reason: 'CREDENTIAL_INVALID' },
      { name: 'with a wrong one', token: 'zc_wrong', code: Code.Unauthenticated, reason: 'CREDENTIAL_INVALID' },
      { name: 'without the permission', token: 'zc_edge', code: Code.PermissionDenied, reason: 'PERMISSION_MISSING' },
    ])
      test(`${method.name} (${method.methodKind}) is refused ${name}`, async () => {
        const error = await refusalOf(callAny(service, method, as(token)))
        assert.equal(error.code, code)
        assert.deepEqual(reasonsOf(error), [reason])
        assert.deepEqual(server.called, [])
        const { permission } = error.findDetails(ErrorInfoSchema)[0]?.metadata ?? {}
        if (token === 'zc_edge') assert.equal(permission, permissionOf(method))
      })

test('health asks for nothing, reflection for any valid credential', async () => {
  assert.equal((await createClient(Health, as()).check({ service: '' })).status, 1)
  const ask = (token?: string) =>
    collect(
      createClient(ServerReflection, as(token)).serverReflectionInfo(
        requests([{ messageRequest: { case: 'listServices' as const, value: '' } }]),
      ),
    )
  assert.equal((await refusalOf(ask())).code, Code.Unauthenticated)
  assert.equal((await refusalOf(ask('zc_wrong'))).code, Code.Unauthenticated)
  assert.equal((await ask('zc_edge')).length, 1)
})

test('a method of ours without a permission is refused to everybody', () => {
  const gate = createGate({ guard: testGuard, open: [], authenticated: [] })
  // Health stands for a service of ours whose author forgot the option.
  const context = createHandlerContext({ service: Health, method: Health.method.check, ...callerWith('zc_admin') })
  assert.throws(
    () => gate(context),
    (error: ConnectError) => error.code === Code.Internal,
  )
})

test('the scheme and form of the credential matter', async () => {
  for (const authorization of ['zc_admin', 'Basic zc_admin', 'Bearer', 'Bearer ', 'Bearer zc_admin x', 'Bearer zc_wrong']) {
    const answer = await fetch(`${server.url}/zonecast.zone.v1.ZoneService/GetZone`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"zone":"a."}',
    })
    assert.equal(answer.status, 401, authorization)
  }
})

test('every permission a role has is spoken for by a person or a program', () => {
  assert.ok(ROLE_PERMISSIONS.administrator.has('zone.force'))
  assert.ok(!ROLE_PERMISSIONS.administrator.has('release.follow'))
  assert.ok(!ROLE_PERMISSIONS.edge.has('zone.read'))
  assert.ok(!ROLE_PERMISSIONS.publisher.has('record.write'))
})

test('a handler without a caller is a fault of ours', () => {
  const nobody = { values: { get: () => undefined } } as never
  assert.throws(() => principalOf(nobody), /no principal/)
})

test('what is denied, by the gate or by a handler, is told once, with the caller where it is known', async () => {
  const told: string[] = []
  const gate = createGate({
    guard: testGuard,
    open: [],
    authenticated: [],
    denied: ({ method, principal, reason, permission }) =>
      told.push([method.name, principal?.role ?? '?', reason, permission].join(' ').trim()),
  })
  const { createZone, deleteZone, listZones } = ZoneService.method
  const contextOf = (method: typeof createZone | typeof deleteZone | typeof listZones, token: string) => {
    return createHandlerContext({ service: ZoneService, method, ...callerWith(token) })
  }
  await assert.rejects(async () => gate(contextOf(createZone, 'zc_wrong')))
  await assert.rejects(async () => gate(contextOf(deleteZone, 'zc_edge')))
  const context = contextOf(listZones, 'zc_admin')
  await gate(context)
  requirePermission(context, 'zone.force')
  assert.throws(() => requirePermission(context, 'release.follow'), /release\.follow/)
  assert.deepEqual(told, [
    'CreateZone ? CREDENTIAL_INVALID',
    'DeleteZone edge PERMISSION_MISSING zone.delete',
    'ListZones administrator PERMISSION_MISSING release.follow',
  ])
})

for (const { name, authenticate, code } of [
  { name: 'cannot ask anybody', failure: unavailable(500), code: Code.Unavailable },
  { name: 'fails', failure: new Error('SELECT'), code: Code.Internal },
].flatMap((one) => [
  { ...one, authenticate: () => Promise.reject(one.failure) },
  {
    ...one,
    name: `${one.name} and says so at once`,
    authenticate: () => {
      throw one.failure
    },
  },
]))
  test(`a guard that ${name} admits nobody`, async () => {
    const gate = createGate({ guard: { authenticate }, open: [], authenticated: [Health] })
    const context = createHandlerContext({ service: Health, method: Health.method.check, ...callerWith('zc_admin') })
    const error = await refusalOf(Promise.resolve(gate(context)))
    assert.equal(error.code, code)
    assert.doesNotMatch(error.message, /SELECT/)
  })

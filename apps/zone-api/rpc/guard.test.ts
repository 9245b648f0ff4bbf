/** Without a credential that is in force, no method does anything. */
import { create, type DescMethodStreaming, type DescMethodUnary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { ROLE_PERMISSIONS } from '@zonecast/access'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { permissionOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { services } from './services.ts'
import { startTestServer, type TestServer, tokenOf } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.client(ZoneService).createZone({ zone: 'example.com', nameServers: ['ns.example.net.'] })
})
afterAll(() => server.close())

const methods = services.flatMap((service) => service.methods)

/** Calls a method with an empty message and gives the error it ends in. */
async function errorOf(method: (typeof methods)[0], token: string | undefined): Promise<ConnectError | undefined> {
  const transport = server.transport(token)
  async function* one() {
    yield create(method.input)
  }
  try {
    if (method.methodKind === 'unary') {
      await transport.unary(method as DescMethodUnary, undefined, undefined, undefined, create(method.input))
    } else {
      const { message } = await transport.stream(method as DescMethodStreaming, undefined, undefined, undefined, one())
      for await (const _ of message) break
    }
    return undefined
  } catch (error) {
    return ConnectError.from(error)
  } finally {
    transport.close()
  }
}

test('every method has a permission, and every permission belongs to a role or to all', () => {
  const known = new Set(['authenticated', ...Object.values(ROLE_PERMISSIONS).flatMap((permissions) => [...permissions])])
  for (const method of methods) assert.ok(known.has(permissionOf(method)), `${method.name}: ${permissionOf(method)}`)
  assert.ok(methods.length >= 20)
})

for (const { name, token } of [
  { name: 'no token', token: undefined },
  { name: 'a wrong token', token: 'zc_wrong' },
]) {
  test(`${name}: every method refuses, and nothing changes`, async () => {
    const before = await server.api.database.newestPositions()
    for (const method of methods) {
      const error = await errorOf(method, token)
      assert.equal(error?.code, Code.Unauthenticated, `${method.parent.typeName}/${method.name}: ${String(error)}`)
    }
    assert.deepEqual(await server.api.database.newestPositions(), before)
  })
}

test('an edge may do nothing here but say who it is', async () => {
  for (const method of methods.filter(
    (one) => !ROLE_PERMISSIONS.edge.has(permissionOf(one)) && permissionOf(one) !== 'authenticated',
  )) {
    assert.equal((await errorOf(method, tokenOf('edge')))?.code, Code.PermissionDenied, method.name)
  }
})

/** Every role on every method, in zones it has and in zones it has not. */
import { create, type DescMessage, type DescMethodStreaming, type DescMethodUnary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { concernsZone, isGivenBySome, type Role, ROLE_PERMISSIONS } from '@zonecast/access'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { permissionOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { services } from './services.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const mine = 'mine.example.'
const others = 'others.example.'
const roles = Object.keys(ROLE_PERMISSIONS) as Role[]
const methods = services.flatMap((service) => service.methods)

let server: TestServer
const write = { principal: 'test', requestId: '', bodyHash: new Uint8Array(), reason: '', traceparent: '' }
/** By role, over every zone and over `mine` alone. */
const tokens = { all: new Map<Role, string>(), mine: new Map<Role, string>() }
beforeAll(async () => {
  server = await startTestServer()
  for (const zone of [mine, others]) await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'] })
  for (const role of roles) {
    tokens.all.set(role, await tokenFor(`all-${role}`, role, '*'))
    tokens.mine.set(role, await tokenFor(`mine-${role}`, role, mine))
  }
})
afterAll(() => server.close())

async function tokenFor(name: string, role: Role, zones: string): Promise<string> {
  const access = server.client(AccessService)
  await access.createPrincipal({ name, kind: PrincipalKind.SERVICE })
  // As the database has it: the API gives no role over a zone that means nothing there.
  const grant = { role, permissions: [], zones, names: '*', types: [], apex: true }
  await server.api.database.addGrant({ ...write, holder: name, grant })
  return (await access.createCredential({ principal: name, secret: { case: 'token', value: {} } })).token
}

/** The code a call ends with; undefined where it succeeds. */
async function codeOf(method: (typeof methods)[0], token: string, request: object = {}): Promise<Code | undefined> {
  const transport = server.transport(token)
  const message = create(method.input as DescMessage, request as never)
  async function* one() {
    yield message
  }
  try {
    if (method.methodKind === 'unary') {
      await transport.unary(method as DescMethodUnary, undefined, undefined, undefined, message)
    } else {
      const { message: answers } = await transport.stream(method as DescMethodStreaming, undefined, undefined, undefined, one())
      // The first message of some streams only says that they are open.
      let count = 0
      for await (const _ of answers) if (++count === (method.name === 'Fetch' ? 2 : 1)) break
    }
    return undefined
  } catch (error) {
    return ConnectError.from(error).code
  } finally {
    transport.close()
  }
}

const change = { changes: [{ operation: { case: 'put', value: { name: 'www', type: 'A', ttl: 60, values: ['192.0.2.1'] } } }] }

/** A request about a zone for each method that takes one. None changes anything where it is allowed, but the last. */
const requests: Readonly<Record<string, (zone: string) => object>> = {
  CreateZone: (zone) => ({ zone, nameServers: ['ns.example.net.'] }),
  GetZone: (zone) => ({ zone }),
  UpdateZone: (zone) => ({ zone, settings: {}, expectedSettingsVersion: 99n }),
  DeleteZone: (zone) => ({ zone, expectedVersion: 99n }),
  ImportZone: (zone) => ({ part: { case: 'header', value: { zone, dryRun: true } } }),
  ExportZone: (zone) => ({ zone }),
  SetZoneOwners: (zone) => ({ zone, owners: ['nobody'] }),
  ListRRsets: (zone) => ({ zone }),
  GetRRset: (zone) => ({ zone, name: '@', type: 'NS' }),
  ApplyChanges: (zone) => ({ zone, ...change, dryRun: true }),
  ApplyChangeSets: (zone) => ({ sets: [{ zone, ...change }], dryRun: true }),
  ListVersions: (zone) => ({ zone }),
  DiffVersions: (zone) => ({ zone }),
  RestoreVersion: (zone) => ({ zone, version: 1n, dryRun: true }),
  UndeleteZone: (zone) => ({ zone, dryRun: true }),
  Fetch: (zone) => ({ want: 1n, zone }),
  StreamZone: (zone) => ({ zone }),
  ResetZone: (zone) => ({ edgeId: 'nobody', zone }),
  ListEvents: (zone) => ({ zone }),
  ListWhoCan: (zone) => ({ permission: 'zone.read', zone }),
  PurgeHistory: (zone) => ({ zone }),
}
/** Whoever may call these is told about names, and nothing of a zone. */
const questions = new Set(['ExplainAccess'])

function takesZone({ fields }: DescMessage): boolean {
  return fields.some((field) => field.name === 'zone' || (field.message !== undefined && nested(field.message)))
}

function nested({ fields, typeName }: DescMessage): boolean {
  return typeName.startsWith('zonecast.') && fields.some(({ name }) => name === 'zone')
}

/** These tell about zones to those who report of them. */
const reports = new Set(['ReportProgress', 'AdoptLineage'])

test('every method that takes a zone is tried below', () => {
  const taking = methods.filter(({ input }) => takesZone(input)).map(({ name }) => name)
  const tried = [...Object.keys(requests), ...questions, ...reports]
  assert.deepEqual(taking.toSorted(), tried.toSorted())
})

for (const role of roles) {
  test(`${role} over every zone: a method is denied if and only if the role has not its permission`, async () => {
    for (const method of methods) {
      const wanted = permissionOf(method)
      const may = wanted === 'authenticated' || ROLE_PERMISSIONS[role].has(wanted)
      // What these do is not to be done here.
      if (may && ['AdoptLineage'].includes(method.name)) continue
      const code = await codeOf(method, tokens.all.get(role)!)
      assert.equal(code === Code.PermissionDenied, !may, `${method.name}: ${code === undefined ? 'done' : Code[code]}`)
    }
  })

  test(`${role} over one zone: nothing of another zone, nothing of none, and there what the role has`, async () => {
    const token = tokens.mine.get(role)!
    for (const [name, request] of Object.entries(requests)) {
      const method = methods.find((each) => each.name === name)!
      const wanted = permissionOf(method)
      for (const zone of [others, 'absent.example.'])
        assert.equal(await codeOf(method, token, request(zone)), Code.PermissionDenied, `${name} ${zone}`)
      const may = concernsZone(wanted) && ROLE_PERMISSIONS[role].has(wanted)
      const code = await codeOf(method, token, request(mine))
      assert.equal(code === Code.PermissionDenied, !may, `${name}: ${code === undefined ? 'done' : Code[code]}`)
    }
    for (const method of methods.filter((each) => !concernsZone(permissionOf(each)))) {
      const wanted = permissionOf(method)
      if (wanted === 'authenticated') continue
      const may = isGivenBySome(wanted) && ROLE_PERMISSIONS[role].has(wanted)
      assert.equal((await codeOf(method, token)) === Code.PermissionDenied, !may, method.name)
    }
  })
}

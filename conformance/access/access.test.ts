/** Every method of every service, found by its descriptor, is refused without a credential and with a wrong one, and changes nothing. */
import { strict as assert } from 'node:assert'
import { create, type DescMessage, type DescMethod, type DescService } from '@bufbuild/protobuf'
import { Code, ConnectError, type CallOptions } from '@connectrpc/connect'
import { permissionOf } from '@zonecast/rpc'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { QuotaService } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { EdgeService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { SealService } from '@zonecast/contract/generated/zonecast/system/v1/seal_service_pb'
import { SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { TransferService } from '@zonecast/contract/generated/zonecast/transfer/v1/transfer_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { LineageService } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { TemplateService } from '@zonecast/contract/generated/zonecast/zone/v1/template_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcTransport } from '@zonecast/rpc'
import { afterAll, beforeAll, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { exportText, publishZone, smallZone } from '../lib/zones.ts'

const zone = 'guarded.example.'
const served: readonly (readonly [app: string, services: readonly DescService[]])[] = [
  ['zone-api', [ZoneService, RecordService, HistoryService, SearchService, ContentService, ChangeService, EventService]],
  ['zone-api', [AccessService, AuditService, EdgeRegistryService, LineageService, SystemService, QuotaService]],
  ['zone-api', [TemplateService, TransferService, SealService]],
  ['publisher', [ReleaseService, AccessService]],
  ['edge-1', [EdgeService]],
]
let system: System
let before: { text: Buffer; zones: number }

beforeAll(async () => {
  system = await startSystem()
  await publishZone(system, zone, smallZone)
  before = await look()
})
afterAll(() => system?.close())

async function look() {
  const { zones } = await system.client(ZoneService).listZones({})
  return { text: await exportText(system, zone), zones: zones.length }
}

/** Calls a method with one empty message and gives the error it ends with. */
async function call(app: string, method: DescMethod, token: string | undefined): Promise<ConnectError> {
  const transport = createRpcTransport({
    url: system.url(app),
    ...(system.tls && { tls: system.tls }),
    ...(token !== undefined && { token }),
  })
  try {
    const options: CallOptions = { timeoutMs: 5_000 }
    if (method.methodKind === 'unary') {
      const input = create(method.input as DescMessage)
      await transport.unary(method as never, undefined, options.timeoutMs, undefined, input as never)
    } else {
      const messages = (async function* () {
        yield create(method.input as DescMessage)
      })()
      const response = await transport.stream(method as never, undefined, options.timeoutMs, undefined, messages as never)
      for await (const message of response.message) assert.fail(`answered with ${JSON.stringify(message)}`)
    }
  } catch (error) {
    return ConnectError.from(error)
  } finally {
    transport.close()
  }
  return assert.fail(`${method.name} was not refused`)
}

/** What an edge's credential is for. */
const ofEdges = new Set(['authenticated', 'access.introspect', 'access.self', 'release.follow'])

for (const [app, services] of served)
  for (const service of services)
    for (const method of service.methods) {
      const name = `${service.typeName}/${method.name}`
      test(`${app}: ${name} has a permission, and asks for a credential`, async () => {
        assert.match(permissionOf(method), /^[a-z]+(\.[a-z]+)*$/)
        for (const token of [undefined, `zc_${'A'.repeat(43)}`, 'x']) {
          const error = await call(app, method, token)
          assert.equal(error.code, Code.Unauthenticated, `${name}: ${error.message}`)
        }
      })
      if (!ofEdges.has(permissionOf(method))) {
        test(`${app}: ${name} is not for an edge's credential`, async () => {
          const error = await call(app, method, system.tokens['edge-1'])
          assert.equal(error.code, Code.PermissionDenied, `${name}: ${error.message}`)
        })
      }
    }

test('nothing was changed by any of it', async () => {
  assert.deepEqual(await look(), before)
})

test('an edge may not follow under another name than its own', async () => {
  const client = system.client(ReleaseService, 'publisher', system.tokens['edge-1'])
  const hello = async function* () {
    yield { message: { case: 'hello' as const, value: { protocol: 1, edgeId: 'edge-2' } } }
  }
  const following = (async () => {
    for await (const message of client.follow(hello(), { timeoutMs: 5_000 })) {
      if (message.message.case !== 'heartbeat') assert.fail('it was welcomed')
    }
  })()
  await assert.rejects(following, (error) => ConnectError.from(error).code === Code.PermissionDenied)
})

import assert from 'node:assert/strict'
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { ChangeService, ReportProgressRequestSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

const zone = 'reset.example.'
let server: TestServer
const end = new AbortController()
beforeAll(async () => {
  server = await startTestServer(['edge1', 'edge2'])
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'] })
})
afterAll(async () => {
  end.abort()
  await server.close()
})

const reset = (edgeId: string) => server.client(EdgeRegistryService).resetZone({ edgeId, zone, force: true })

const isAway = (message: RegExp) => (error: ConnectError) => {
  assert.equal(error.code, Code.Unavailable)
  assert.match(error.rawMessage, message)
  return true
}

test('without a publisher nobody can reach an edge', async () => {
  await assert.rejects(reset('edge1'), isAway(/^no publisher is there to reach the edge edge1$/))
})

test('an edge that follows no publisher is refused at once, by name and with when it was heard', async () => {
  const orders = server.client(EdgeRegistryService, 'publisher').watchOrders({ publisherId: 'p' }, { signal: end.signal })
  const watched = orders[Symbol.asyncIterator]()
  await watched.next()
  async function* reports() {
    const heard = timestampFromMs(Date.parse('2026-11-30T09:00:00Z'))
    const edges = [{ edgeId: 'edge1', connected: false, placements: [], lastHeardAt: heard }]
    yield create(ReportProgressRequestSchema, { publisherId: 'p', logId: server.api.database.logId, full: true, edges })
    // A report that ends takes back what it said.
    await new Promise((resolve) => end.signal.addEventListener('abort', resolve))
  }
  const reporting = server
    .client(ChangeService, 'publisher')
    .reportProgress(reports(), { signal: end.signal })
    .catch(() => {})
  const edges = async () => (await server.client(EdgeRegistryService).listEdges({})).edges
  while (!(await edges())[0]!.lastHeardAt);
  await assert.rejects(
    reset('edge1'),
    isAway(/^edge edge1 is connected to no publisher \(last heard 2026-11-30T09:00:00\.000Z\); what it serves is unchanged$/),
  )
  await assert.rejects(
    reset('edge2'),
    isAway(/^edge edge2 is connected to no publisher \(not heard since the zone API started\);/),
  )
  end.abort()
  await reporting
})

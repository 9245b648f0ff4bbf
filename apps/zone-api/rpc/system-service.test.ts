import assert from 'node:assert/strict'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { EdgeRegistryService, EdgeState } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { EventTransport, SystemService } from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { LineageState } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { afterAll, beforeAll, test } from 'vitest'
import { migrations } from '../database/migrations/index.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(['edge1', 'edge2'])
})
afterAll(() => server.close())

const status = () => server.client(SystemService).getStatus({})

test('GetStatus tells of program, database, lineage, events and edges', async () => {
  const { version, startedAt, database, lineage, events, edges } = await status()
  assert.match(version, /^\d+\.\d+\.\d+$/)
  assert.ok(timestampMs(startedAt!) <= Date.now())
  assert.deepEqual([database?.engine, database?.reachable], ['SQLite', true])
  assert.deepEqual([database?.migration, database?.unknownMigrations], [migrations.at(-1)!.name, []])
  assert.equal(lineage?.state, LineageState.SOUND)
  assert.deepEqual(Buffer.from(lineage!.logId), Buffer.from(server.api.database.logId))
  assert.deepEqual([events?.transport, events?.reachable, events?.backlog], [EventTransport.EMBEDDED, true, 0n])
  assert.deepEqual([edges?.expected, edges?.connected], [2, 0])
  assert.deepEqual(
    edges?.late.map(({ edgeId }) => edgeId),
    ['edge1', 'edge2'],
  )
})

test('an edge that nobody waits for is not late', async () => {
  await server.client(EdgeRegistryService).setEdgeState({ edgeId: 'edge2', state: EdgeState.DRAINING })
  const { edges } = await status()
  assert.deepEqual([edges?.expected, edges?.late.length], [1, 1])
})

test('an edge’s credential does not show it', async () => {
  await assert.rejects(
    server.client(SystemService, 'edge').getStatus({}),
    (error: ConnectError) => error.code === Code.PermissionDenied,
  )
})

test('a database that has gone back is told of, and no event goes out', async () => {
  const database = server.api.database
  await database.noteRegressed('edge1 is ahead')
  await server.restart()
  const { lineage, events } = await status()
  assert.deepEqual([lineage?.state, lineage?.detail], [LineageState.REGRESSED, 'edge1 is ahead'])
  assert.equal(events?.reachable, false)
})

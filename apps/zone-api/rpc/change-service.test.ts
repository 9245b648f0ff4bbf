/** How far a change has come, as publishers report it. */
import { Code, ConnectError } from '@connectrpc/connect'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import {
  ChangeService,
  ChangeStage,
  type ReportProgressRequest,
  ZoneProgressKind,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ReportProgressRequestSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { AsyncQueue } from '@zonecast/runtime'
import { strict as assert } from 'node:assert'
import { afterEach, beforeEach, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

type Report = MessageInitShape<typeof ReportProgressRequestSchema>
let server: TestServer
beforeEach(async () => {
  server = await startTestServer(['edge1', 'edge2'])
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'] })
})
afterEach(() => server.close())

const zone = 'example.com.'

function apply(value: string) {
  const changes = [{ operation: { case: 'put' as const, value: { name: 'www', type: 'A', ttl: 60, values: [value] } } }]
  return server.client(RecordService).applyChanges({ zone, changes })
}

/** A publisher that reports on edges. */
function openReport() {
  const messages = new AsyncQueue<Report>(16)
  const ended = server.client(ChangeService, 'publisher').reportProgress(messages as AsyncIterable<ReportProgressRequest>)
  const logId = server.api.database.logId
  const edge = (edgeId: string, rest: object = {}) => ({ edgeId, connected: true, placements: ['default'], ...rest })
  return {
    edge,
    send: (edges: object[], full = false) => void messages.push({ publisherId: 'p', logId, full, edges } as Report),
    close: async () => {
      messages.end()
      await ended
    },
  }
}

const at = (kind: ZoneProgressKind, version: bigint, generation: bigint) => ({ zones: [{ zone, generation, version, kind }] })

test('a watch tells of each stage of each edge, and ends when all answer', async () => {
  const { changeId, effects } = await apply('192.0.2.1')
  const { generation, version } = effects[0]!.state!
  const watch = server.client(ChangeService).watchChange({ changeId })[Symbol.asyncIterator]()
  const stagesAt = async (wanted: string) => {
    for (;;) {
      const { value, done } = await watch.next()
      assert.ok(!done)
      for (const edge of value.edges) stages[edge.edgeId] = edge.stage
      if (JSON.stringify(stages) === wanted) return value
    }
  }
  const stages: Record<string, ChangeStage> = {}
  await stagesAt('{"edge1":1,"edge2":1}')
  const report = openReport()
  report.send([report.edge('edge1'), report.edge('edge2')], true)
  report.send([report.edge('edge1', at(ZoneProgressKind.PUBLISHED, version, generation))])
  await stagesAt('{"edge1":2,"edge2":1}')
  report.send([report.edge('edge1', at(ZoneProgressKind.APPLIED, version, generation))])
  await stagesAt('{"edge1":3,"edge2":1}')
  report.send([report.edge('edge1', at(ZoneProgressKind.ANSWERED, version, generation))])
  await stagesAt('{"edge1":4,"edge2":1}')
  for (const value of ['192.0.2.2', '192.0.2.3', '192.0.2.4']) await apply(value)
  report.send([report.edge('edge2', at(ZoneProgressKind.ANSWERED, version + 3n, generation))])
  const last = await stagesAt('{"edge1":4,"edge2":4}')
  assert.deepEqual([last.done, last.stage, last.edges[0]!.mergedIntoVersion], [true, ChangeStage.ANSWERED, version + 3n])
  assert.equal((await watch.next()).done, true)
  await report.close()
})

test('a position counts against the present head of the zone, never against an older one', async () => {
  const { changeId } = await apply('192.0.2.1')
  const { shard, position } = (await server.api.database.headOf(zone))!
  const report = openReport()
  const passed = (applied: bigint) => ({ shards: [{ shard, appliedPosition: applied, answeredPosition: applied }] })
  await apply('192.0.2.2')
  report.send([report.edge('edge1', passed(position)), report.edge('edge2', passed(position + 1n))], true)
  const changes = server.client(ChangeService)
  const watch = changes.watchChange({ changeId })[Symbol.asyncIterator]()
  const seen = new Map<string, number>()
  while (seen.get('edge2') !== ChangeStage.ANSWERED) {
    for (const { edgeId, stage } of (await watch.next()).value!.edges) seen.set(edgeId, stage)
  }
  assert.equal(seen.get('edge1'), ChangeStage.COMMITTED)
  const { edges, stage, change } = await changes.getChange({ changeId })
  assert.deepEqual(
    edges.map((edge) => edge.stage),
    [ChangeStage.COMMITTED, ChangeStage.ANSWERED],
  )
  assert.deepEqual([stage, change!.expectedEdges, change!.principal], [ChangeStage.COMMITTED, ['edge1', 'edge2'], 'admin'])
  await watch.return?.()
  await report.close()
})

test('edges are listed with what is reported of them', async () => {
  const { shard, position } = (await server.api.database.headOf(zone))!
  const report = openReport()
  const transferring = at(ZoneProgressKind.TRANSFERRING, 9n, 1n)
  report.send(
    [report.edge('edge1', { shards: [{ shard, appliedPosition: position, answeredPosition: 0n }], ...transferring })],
    true,
  )
  const registry = server.client(EdgeRegistryService)
  let edges = (await registry.listEdges({})).edges
  while (!edges[0]!.connected) ({ edges } = await registry.listEdges({}))
  assert.deepEqual(
    edges.map((edge) => [edge.edgeId, edge.connected, edge.shardsBehind, edge.transferring]),
    [
      ['edge1', true, 0, [zone]],
      ['edge2', false, 1, []],
    ],
  )
  await report.close()
})

test('a change that never was is not found', async () => {
  const call = server.client(ChangeService).getChange({ changeId: 'chg_none' })
  await assert.rejects(call, (error) => ConnectError.from(error).code === Code.NotFound)
})

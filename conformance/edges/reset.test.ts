/** The way out of a poisoned fence: an edge that holds a version which was never committed goes back by an operator's word alone. */
import { strict as assert } from 'node:assert'
import { Code, ConnectError } from '@connectrpc/connect'
import { formatRR, parseName } from '@zonecast/dns'
import { AuditService } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { EdgeRegistryService } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { ChangeService, ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { createLogger } from '@zonecast/runtime'
import { openZoneStore } from '@zonecast/zone-store'
import { afterEach, test } from 'vitest'
import { startSystem, type System } from '../lib/system.ts'
import { until } from '../lib/until.ts'
import { answered, publishZone, putRRset, smallZone } from '../lib/zones.ts'

const zone = 'poisoned.example.'
const zoneFile = `${smallZone}www 60 IN A 192.0.2.1\n`
let system: System
afterEach(() => system?.close())

/** Raises the version that the store of a stopped edge holds of the zone, as a publisher gone mad would have. */
async function poison(edge: string, by: bigint): Promise<void> {
  const log = createLogger({ app: 'test', level: 'silent' })
  const store = await openZoneStore({ folder: system.dataOf(edge), kind: 'edge-writer', log })
  const { header, shard, position } = store.get(zone)!
  const { state } = header
  const target = { ...header, state: { ...state, version: state.version + by } }
  const nothing = { removed: new Uint8Array(0), added: new Uint8Array(0) }
  await store.apply({ zone, shard, position, header: target, base: state, delta: nothing })
  await store.close()
}

async function addressOf(edge: string): Promise<string | undefined> {
  const { answers } = await system.dig(edge, `www.${zone}`)
  return answers.map((rr) => formatRR(rr).split(/\s/)[4])[0]
}

test('a poisoned edge is late with its reason, serves what it has, and is taken back by an order', async () => {
  system = await startSystem({ edges: ['edge-1', 'edge-2'] })
  assert.ok(parseName(zone))
  await publishZone(system, zone, zoneFile)
  await system.stop('edge-1')
  await poison('edge-1', 1_000_000n)
  await system.start('edge-1')

  const changeId = await putRRset(system, zone, 'www', 'A', ['192.0.2.2'])
  const changes = system.client(ChangeService)
  let reason = ''
  for await (const { edges, done } of changes.watchChange({ changeId }, { timeoutMs: 60_000 })) {
    assert.equal(done, false, 'a poisoned edge answers no change')
    const late = edges.find(({ edgeId, late: isLate }) => edgeId === 'edge-1' && isLate)
    reason = late?.awaitedReason ?? reason
    if (/never committed/.test(reason)) break
  }
  assert.match(reason, /^it holds version 1000001, which was never committed: zonectl edge reset/)
  assert.deepEqual([await addressOf('edge-1'), await addressOf('edge-2')], ['192.0.2.1', '192.0.2.2'])

  const registry = system.client(EdgeRegistryService)
  const sound = registry.resetZone({ edgeId: 'edge-2', zone })
  await assert.rejects(sound, (error) => ConnectError.from(error).code === Code.FailedPrecondition)
  for (const unknown of [
    { edgeId: 'edge-9', zone },
    { edgeId: 'edge-1', zone: 'nowhere.example.' },
  ])
    await assert.rejects(registry.resetZone(unknown), (error) => ConnectError.from(error).code === Code.NotFound)
  const publisher = system.client(EdgeRegistryService, 'zone-api', system.tokens['publisher'])
  const denied = publisher.resetZone({ edgeId: 'edge-1', zone })
  await assert.rejects(denied, (error) => ConnectError.from(error).code === Code.PermissionDenied)

  const { had, has } = await registry.resetZone({ edgeId: 'edge-1', zone, reason: 'a publisher went mad' })
  assert.deepEqual([had?.version, has?.version], [1_000_001n, 2n])
  await answered(system, changeId)
  assert.equal(await addressOf('edge-1'), '192.0.2.2')

  const next = await putRRset(system, zone, 'www', 'A', ['192.0.2.3'])
  await answered(system, next)
  assert.equal(await addressOf('edge-1'), '192.0.2.3')
  await system.stop('edge-1', 'SIGKILL')
  await system.start('edge-1')
  await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.4']))
  assert.equal(await addressOf('edge-1'), '192.0.2.4')

  const { events } = await system.client(AuditService).listEvents({ method: 'ResetZone' })
  const [line] = events.flatMap(({ what }) => (what.case === 'edge' ? [what.value] : []))
  assert.deepEqual([line?.edgeId, line?.zone, line?.reason], ['edge-1', zone, 'a publisher went mad'])
  assert.match(`${line?.before} to ${line?.after}`, /^version 1000001 of generation \d+ to version 2 of generation \d+$/)
})

test('an edge that cannot be reached leaves an order undone; one that is forced fetches a sound zone anew', async () => {
  system = await startSystem()
  await publishZone(system, zone, zoneFile)
  const registry = system.client(EdgeRegistryService)
  const { had, has } = await registry.resetZone({ edgeId: 'edge-1', zone, force: true })
  assert.deepEqual([had?.version, has?.version], [1n, 1n])
  await system.stop('edge-1')
  await until('the edge is known to be away', async () => !(await registry.listEdges({})).edges[0]!.connected)
  await assert.rejects(registry.resetZone({ edgeId: 'edge-1', zone, force: true }), (error: ConnectError) => {
    assert.equal(error.code, Code.Unavailable)
    assert.match(
      error.rawMessage,
      /^edge edge-1 is connected to no publisher \(last heard 20\d\d-.*Z\); what it serves is unchanged$/,
    )
    return true
  })
})

test('a watch ends when the edge it waits for is retired, and an edge that is drained is waited for no more', async () => {
  system = await startSystem({ edges: ['edge-1', 'edge-2'] })
  await publishZone(system, zone, zoneFile)
  await system.stop('edge-2')
  const registry = system.client(EdgeRegistryService)
  const first = await putRRset(system, zone, 'www', 'A', ['192.0.2.2'])
  const watching = answered(system, first)
  await registry.setEdgeState({ edgeId: 'edge-2', state: 2, reason: 'moves' })
  const second = await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.3']))
  assert.equal(second.stage, ChangeStage.ANSWERED)
  const { change } = await system.client(ChangeService).getChange({ changeId: first })
  assert.deepEqual(change?.expectedEdges, ['edge-1', 'edge-2'])
  await registry.setEdgeState({ edgeId: 'edge-2', state: 3 })
  assert.deepEqual((await watching).change?.expectedEdges ?? ['edge-1'], ['edge-1'])

  await system.stop('zone-api')
  await system.start('zone-api')
  const { edges } = await system.client(EdgeRegistryService).listEdges({})
  assert.deepEqual(
    edges.map(({ edgeId, state }) => [edgeId, state]),
    [
      ['edge-1', 1],
      ['edge-2', 3],
    ],
  )
  await registry.setEdgeState({ edgeId: 'edge-2', state: 1 })
  await system.start('edge-2')
  await answered(system, await putRRset(system, zone, 'www', 'A', ['192.0.2.4']))
  assert.equal(await addressOf('edge-2'), '192.0.2.4')
  const { events } = await system.client(AuditService).listEvents({ method: 'SetEdgeState' })
  assert.deepEqual(
    events.flatMap(({ what }) => (what.case === 'edge' ? [`${what.value.before} to ${what.value.after}`] : [])),
    ['retired to expected', 'draining to retired', 'expected to draining'],
  )
})

/** The audit log tells of every change, and of every call that was denied. */
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt'
import { ConnectError } from '@connectrpc/connect'
import { createRpcClient, reasonsOf } from '@zonecast/rpc'
import { AuditService, type Event, EventKind } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const zones = server.client(ZoneService)
  for (const zone of ['one.example', 'two.example']) {
    await zones.createZone({ zone, nameServers: ['ns.example.net.'], reason: `makes ${zone}` })
  }
  for (let i = 1; i <= 300; i++) {
    const zone = i % 3 === 0 ? 'two.example' : 'one.example'
    const put = { name: `w${i}`, type: 'A', values: ['192.0.2.1'] }
    await server.client(RecordService).applyChanges({ zone, changes: [{ operation: { case: 'put', value: put } }] })
  }
  await zones.deleteZone({ zone: 'two.example' })
})
afterAll(() => server.close())

/** All events, page by page. */
async function events(request: Parameters<ReturnType<typeof audit>['listEvents']>[0]): Promise<Event[]> {
  const found: Event[] = []
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    const page = await audit().listEvents({ pageSize: 7, ...request, pageToken })
    found.push(...page.events)
    pageToken = page.nextPageToken
  }
  return found
}
const audit = () => server.client(AuditService)

const changesOf = (found: readonly Event[]) => found.flatMap(({ what }) => (what.case === 'change' ? [what.value] : []))

test('every change is there once, the newest first, with the zone before and after', async () => {
  const changes = changesOf(await events({ kind: EventKind.CHANGE }))
  assert.equal(changes.length, 303)
  assert.equal(new Set(changes.map(({ changeId }) => changeId)).size, 303)
  const [newest] = changes
  assert.deepEqual([newest!.zone, newest!.rrsBefore, newest!.rrsAfter, newest!.version], ['two.example.', 102n, 0n, 102n])
  const first = changes.at(-1)!
  assert.deepEqual([first.zone, first.rrsBefore, first.rrsAfter, first.reason], ['one.example.', 0n, 2n, 'makes one.example'])
})

test('filters hold together', async () => {
  const ofZone = changesOf(await events({ zone: 'TWO.example' }))
  assert.equal(ofZone.length, 102)
  assert.ok(ofZone.every(({ zone }) => zone === 'two.example.'))
  assert.equal((await events({ method: 'CreateZone', principal: 'admin' })).length, 2)
  assert.equal((await events({ principal: 'nobody' })).length, 0)
})

test('a span of time begins with its first moment and ends before its last', async () => {
  const all = await events({ kind: EventKind.CHANGE })
  const times = all.map(({ at }) => timestampMs(at!))
  const [since, until] = [times[200]!, times[100]!]
  for (const zone of ['', 'one.example']) {
    const found = await events({ zone, kind: EventKind.CHANGE, since: timestampFromMs(since), until: timestampFromMs(until) })
    const ofZone = all.filter(({ what }) => zone === '' || (what.case === 'change' && what.value.zone === 'one.example.'))
    const wanted = ofZone.filter(({ at }) => timestampMs(at!) >= since && timestampMs(at!) < until)
    assert.deepEqual(changesOf(found), changesOf(wanted))
  }
})

for (const { name, until } of [
  { name: 'ends before it begins', until: 1_000 },
  { name: 'ends as it begins', until: 2_000 },
])
  test(`a span of time that ${name} looked like one without events`, async () => {
    const asked = { since: timestampFromMs(2_000), until: timestampFromMs(until) }
    const error = await audit()
      .listEvents(asked)
      .then(() => undefined, ConnectError.from)
    assert.deepEqual(reasonsOf(error), ['TIME_SPAN_EMPTY'])
    assert.match(error!.rawMessage, /until \(1970-.*\) has to be later than since \(1970-01-01T00:00:02\.000Z\)/)
  })

test('what is denied is there, with who asked where that is known; a flood is counted', async () => {
  for (let i = 0; i < 50; i++) {
    await assert.rejects(createRpcClient(ZoneService, server.transport('zc_wrong')).listZones({}))
    await assert.rejects(server.client(ZoneService, 'edge').deleteZone({ zone: 'one.example' }))
  }
  const denials = (await events({ kind: EventKind.DENIAL })).map(({ principal, method, what }) => {
    assert.ok(what.case === 'denial')
    return {
      principal,
      method,
      reason: what.value.reason,
      fault: what.value.fault,
      permission: what.value.permission,
      count: what.value.count,
    }
  })
  const ofEdge = denials.filter(({ principal }) => principal === 'edge')
  const unknown = denials.filter(({ principal }) => principal === '')
  const total = (rows: typeof denials) => rows.reduce((sum, { count }) => sum + count, 0n)
  assert.deepEqual([total(ofEdge), total(unknown)], [50n, 50n])
  assert.ok(denials.length < 20, `${denials.length} lines`)
  const [{ count: _, ...edge }] = ofEdge as [(typeof denials)[0]]
  const needs = { reason: 'PERMISSION_MISSING', fault: '', permission: 'zone.delete' }
  assert.deepEqual(edge, { principal: 'edge', method: 'DeleteZone', ...needs })
  const { method, reason, fault } = unknown[0]!
  assert.deepEqual([method, reason, fault], ['ListZones', 'CREDENTIAL_INVALID', 'an unknown token'])
  assert.equal((await events({ principal: 'edge', method: 'DeleteZone' })).length, ofEdge.length)
})

test('a purge is a line of its own', async () => {
  await server.client(HistoryService).purgeHistory({ zone: 'one.example', reason: 'on request' })
  const [purge] = changesOf(await events({ method: 'PurgeHistory' }))
  assert.deepEqual([purge!.zone, purge!.reason, purge!.version], ['one.example.', 'on request', 0n])
  const lines = changesOf(await events({ zone: 'one.example' }))
  assert.deepEqual(
    lines.filter(({ reason }) => reason !== '').map(({ reason }) => reason),
    ['on request'],
  )
})

/** The publisher between a real zone API and edges with real stores. */
import { strict as assert } from 'node:assert'
import { Code, ConnectError } from '@connectrpc/connect'
import { ChangeStage } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import type { Metrics } from '@zonecast/runtime'
import { generateZoneText } from '@zonecast/testkit'
import { afterEach, beforeEach, test } from 'vitest'
import { TestSystem } from './test-system/system.ts'

const zone = 'example.'
let system: TestSystem

beforeEach(() => {
  system = new TestSystem()
})
afterEach(() => system.close())

async function withZone(records = 12) {
  const api = await system.zoneApi()
  const publisher = await system.publisher(api.url)
  await api.importText(zone, generateZoneText(zone, records))
  return { api, publisher }
}

/** A number out of the text that a monitor reads. */
async function valueOf({ text }: Metrics, name: string, label = ''): Promise<number | undefined> {
  const line = (await text()).split('\n').find((one) => one.startsWith(name) && one.includes(label))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

test('a change reaches an edge as a delta on what it has, and is watched until the edge answers it', async () => {
  const { api, publisher } = await withZone()
  const edge = await system.edge({ url: publisher.url })
  await edge.untilVersion(zone, 1n)
  const { changeId, version } = await api.setAddress(zone, 'www', '192.0.2.99')
  await edge.untilVersion(zone, version)
  const release = edge.releases.at(-1)!
  assert.equal(release.body.case, 'delta')
  assert.equal(release.base?.version, version - 1n)
  assert.deepEqual(release.changeIds, [changeId])
  assert.match(release.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.ok(release.committedAt)
  for await (const { done, edges } of api.changes.watchChange({ changeId })) {
    const of = edges.find(({ edgeId }) => edgeId === 'edge-1')
    if (of?.stage === ChangeStage.ANSWERED) break
    assert.equal(done, false)
  }
})

test('a zone that is deleted leaves a tombstone, and comes back in a higher generation', async () => {
  const { api, publisher } = await withZone()
  const edge = await system.edge({ url: publisher.url })
  const first = await edge.untilVersion(zone, 1n)
  await api.zones.deleteZone({ zone })
  await edge.until(() => edge.state(zone)?.deleted)
  assert.equal(edge.releases.at(-1)?.body.case, 'tombstone')
  await api.importText(zone, generateZoneText(zone, 20))
  const again = await edge.until(() => edge.state(zone)?.deleted === false && edge.state(zone))
  assert.ok(again.generation > first.generation)
  assert.ok(again.version > first.version)
})

test('an edge says who it is by its credential alone', async () => {
  const { publisher } = await withZone()
  for (const { edgeId, token, code } of [
    { edgeId: 'edge-2', token: 'zc_edge_1', code: Code.PermissionDenied },
    { edgeId: 'edge-1', token: 'zc_wrong', code: Code.Unauthenticated },
    { edgeId: 'edge-1', token: 'zc_admin', code: Code.PermissionDenied },
  ]) {
    const edge = await system.edge({ url: publisher.url, edgeId, token })
    const error = await edge.until(() => edge.ended)
    assert.equal(ConnectError.from(error).code, code, `${edgeId} with ${token}`)
  }
})

test('an edge is served the placements of its credential, however many it asks for', async () => {
  const api = await system.zoneApi()
  const publisher = await system.publisher(api.url)
  await api.zones.createZone({ zone: 'other.', nameServers: ['ns.example.'], settings: { placement: 'other' } })
  await api.zones.createZone({ zone: 'plain.', nameServers: ['ns.example.'] })
  const one = await system.edge({ url: publisher.url, hello: { placements: ['default', 'other'] } })
  const two = await system.edge({ url: publisher.url, edgeId: 'edge-2', token: 'zc_edge_2' })
  await two.untilVersion('other.', 1n)
  await two.untilVersion('plain.', 1n)
  await one.untilVersion('plain.', 1n)
  assert.equal(one.state('other.'), undefined)
  await assert.rejects(one.fetch({ zone: 'other.', shard: 0, position: 1n } as never), /does not carry/)
})

test('an edge goes on being watched when another stream with its credential came and went', async () => {
  const { api, publisher } = await withZone()
  const edge = await system.edge({ url: publisher.url })
  await edge.untilVersion(zone, 1n)
  const other = await system.edge({ url: publisher.url })
  await other.untilVersion(zone, 1n)
  await other.close()
  const { changeId, version } = await api.setAddress(zone, 'www', '192.0.2.98')
  await edge.untilVersion(zone, version)
  for await (const { edges } of api.changes.watchChange({ changeId })) {
    const of = edges.find(({ edgeId }) => edgeId === 'edge-1')
    if (of?.stage === ChangeStage.ANSWERED && !of.disconnected) break
  }
})

test('a hundred changes at once reach the edge in fewer releases, the last of them with the last version', async () => {
  const { api, publisher } = await withZone()
  const edge = await system.edge({ url: publisher.url })
  await edge.untilVersion(zone, 1n)
  const made = await Promise.all(Array.from({ length: 100 }, (_, i) => api.setAddress(zone, `h${i}`, `192.0.2.${i}`)))
  const last = made.reduce((highest, { version }) => (version > highest ? version : highest), 0n)
  const state = await edge.untilVersion(zone, last)
  const { zone: head } = await api.zones.getZone({ zone })
  assert.deepEqual(Buffer.from(state.digest), Buffer.from(head!.state!.digest))
})

test(
  'hundreds of new zones come without one call being cut: a server closes connections for that',
  { timeout: 120_000 },
  async () => {
    const { api, publisher } = await withZone()
    const edge = await system.edge({ url: publisher.url })
    const names = Array.from({ length: 300 }, (_, i) => `z${i}.example.`)
    await Promise.all(names.map((name) => api.zones.createZone({ zone: name, nameServers: ['ns.example.'] })))
    await edge.until(() => names.every((name) => edge.state(name)))
    const step = 'zonecast_step_seconds_count'
    assert.equal(
      await valueOf(publisher.metrics, step, 'step="coalesce"'),
      await valueOf(publisher.metrics, step, 'step="fetch"'),
    )
  },
)

test('a publisher that starts again with its store fetches nothing that it has', async () => {
  const { api, publisher } = await withZone(3_000)
  const edge = await system.edge({ url: publisher.url })
  await edge.untilVersion(zone, 1n)
  await publisher.close()
  const again = await system.publisher(api.url)
  const other = await system.edge({ url: again.url, edgeId: 'edge-2', token: 'zc_edge_2' })
  await other.untilVersion(zone, 1n)
  assert.equal((await valueOf(again.metrics, 'zonecast_step_seconds_count', 'step="fetch"')) ?? 0, 0)
})

test('while the zone API is away a publisher serves what it has, also to edges that come, and goes on when it is back', async () => {
  const { api, publisher } = await withZone(3_000)
  const edge = await system.edge({ url: publisher.url, folder: 'one' })
  await edge.untilVersion(zone, 1n)
  await edge.close()
  await api.stop('SIGKILL')
  const later = await system.edge({ url: publisher.url, folder: 'two' })
  await later.untilVersion(zone, 1n)
  const back = await system.zoneApi('zone-api', api.port)
  const { version } = await back.setAddress(zone, 'www', '192.0.2.7')
  await later.untilVersion(zone, version)
})

test('where the database was made anew, edges are told, and zones that it does not know are kept', async () => {
  const { api, publisher } = await withZone()
  const edge = await system.edge({ url: publisher.url })
  await edge.untilVersion(zone, 1n)
  await api.stop('SIGKILL')
  const other = await system.zoneApi('other-zone-api', api.port)
  await other.importText('second.', generateZoneText('second.', 12))
  await edge.untilVersion('second.', 1n)
  assert.ok(edge.seen.some(({ message }) => message.case === 'resume'))
  assert.equal(edge.state(zone)?.deleted, false)
  await system.logged('zones that no head names are kept')
  await publisher.close()
  const again = await system.publisher(other.url)
  const fresh = await system.edge({ url: again.url, edgeId: 'edge-2', token: 'zc_edge_2' })
  await fresh.untilVersion('second.', 1n)
  assert.equal(fresh.state(zone), undefined)
  assert.equal(await valueOf(again.metrics, 'zonecast_publisher_zones_orphaned'), 1)
})

test('a large zone is fetched in bounded messages, and a cut fetch goes on where it was', async () => {
  const { api, publisher } = await withZone(120_000)
  const edge = await system.edge({ url: publisher.url })
  edge.cutAfterRanges = 6
  const state = await edge.untilVersion(zone, 1n)
  assert.deepEqual(
    edge.fetches.map(({ resumed }) => resumed),
    [false, true],
  )
  assert.ok(edge.fetches.every(({ largestMessage }) => largestMessage <= 900 * 1024))
  const { zone: head } = await api.zones.getZone({ zone })
  assert.deepEqual(Buffer.from(state.digest), Buffer.from(head!.state!.digest))
})

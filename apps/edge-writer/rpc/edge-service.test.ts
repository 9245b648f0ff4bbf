/** EdgeService as its callers see it, and the metrics beside it. */
import { strict as assert } from 'node:assert'
import { afterEach, beforeEach, test } from 'vitest'
import { Code, ConnectError } from '@connectrpc/connect'
import { EdgeService, type ExportZoneResponse } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { decodeRR, formatRR } from '@zonecast/dns'
import { PortInUse } from '@zonecast/runtime'
import { unpackRRs } from '@zonecast/zone'
import { closeEdges, startEdge, type TestEdge } from '../test-edge.ts'
import { startPublisher, tokens, type TestPublisher } from '../test-publisher.ts'
import { TestZones } from '../test-zones.ts'

let publisher: TestPublisher
let edge: TestEdge
const zones = () => new TestZones()

beforeEach(async () => {
  const made = zones()
  publisher = await startPublisher({ logId: made.logId })
  await publisher.take(made.commit('example.', ['www A 192.0.2.1']), made.commit('gone.', []), made.remove('gone.'))
  edge = await startEdge([publisher.url])
  await publisher.hears('answered', ({ zone }) => zone === 'example.')
})

afterEach(async () => {
  await closeEdges()
  await publisher.close()
})

const codeOf = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return ConnectError.from(error).code
}

for (const { name, token, code } of [
  { name: 'without a credential', token: undefined, code: Code.Unauthenticated },
  { name: 'with an unknown credential', token: 'zc_nobody', code: Code.Unauthenticated },
  { name: "with an edge's credential", token: tokens.edge, code: Code.PermissionDenied },
])
  test(`${name} no method does anything`, async () => {
    const client = edge.client(EdgeService, token)
    const listing = async () => {
      for await (const _ of client.listZones({})) assert.fail('something was listed')
    }
    const exporting = async () => {
      for await (const _ of client.exportZone({ zone: 'example.' })) assert.fail('something was sent')
    }
    const calls = [client.getStatus({}), client.lookup({ name: 'www.example.' }), listing(), exporting()]
    assert.deepEqual(await Promise.all(calls.map(codeOf)), [code, code, code, code])
  })

test('status, zones and a lookup', async () => {
  const client = edge.client(EdgeService, tokens.administrator)
  const status = await client.getStatus({})
  assert.equal(status.edgeId, 'edge-1')
  assert.equal(status.zones, 1n)
  assert.equal(status.rrCount, 3n)
  assert.deepEqual(status.dnsAddresses, [`127.0.0.1:${edge.dns.port}`])
  assert.deepEqual(
    status.publishers.map(({ url, publisherId, connected }) => ({ url, publisherId, connected })),
    [{ url: publisher.url, publisherId: 'publisher-1', connected: true }],
  )
  assert.deepEqual([status.transferring, status.quarantined, status.orphans], [[], [], []])
  const listed = async (tombstones: boolean) => {
    const names: string[] = []
    for await (const message of client.listZones({ tombstones })) names.push(...message.zones.map(({ zone }) => zone))
    return names.toSorted()
  }
  assert.deepEqual(await listed(false), ['example.'])
  assert.deepEqual(await listed(true), ['example.', 'gone.'])
  const found = await client.lookup({ name: 'www.example' })
  assert.equal(found.rcode, 'NOERROR')
  assert.equal(found.zone, 'example.')
  assert.equal(found.state?.version, 1n)
  assert.match(found.answers[0] ?? '', /^www\.example\.\s+300\s+IN\s+A\s+192\.0\.2\.1$/)
  assert.equal((await client.lookup({ name: 'www.example.', type: 'TYPE99' })).rcode, 'NOERROR')
  assert.equal((await client.lookup({ name: 'elsewhere.' })).rcode, 'REFUSED')
  assert.equal(await codeOf(client.lookup({ name: 'a..b' })), Code.InvalidArgument)
  assert.equal(await codeOf(client.lookup({ name: 'www.example.', type: 'NONSENSE' })), Code.InvalidArgument)
})

test('a zone is sent as it is, and one that there is not is not found', async () => {
  const client = edge.client(EdgeService, tokens.administrator)
  const sent: ExportZoneResponse[] = []
  for await (const message of client.exportZone({ zone: 'example' })) sent.push(message)
  const { zone, edgeId, orphan } = sent[0]!.zone!
  assert.deepEqual([edgeId, zone?.zone, zone?.rrCount, zone?.state?.version, orphan], ['edge-1', 'example.', 3n, 1n, false])
  const rrs = sent.flatMap(({ data }) => unpackRRs(data)).map((stored) => formatRR(decodeRR(stored)))
  assert.deepEqual(
    rrs.map((line) => line.split(/\s+/).slice(0, 4).join(' ')),
    ['example. 300 IN SOA', 'example. 300 IN NS', 'www.example. 300 IN A'],
  )
  const drain = async (name: string) => {
    for await (const _ of client.exportZone({ zone: name }));
  }
  assert.equal(await codeOf(drain('gone.')), Code.NotFound)
  assert.equal(await codeOf(drain('a..b')), Code.InvalidArgument)
})

test('the edge is level once all shards were sent to their end, and knows orphans from then on', async () => {
  const client = edge.client(EdgeService, tokens.administrator)
  // Checkpoints follow what was offered; the answer of the edge to the last of them is the position of its shard.
  await publisher.hears('have', ({ entries }) => entries.some(({ zone }) => zone === 'gone.'))
  const moved = zones()
  publisher.moveLog(new Uint8Array(16).fill(9))
  await publisher.take(moved.commit('other.', ['www A 192.0.2.1']))
  await publisher.hears('answered', ({ zone }) => zone === 'other.')
  const status = await client.getStatus({})
  assert.equal(status.level, true)
  assert.deepEqual(status.orphans, ['example.'])
  for (const [zone, isOrphan] of [
    ['example.', true],
    ['other.', false],
  ] as const)
    for await (const message of client.exportZone({ zone })) if (message.zone) assert.equal(message.zone.orphan, isOrphan, zone)
})

test('metrics tell of steps, queries, zones and the state of the edge', async () => {
  await edge.ask('www.example.')
  await edge.ask('elsewhere.')
  const text = await (await fetch(`${edge.app.ready['url'] as string}/metrics`)).text()
  for (const line of [
    /zonecast_step_seconds_count\{[^}]*step="apply"\} [1-9]/,
    /zonecast_step_seconds_count\{[^}]*step="answer"\} [1-9]/,
    /zonecast_dns_queries_total\{rcode="NOERROR",transport="udp"[^}]*\} [1-9]/,
    /zonecast_dns_queries_total\{rcode="REFUSED",transport="udp"[^}]*\} [1-9]/,
    /zonecast_edge_zones_count\{[^}]*\} 1/,
    /zonecast_edge_level_state\{[^}]*\} 1/,
  ])
    assert.match(text, line)
})

test('a taken port of DNS or RPC is named, and nothing stays open', async () => {
  const { url, port } = edge.app.ready as { url: string; port: number }
  assert.equal(url, `http://127.0.0.1:${port}`)
  for (const taken of [{ port }, { dnsListen: [`127.0.0.1:${edge.dns.port}`] }]) {
    await assert.rejects(startEdge([publisher.url], undefined, {}, taken), (error: Error) => error instanceof PortInUse)
  }
})

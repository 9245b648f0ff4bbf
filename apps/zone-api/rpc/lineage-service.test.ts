/** Who shows that the database has gone back, who does not, and what is refused from then on. */
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { stateFromMessage, stateToMessage } from '@zonecast/contract'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { ChangeService, ReportProgressRequestSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ContentService, FetchRequestSchema } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import {
  AdoptLineageRequestSchema,
  LineageService,
  LineageState,
} from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { reasonsOf } from '@zonecast/rpc'
import type { Head } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { afterEach, beforeEach, test } from 'vitest'
import { startTestServer, type TestServer, type Who } from './test-server.ts'

const zone = 'example.com.'
let server: TestServer
let head: Head

beforeEach(async () => {
  server = await startTestServer()
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'] })
  head = (await server.api.database.headOf(zone))!
})
afterEach(() => server.close())

const stateNow = async () => (await server.client(LineageService).getLineage({})).state

async function list(after: bigint, who: Who, logId = server.api.database.logId): Promise<void> {
  for await (const { end } of server.client(ContentService, who).listHeads({ shard: head.shard, after, logId })) if (end) return
}

async function report(applied: bigint, logId = server.api.database.logId): Promise<void> {
  async function* messages() {
    const shards = [{ shard: head.shard, appliedPosition: applied, answeredPosition: applied }]
    const edges = [{ edgeId: 'edge1', connected: true, placements: ['default'], shards }]
    yield create(ReportProgressRequestSchema, { publisherId: 'p', logId, full: true, edges })
  }
  await server.client(ChangeService, 'publisher').reportProgress(messages())
}

async function fetch(version: bigint, more: Partial<Head['state']> = {}): Promise<void> {
  const state = { ...head.state, version, ...more }
  async function* wants() {
    yield create(FetchRequestSchema, { want: 1n, zone, have: stateToMessage(state) })
  }
  for await (const { want, head: found } of server.client(ContentService, 'publisher').fetch(wants())) {
    if (want === 1n) assert.ok(found === undefined || stateFromMessage(found.state!).version === head.state.version)
  }
}

async function watch(position: bigint): Promise<void> {
  const { logId } = server.api.database
  const positions = [{ shard: head.shard, position }]
  for await (const message of server.client(EventService, 'publisher').watch({ positions, logId })) if (message) return
}

const other = new Uint8Array(16).fill(9)

for (const { name, says } of [
  { name: 'a publisher that stands where the database does', says: () => list(head.position, 'publisher') },
  { name: 'a publisher with positions of another log', says: () => list(head.position + 5n, 'publisher', other) },
  { name: 'an administrator who asks for what comes after everything', says: () => list(head.position + 5n, 'admin') },
  { name: 'an edge that is level', says: () => report(head.position) },
  { name: 'an edge with positions of another log', says: () => report(head.position + 5n, other) },
  { name: 'a publisher that has the newest version', says: () => fetch(head.state.version) },
  {
    name: 'a publisher with a later version of an earlier generation',
    says: () => fetch(head.state.version + 5n, { generation: head.state.generation - 1n }),
  },
])
  test(`${name} shows nothing`, async () => {
    await says()
    assert.equal(await stateNow(), LineageState.SOUND)
    await server.client(ZoneService).createZone({ zone: 'other.example.', nameServers: ['ns.example.net.'] })
  })

for (const { name, says, detail } of [
  {
    name: 'a publisher that lists',
    says: () => list(head.position + 1n, 'publisher'),
    detail: /^the publisher publisher stands at/,
  },
  { name: 'a publisher that watches', says: () => watch(head.position + 1n), detail: /^the publisher publisher stands at/ },
  { name: 'an edge', says: () => report(head.position + 1n), detail: /^edge1 stands at/ },
  {
    name: 'a publisher with a later version',
    says: () => fetch(head.state.version + 1n),
    detail: /has example\.com\. at version 2/,
  },
  {
    name: 'a publisher with another content of the version',
    says: () => fetch(head.state.version, { digest: new Uint8Array(32) }),
    detail: /at version 1 with another content/,
  },
  {
    name: 'a publisher with a later generation',
    says: () => fetch(1n, { generation: head.state.generation + 1n }),
    detail: /has example\.com\. in generation \d+, and the database in \d+$/,
  },
])
  test(`${name} that is ahead shows that the database has gone back, and nothing is changed`, async () => {
    await says()
    const lineage = server.client(LineageService)
    for (let tries = 0; (await stateNow()) === LineageState.SOUND; tries++) assert.ok(tries < 1_000)
    assert.match((await lineage.getLineage({})).detail, detail)
    const wanted = { zone: 'other.example.', nameServers: ['ns.example.net.'] }
    await assert.rejects(server.client(ZoneService).createZone(wanted), isRefused(Code.FailedPrecondition))
    await assert.rejects(list(0n, 'publisher'), isRefused(Code.Unavailable))
    await server.client(ZoneService).listZones({})
  })

test('an adoption hears every edge that is expected, or is told to go on without it', async () => {
  const lineage = server.client(LineageService)
  async function* messages(without: readonly string[]) {
    yield create(AdoptLineageRequestSchema, { without: [...without], dryRun: true })
  }
  await assert.rejects(lineage.adoptLineage(messages([])), isRefused(Code.FailedPrecondition, 'edge1'))
  const { raised, orphans, before } = await lineage.adoptLineage(messages(['edge1']))
  assert.deepEqual([raised, orphans, before], [[], [], LineageState.SOUND])
})

function isRefused(code: Code, says = '') {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectError && error.code === code && error.message.includes(says), String(error))
    if (code === Code.FailedPrecondition) assert.deepEqual(reasonsOf(error), ['LINEAGE_REGRESSED'])
    return true
  }
}

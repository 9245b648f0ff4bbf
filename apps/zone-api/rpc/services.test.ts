/** Records, contents and events over real connections. */
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { headFromMessage, joinDeltaMessages, readWalk, stateFromMessage, stateToMessage } from '@zonecast/contract'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import {
  ContentService,
  type FetchRequest,
  FetchRequestSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { reasonsOf } from '@zonecast/rpc'
import { AsyncQueue } from '@zonecast/runtime'
import { equalStates, PageCache, type ResumeToken, unpackRRs, WalkState } from '@zonecast/zone'
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, test } from 'vitest'
import { sha256 } from '@zonecast/runtime/hashes'
import { startTestServer, type TestServer, tokenOf } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

let zones = 0
async function newZone(): Promise<string> {
  const zone = `zone${++zones}.example.`
  await server.client(ZoneService).createZone({ zone, nameServers: ['ns.example.net.'] })
  return zone
}

const putA = (name: string, ...values: string[]) => ({
  operation: { case: 'put' as const, value: { name, type: 'A', ttl: 60, values } },
})

test('a change is read back as it was written', async () => {
  const records = server.client(RecordService)
  const zone = await newZone()
  const changes = [
    putA('www', '192.0.2.2', '192.0.2.1'),
    { operation: { case: 'add' as const, value: { name: '@', type: 'MX', values: ['10 mail'] } } },
    { operation: { case: 'put' as const, value: { name: '*.deep.x', type: 'TXT', values: ['"a \\"b\\"" c'] } } },
    { operation: { case: 'put' as const, value: { name: 'odd', type: 'TYPE65280', values: ['\\# 2 0AFF'] } } },
  ]
  const { effects, changeId } = await records.applyChanges({ zone, changes, reason: 'because' })
  assert.match(changeId, /^chg_/)
  assert.equal(effects[0]!.added, 5n)
  const { rrset } = await records.getRRset({ zone, name: 'www', type: 'a' })
  assert.deepEqual([rrset!.name, rrset!.ttl, rrset!.values], [`www.${zone}`, 60, ['192.0.2.1', '192.0.2.2']])
  const { rrsets, nextPageToken } = await records.listRRsets({ zone, pageSize: 3 })
  const { rrsets: rest } = await records.listRRsets({ zone, pageToken: nextPageToken })
  assert.deepEqual(
    [...rrsets, ...rest].map(({ name, type, values }) => `${name} ${type} ${values.join(' | ')}`),
    [
      `${zone} SOA ns.example.net. hostmaster.${zone} 2 14400 3600 1209600 300`,
      `${zone} NS ns.example.net.`,
      `${zone} MX 10 mail.${zone}`,
      `odd.${zone} TYPE65280 \\# 2 0AFF`,
      `www.${zone} A 192.0.2.1 | 192.0.2.2`,
      `*.deep.x.${zone} TXT "a \\"b\\"" "c"`,
    ],
  )
})

for (const { name, request, code, reason } of [
  { name: 'an unknown zone', request: { zone: 'none.example.' }, code: Code.NotFound, reason: '' },
  { name: 'a broken zone name', request: { zone: 'a..b' }, code: Code.InvalidArgument, reason: 'NAME_INVALID' },
  { name: 'a bad address', request: { changes: [putA('www', '192.0.2')] }, code: Code.InvalidArgument, reason: 'RDATA_INVALID' },
  {
    name: 'a name that is too long',
    request: { changes: [putA('x'.repeat(64))] },
    code: Code.InvalidArgument,
    reason: 'NAME_INVALID',
  },
  {
    name: 'a name outside',
    request: { changes: [putA('www.other.', '192.0.2.1')] },
    code: Code.InvalidArgument,
    reason: 'OUT_OF_ZONE',
  },
  {
    name: 'an unknown type',
    request: { changes: [{ operation: { case: 'put' as const, value: { name: 'x', type: 'NOPE', values: ['1'] } } }] },
    code: Code.InvalidArgument,
    reason: 'TYPE_INVALID',
  },
  {
    name: 'a CNAME beside an A',
    request: {
      changes: [
        putA('x', '192.0.2.1'),
        { operation: { case: 'put' as const, value: { name: 'x', type: 'CNAME', values: ['y'] } } },
      ],
    },
    code: Code.FailedPrecondition,
    reason: 'CNAME_CONFLICT',
  },
  { name: 'a version that has moved', request: { precondition: { version: 9n } }, code: Code.Aborted, reason: 'VERSION_MOVED' },
  {
    name: 'a precondition that an RRset be absent that is there',
    request: { precondition: { rrsetsAbsent: [{ name: '@', type: 'NS' }] } },
    code: Code.FailedPrecondition,
    reason: 'RRSET_EXISTS',
  },
  {
    name: 'a precondition on an RRset that is not as it says',
    request: { precondition: { rrsetsEqual: [{ name: '@', type: 'NS', values: ['other.example.net.'] }] } },
    code: Code.FailedPrecondition,
    reason: 'RRSET_DIFFERS',
  },
  {
    name: 'a precondition on an RRset without values',
    request: { precondition: { rrsetsEqual: [{ name: '@', type: 'NS' }] } },
    code: Code.InvalidArgument,
    reason: 'RDATA_INVALID',
  },
  {
    name: 'a text beyond ASCII, which might be Latin-1 or UTF-8,',
    request: { changes: [{ operation: { case: 'put' as const, value: { name: 'x', type: 'TXT', values: ['"grüß"'] } } }] },
    code: Code.InvalidArgument,
    reason: 'RDATA_INVALID',
  },
  { name: 'no changes', request: { changes: [] }, code: Code.InvalidArgument, reason: '' },
]) {
  test(`${name} is refused, and nothing changes`, async () => {
    const zone = await newZone()
    const changes = [putA('www', '192.0.2.1')]
    const call = server.client(RecordService).applyChanges({ zone, changes, ...request })
    const error = ConnectError.from(
      await call.then(
        () => undefined,
        (failure: unknown) => failure,
      ),
    )
    assert.equal(error.code, code, String(error))
    if (reason) assert.ok(reasonsOf(error).includes(reason), reasonsOf(error).join())
    assert.equal((await server.api.database.headOf(zone))!.state.version, 1n)
  })
}

test('heads are listed with the end of the listing, from 0 for another log', async () => {
  const zone = await newZone()
  const { shard, position } = (await server.api.database.headOf(zone))!
  const content = server.client(ContentService, 'publisher')
  const list = async (after: bigint, logId?: Uint8Array) => {
    const heads = []
    for await (const message of content.listHeads({ shard, after, ...(logId && { logId }) })) {
      heads.push(...message.heads.map(headFromMessage))
      if (message.end) return { heads, end: message.end }
    }
    throw new Error('the listing has no end')
  }
  const all = await list(0n)
  assert.deepEqual([all.end.position, Buffer.from(all.end.logId)], [position, Buffer.from(server.api.database.logId)])
  assert.ok(all.heads.some((head) => head.zone === zone))
  assert.equal((await list(position)).heads.length, 0)
  assert.equal((await list(position, new Uint8Array(16))).heads.length, all.heads.length)
})

test('wants are answered on one stream: delta, whole zone, up to date, unknown', async () => {
  const zone = await newZone()
  const { state: base } = (await server.api.database.headOf(zone))!
  await server.client(RecordService).applyChanges({ zone, changes: [putA('www', '192.0.2.1')] })
  const { state: newest } = (await server.api.database.headOf(zone))!
  const wants = [
    { want: 1n, zone, have: stateToMessage(base) },
    { want: 2n, zone },
    { want: 3n, zone, have: stateToMessage(newest) },
    { want: 4n, zone: 'none.example.' },
  ]
  const requests = new AsyncQueue<FetchRequest>(8)
  const answers = server.client(ContentService, 'publisher').fetch(requests)[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await answers.next()
    assert.ok(!done)
    return value
  }
  assert.equal((await next()).want, 0n)
  for (const want of wants) void requests.push(create(FetchRequestSchema, want))
  const delta = await next()
  assert.ok(delta.answer.case === 'delta')
  const named = joinDeltaMessages([delta.answer.value])
  assert.ok(equalStates(named.base!, base) && equalStates(named.target.state, newest))
  assert.equal(unpackRRs(named.delta.added).length, 1)
  const whole = await next()
  assert.ok(whole.answer.case === 'delta' && whole.answer.value.base === undefined)
  assert.deepEqual([(await next()).answer.case, (await next()).answer.case], ['upToDate', 'unknownZone'])
  requests.end()
  assert.equal((await answers.next()).done, true)
})

test('a walk over a zone that moves on ends whole at a later version, and a cut one is resumed', async () => {
  const zone = await newZone()
  const records = server.client(RecordService)
  for (let i = 0; i < 4; i++) {
    const changes = Array.from({ length: 5000 }, (_, n) =>
      putA(`host-with-a-rather-long-name-${i}-${n}.sub`, `10.${i}.${n >> 8}.${n & 255}`),
    )
    await records.applyChanges({ zone, changes })
  }
  const content = server.client(ContentService, 'publisher')
  const stage = new PageCache([])
  let progress: ReturnType<WalkState['progress']> | undefined
  let ended = false
  let ranges = 0
  for (let attempt = 0; !ended; attempt++) {
    assert.ok(attempt < 10)
    const walk = new WalkState({ sha256, stage, progress })
    const resume: ResumeToken | undefined = progress?.token
    for await (const part of readWalk(content.streamZone({ zone, ...(resume && { resume }) }))) {
      if (part.kind === 'begin') assert.equal(walk.begin(part.header, part.resumed).clear, attempt === 0)
      if (part.kind === 'range') stage.apply(walk.range(part.range))
      if (part.kind === 'catch-up') stage.apply(walk.catchUp(part.catchUp))
      if (part.kind === 'end') {
        walk.end(part.header)
        assert.ok(part.header.state.version > 5n)
        ended = true
      }
      progress = walk.progress()
      if (part.kind !== 'range') continue
      ranges++
      // Something before and something after the walk's place changes; then the connection is cut.
      await records.applyChanges({
        zone,
        changes: [putA(`host-with-a-rather-long-name-0-${ranges}.sub`, '192.0.2.1'), putA('zz', `192.0.2.${ranges}`)],
      })
      if (attempt < 2) break
    }
  }
  assert.ok(ranges >= 3)
})

test('watchers see each commit, and one that comes late gets what it missed or is told of a gap', async () => {
  const zone = await newZone()
  const { shard, position } = (await server.api.database.headOf(zone))!
  const client = server.client(EventService, 'publisher')
  const { logId } = server.api.database
  const open = (from: bigint) => client.watch({ positions: [{ shard, position: from }], logId })[Symbol.asyncIterator]()
  const watcher = open(position)
  const first = await watcher.next()
  assert.deepEqual([Buffer.from(first.value!.logId), first.value!.events.length], [Buffer.from(logId), 0])
  const { changeId } = await server.client(RecordService).applyChanges({ zone, changes: [putA('www', '192.0.2.1')] })
  const { value } = await watcher.next()
  const [event] = value!.events
  assert.deepEqual([event!.head!.position, event!.changeIds, event!.head!.state!.version], [position + 1n, [changeId], 2n])
  assert.equal(unpackRRs(event!.delta!.added).length, 1)
  await watcher.return?.()
  const late = open(position)
  assert.equal((await late.next()).value!.events.length, 1)
  await late.return?.()
  await server.restart()
  const again = server.client(EventService, 'publisher')
  const after = again.watch({ positions: [{ shard, position }], logId })[Symbol.asyncIterator]()
  assert.equal((await after.next()).value!.gap, true)
  await after.return?.()
})

test('a caller learns who it is, and a publisher who its edges are', async () => {
  const { principal } = await server.client(AccessService).whoAmI({})
  assert.deepEqual([principal!.name, principal!.role], ['admin', 'administrator'])
  const access = server.client(AccessService, 'publisher')
  const credentialSha256 = new Uint8Array(createHash('sha256').update(tokenOf('edge')).digest())
  const found = await access.introspect({ credentialSha256 })
  assert.deepEqual([found.active, found.principal!.edgeId], [true, 'edge1'])
  assert.equal((await access.introspect({ credentialSha256: new Uint8Array(32) })).active, false)
})

test('states survive the way to a client', async () => {
  const zone = await newZone()
  const { state } = await server.client(RecordService).listRRsets({ zone })
  assert.ok(equalStates(stateFromMessage(state!), (await server.api.database.headOf(zone))!.state))
})

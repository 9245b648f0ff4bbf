/** What is withdrawn counts for nothing within 5 s, for streams that are open, too. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { Code, ConnectError } from '@connectrpc/connect'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient } from '@zonecast/rpc'
import { AsyncQueue } from '@zonecast/runtime'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

const write = { principal: 'test', requestId: '', bodyHash: new Uint8Array(), reason: '', traceparent: '' }
const role = { permissions: [], zones: '*', names: '*', types: [], apex: true }
/** 5 s, in which this process has its turn: where others want the machine, too, they take longer. */
const endsWithin = { turns: 50, ofMs: 100 }
let server: TestServer
let changeId: string
beforeAll(async () => {
  server = await startTestServer()
  const zones = server.client(ZoneService)
  ;({ changeId } = await zones.createZone({ zone: 'example.com', nameServers: ['ns.example.net.'] }))
})
afterAll(() => server.close())

/** A principal with a token, and the streams that a publisher and a person hold open. */
async function open(name: string, expiresAtMs = 0) {
  const { database } = server.api
  await database.createPrincipal({ ...write, name, kind: 'service', display: '', placements: [], grants: [] })
  const grant = await database.addGrant({ ...write, holder: name, grant: { ...role, role: 'publisher' } })
  const sha256 = new Uint8Array(createHash('sha256').update(`zc_${name}`).digest())
  const credential = await database.addCredential({ ...write, holder: name, kind: 'token', label: '', expiresAtMs, sha256 })
  const transport = server.transport(`zc_${name}`)
  const changes = createRpcClient(ChangeService, transport)
  const [reports, wants] = [new AsyncQueue<object>(1), new AsyncQueue<object>(1)]
  void reports.push({ publisherId: name, logId: database.logId, full: true })
  const [watching, event, fetching] = [
    changes.watchChange({ changeId }),
    createRpcClient(EventService, transport).watch({ positions: [{ shard: 0 }] }),
    createRpcClient(ContentService, transport).fetch(wants as never),
  ].map((stream) => stream[Symbol.asyncIterator]())
  // A watch says at once how far things are: it is open then.
  await Promise.all([watching!.next(), event!.next()])
  const ends = [...[watching!, event!, fetching!].map(endOf), codeOf(changes.reportProgress(reports as never))]
  return { grant, credential, ended: () => Promise.all(ends) }
}

async function endOf(stream: AsyncIterator<unknown>): Promise<string> {
  for (;;) {
    const outcome = await codeOf(stream.next())
    if (outcome !== 'more') return outcome
  }
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    (answer) => ((answer as IteratorResult<unknown>).done ? 'ended well' : 'more'),
    (error: unknown) => Code[ConnectError.from(error).code],
  )
}

const all = (code: string) => [code, code, code, code]

for (const { name, take, code } of [
  {
    name: 'revoked',
    take: ({ credential }: Awaited<ReturnType<typeof open>>) =>
      server.api.database.revokeCredential({ ...write, id: credential.id }),
    code: 'Unauthenticated',
  },
  {
    name: 'shrunk',
    take: ({ grant }: Awaited<ReturnType<typeof open>>) => server.api.database.removeGrant({ ...write, id: grant.id }),
    code: 'PermissionDenied',
  },
  {
    name: 'disabled',
    take: () => server.api.database.updatePrincipal({ ...write, name: 'disabled', disabled: true }),
    code: 'Unauthenticated',
  },
])
  // The database is written to as another zone API on it would.
  test(`${name}: open streams end with ${code}`, async () => {
    const opened = await open(name)
    let turns = 0
    const counting = setInterval(() => turns++, endsWithin.ofMs)
    await take(opened)
    assert.deepEqual(await opened.ended(), all(code))
    clearInterval(counting)
    assert.ok(turns < endsWithin.turns)
  })

test('expired: open streams end when the credential does', async () => {
  const opened = await open('expired', Date.now() + 3_000)
  assert.deepEqual(await opened.ended(), all('Unauthenticated'))
  assert.ok(Date.now() > opened.credential.expiresAtMs)
})

/** Grants as their holders meet them: names, types, the apex, lists, owners, nesting, and managing them. */
import type { DescService } from '@bufbuild/protobuf'
import { type Client, Code, ConnectError } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { PrincipalKind } from '@zonecast/contract/generated/zonecast/access/v1/principal_pb'
import { QuotaService } from '@zonecast/contract/generated/zonecast/access/v1/quota_service_pb'
import { AuditService, EventKind } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { HistoryService } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, errorReport, reasonsOf } from '@zonecast/rpc'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { startTestServer, type TestServer, tokenOf } from './test-server.ts'

const nameServers = ['ns.example.net.']
const zone = 'example.org.'
let server: TestServer
let access: Client<typeof AccessService>
beforeAll(async () => {
  server = await startTestServer()
  access = server.client(AccessService)
  for (const name of [zone, 'a.example.', 'team.example.', 'b.team.example.', 'c.team.example.', 'z.example.'])
    await server.client(ZoneService).createZone({ zone: name, nameServers })
})
afterAll(() => server.close())

type Spec = NonNullable<NonNullable<Parameters<typeof access.createPrincipal>[0]['grants']>[0]>

async function person(name: string, ...grants: Spec[]): Promise<string> {
  await access.createPrincipal({ name, kind: PrincipalKind.PERSON, grants })
  return (await access.createCredential({ principal: name, secret: { case: 'token', value: {} } })).token
}

function as<Service extends DescService>(token: string, service: Service): Client<Service> {
  return createRpcClient(service, server.transport(token))
}

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ConnectError, 'the call was not refused')
  return error
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  return reasonsOf(await refusal(call)).join()
}

const put = (name: string, type: string, ...values: string[]) =>
  ({ operation: { case: 'put', value: { name, type, ttl: 60, values } } }) as const
const remove = (name: string, type: string) => ({ operation: { case: 'delete', value: { name, type } } }) as const

test('a grant for names and types: those RRsets and no other, in any kind of change', async () => {
  const token = await person('acme', { role: 'editor', zones: zone, names: '_acme-challenge.*', types: ['TXT'] })
  const records = as(token, RecordService)
  const apply = (...changes: (ReturnType<typeof put> | ReturnType<typeof remove>)[]) => records.applyChanges({ zone, changes })
  await apply(put('_acme-challenge', 'TXT', 'a'), put('_ACME-challenge.www', 'TXT', 'b'))
  const note = { operation: { case: 'note', value: { name: 'www', type: 'A', comment: 'x' } } } as const
  for (const { name, call } of [
    { name: 'another name beside its own', call: () => apply(put('_acme-challenge', 'TXT', 'c'), put('www', 'TXT', 'x')) },
    { name: 'another type', call: () => apply(put('_acme-challenge', 'A', '192.0.2.1')) },
    { name: 'a deletion', call: () => apply(remove('www', 'TXT')) },
    { name: 'a name whose dot is escaped', call: () => apply(put('_acme-challenge\\.www', 'TXT', 'x')) },
    { name: 'a note', call: () => records.applyChanges({ zone, changes: [note] }) },
    { name: 'a dry run', call: () => records.applyChanges({ zone, changes: [put('www', 'A', '192.0.2.1')], dryRun: true }) },
    {
      name: 'another zone',
      call: () => records.applyChanges({ zone: 'a.example.', changes: [put('_acme-challenge', 'TXT', 'x')] }),
    },
    {
      name: 'one of several sets',
      call: () =>
        records.applyChangeSets({
          sets: [
            { zone, changes: [put('_acme-challenge', 'TXT', 'x')] },
            { zone: 'a.example.', changes: [put('_acme-challenge', 'TXT', 'x')] },
          ],
        }),
    },
    { name: 'an import', call: () => as(token, ZoneService).importZone(header(zone)) },
    { name: 'force', call: () => records.applyChanges({ zone, changes: [put('_acme-challenge', 'TXT', 'c')], force: true }) },
  ])
    assert.equal(await reasonOf(call()), 'PERMISSION_MISSING', name)
  const { rrsets } = await records.listRRsets({ zone, type: 'TXT' })
  assert.deepEqual(
    rrsets.map(({ values }) => values.join()),
    ['"a"', '"b"'],
  )
  const { rrset } = (await server.client(AuditService).listEvents({ zone, kind: EventKind.DENIAL })).events
    .map(({ what }) => what.value as { rrset: string })
    .at(-1)!
  assert.equal(rrset, `www.${zone} TXT`)
})

async function* header(name: string) {
  yield { part: { case: 'header' as const, value: { zone: name } } }
}

test('the SOA and the NS of the apex are apart', async () => {
  const token = await person('editor', { role: 'editor', zones: zone })
  const records = as(token, RecordService)
  await records.applyChanges({ zone, changes: [put('sub', 'NS', 'ns.example.net.'), put('@', 'MX', '10 mail')] })
  const apexNS = () => records.applyChanges({ zone, changes: [put('@', 'NS', 'ns2.example.net.')] })
  const error = await refusal(apexNS())
  assert.equal(error.code, Code.PermissionDenied)
  assert.match(error.message, /record\.write for example\.org\. NS/)
  await access.addGrant({ principal: 'editor', grant: { role: 'editor', zones: zone, names: '@', types: ['NS'], apex: true } })
  await apexNS()
})

test('lists, searches, heads and events hold what the caller may read, page by page', async () => {
  const token = await person('team', { role: 'viewer', zones: '*.team.example.' }, { role: 'viewer', zones: 'a.example.' })
  const zones = as(token, ZoneService)
  const wanted = ['a.example.', 'b.team.example.', 'c.team.example.']
  for (const pageSize of [1, 2, 3, 50])
    for (const filter of [undefined, { name: { match: { case: 'contains' as const, value: 'e' } } }]) {
      const names: string[] = []
      for (let pageToken = '', more = true; more;) {
        const page = await zones.listZones({ pageSize, pageToken, ...(filter && { filter }) })
        names.push(...page.zones.map(({ name }) => name))
        pageToken = page.nextPageToken
        more = pageToken !== ''
      }
      assert.deepEqual(names, wanted, `pages of ${pageSize}`)
    }
  const found: string[] = []
  for await (const part of as(token, SearchService).findRRsets({ type: 'NS' })) found.push(...part.found.map((one) => one.zone))
  assert.deepEqual(found, wanted)
  const heads: string[] = []
  for (let shard = 0; shard < 64; shard++)
    for await (const part of as(token, ContentService).listHeads({ shard })) heads.push(...part.heads.map((head) => head.zone))
  assert.deepEqual(heads.toSorted(), wanted)
  const positions = Array.from({ length: 64 }, (_, shard) => ({ shard, position: 0n }))
  for await (const { events } of as(token, EventService).watch({ positions, logId: server.api.database.logId })) {
    assert.deepEqual([...new Set(events.map(({ head }) => head?.zone))].toSorted(), wanted)
    break
  }
  assert.equal(await reasonOf(zones.getZone({ zone: 'team.example.' })), 'PERMISSION_MISSING')
  assert.equal(await reasonOf(zones.getZone({ zone: 'absent.example.' })), 'PERMISSION_MISSING')
})

test('of a change the zones that the caller may read are told, and one of others alone is not there', async () => {
  const token = await person('watcher', { role: 'viewer', zones: 'a.example.' })
  const records = server.client(RecordService)
  const both = await records.applyChangeSets({
    sets: ['a.example.', 'z.example.'].map((name) => ({ zone: name, changes: [put('w', 'A', '192.0.2.9')] })),
  })
  const { changeId } = await records.applyChanges({ zone: 'z.example.', changes: [put('x', 'A', '192.0.2.9')] })
  const changes = as(token, ChangeService)
  const { change } = await changes.getChange({ changeId: both.changeId })
  assert.deepEqual(
    change?.effects.map((effect) => effect.zone),
    ['a.example.'],
  )
  const watch = async () => {
    for await (const _ of changes.watchChange({ changeId })) break
  }
  for (const call of [() => changes.getChange({ changeId }), () => changes.getTrace({ changeId }), watch])
    assert.equal((await refusal(call())).code, Code.NotFound)
  const { events } = await as(await person('auditor', { role: 'zone-owner', zones: 'a.example.' }), AuditService).listEvents({})
  assert.ok(events.length > 0)
  assert.ok(events.every(({ what }) => (what.value as { zone: string }).zone === 'a.example.'))
})

test('a zone that was deleted does not come back inside or around those that others have made meanwhile', async () => {
  const cleo = await person('cleo', { role: 'zone-owner', zones: 'cleo.example.' })
  const dan = await person('dan', { role: 'zone-owner', zones: 'dan.cleo.example.' })
  const undelete = (token: string, gone: string) => as(token, HistoryService).undeleteZone({ zone: gone })
  await as(cleo, ZoneService).createZone({ zone: 'cleo.example.', nameServers })
  await as(cleo, ZoneService).deleteZone({ zone: 'cleo.example.' })
  await as(dan, ZoneService).createZone({ zone: 'dan.cleo.example.', nameServers })
  assert.equal(await reasonOf(undelete(cleo, 'cleo.example.')), 'ZONE_OF_OTHERS')
  await as(dan, ZoneService).deleteZone({ zone: 'dan.cleo.example.' })
  await undelete(cleo, 'cleo.example.')
  assert.equal(await reasonOf(undelete(dan, 'dan.cleo.example.')), 'ZONE_OF_OTHERS')
})

test('an import that was let in does not end inside a zone that somebody else has made meanwhile', async () => {
  const finn = as(await person('finn', { role: 'zone-owner', zones: 'x.finn.example.' }), ZoneService)
  async function* data() {
    yield { part: { case: 'header' as const, value: { zone: 'x.finn.example.' } } }
    const text = '@ 60 SOA ns.example.net. h. 1 3600 600 86400 300\n@ 60 NS ns.example.net.\n'
    yield { part: { case: 'data' as const, value: new TextEncoder().encode(text) } }
    await server.client(ZoneService).createZone({ zone: 'finn.example.', nameServers })
  }
  assert.equal(await reasonOf(finn.importZone(data())), 'ZONE_OF_OTHERS')
  assert.equal((await refusal(finn.getZone({ zone: 'x.finn.example.' }))).code, Code.NotFound)
})

test('who may not make a zone is not told of the one that would enclose it', async () => {
  const ella = as(await person('ella', { role: 'zone-owner', zones: 'ella.example.' }), ZoneService)
  await server.client(ZoneService).createZone({ zone: 'hidden.example.', nameServers })
  const [there, absent] = await Promise.all(
    ['x.hidden.example.', 'x.absent.example.'].map((wanted) => refusal(ella.createZone({ zone: wanted, nameServers }))),
  )
  assert.equal(there!.message.replace('hidden', 'absent'), absent!.message)
})

test('who makes a zone owns it; making one inside or around those of others takes a grant there', async () => {
  const token = await person('anna', { role: 'zone-owner', zones: '*.anna.example.' })
  const zones = as(token, ZoneService)
  const made = await zones.createZone({ zone: 'x.anna.example.', nameServers })
  assert.deepEqual(made.zone?.owners, ['anna'])
  await zones.createZone({ zone: 'sub.x.anna.example.', nameServers })
  await as(token, RecordService).applyChanges({ zone: 'x.anna.example.', changes: [put('@', 'NS', 'ns2.example.net.')] })
  assert.equal(await reasonOf(zones.createZone({ zone: 'free.example.', nameServers })), 'PERMISSION_MISSING')

  const bea = as(await person('bea', { role: 'zone-owner', zones: '*.example.' }), ZoneService)
  await access.removeGrant({ id: (await access.getPrincipal({ name: 'bea' })).account!.grants[0]!.id })
  await access.addGrant({ principal: 'bea', grant: { role: 'zone-owner', zones: '*.sub.x.anna.example.' } })
  const inside = bea.createZone({ zone: 'b.sub.x.anna.example.', nameServers })
  assert.equal(await reasonOf(inside), 'ZONE_OF_OTHERS')
  await access.addGrant({ principal: 'bea', grant: { role: 'zone-owner', zones: 'anna.example.' } })
  const around = await refusal(bea.createZone({ zone: 'anna.example.', nameServers }))
  assert.match(around.message, /around (sub\.)?x\.anna\.example\./)
  await server.client(ZoneService).createZone({ zone: 'anna.example.', nameServers })

  async function* data() {
    yield { part: { case: 'header' as const, value: { zone: 'new.anna.example.' } } }
    const text = '@ 60 SOA ns.example.net. h. 1 3600 600 86400 300\n@ 60 NS ns.example.net.\n'
    yield { part: { case: 'data' as const, value: new TextEncoder().encode(text) } }
  }
  assert.equal(await reasonOf(zones.importZone(data())), 'ZONE_OF_OTHERS')
  await access.addGrant({ principal: 'bea', grant: { role: 'zone-owner', zones: 'new.anna.example.' } })
  const { outcomes } = await bea.importZone(data())
  assert.equal(outcomes[0]?.code, 0)
  assert.deepEqual((await bea.getZone({ zone: 'new.anna.example.' })).zone?.owners, ['bea'])

  await zones.setZoneOwners({ zone: 'x.anna.example.', owners: ['bea'] })
  await bea.deleteZone({ zone: 'x.anna.example.' })
})

test('what is asked about is explained, and who can do something is listed', async () => {
  const token = await person('carl', { role: 'viewer', zones: zone }, { role: 'editor', zones: 'a.example.', names: 'www' })
  const own = as(token, AccessService)
  const no = await own.explainAccess({ permission: 'record.write', zone: 'a.example.', name: 'mail', type: 'A' })
  assert.deepEqual([no.allowed, no.nearMisses[0]?.lacks], [false, ['name']])
  const yes = await own.explainAccess({ permission: 'record.write', zone: 'a.example.', name: 'www', type: 'A' })
  assert.deepEqual([yes.allowed, yes.grant?.spec?.names], [true, 'www'])
  assert.equal(await reasonOf(own.explainAccess({ principal: 'admin', permission: 'zone.read' })), 'PERMISSION_MISSING')
  assert.ok((await access.explainAccess({ principal: 'carl', permission: 'zone.read', zone })).allowed)
  assert.equal(await reasonOf(access.explainAccess({ permission: 'zone.reed' })), 'GRANT_INVALID')
  const who: string[] = []
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const asked = { permission: 'record.write', zone: 'a.example.', name: 'www', type: 'A' }
    const page = await access.listWhoCan({ ...asked, pageSize: 2, pageToken })
    who.push(...page.grants.map(({ principal }) => principal))
    pageToken = page.nextPageToken
  }
  assert.ok(who.includes('carl') && who.includes('admin') && !who.includes('watcher'))
  const { principal } = await own.whoAmI({})
  assert.deepEqual(principal?.grants.map(({ spec }) => [spec?.role, spec?.zones, spec?.names].join(' ')).toSorted(), [
    'editor a.example. www',
    `viewer ${zone} *`,
  ])
})

test('what is asked about a zone that is to be made takes those around it into account', async () => {
  const token = await person(
    'nora',
    { role: 'zone-owner', zones: 'b.team.example' },
    { role: 'zone-owner', zones: 'x.team.example' },
  )
  const ask = async (name: string) => {
    const { allowed, detail } = await as(token, AccessService).explainAccess({ permission: 'zone.create', zone: name })
    return `${allowed ? 'yes' : 'no'} ${detail}`.trim()
  }
  assert.equal(await ask('new.b.team.example.'), 'yes')
  assert.equal(await ask('x.team.example.'), 'no x.team.example. would lie inside team.example., where nora has no zone.create')
  // Who may make neither is not told that there is one.
  assert.equal(await ask('y.team.example.'), 'no')
  const { allowed } = await access.explainAccess({ permission: 'zone.create', zone: 'x.team.example.' })
  assert.ok(allowed)
})

for (const { name, grant, says } of [
  {
    name: 'a permission of no zone for some',
    grant: { permissions: ['record.read', 'access.write'], zones: zone },
    says: /grant\.permissions.*access\.write concerns no zone.*not example\.org\./s,
  },
  {
    name: 'a permission for whole zones without the apex',
    grant: { permissions: ['zone.delete'], zones: zone },
    says: /zone\.delete is about zones as wholes.*include the apex/,
  },
  {
    name: 'the SOA of the apex without it',
    grant: { role: 'editor', zones: zone, names: '@', types: ['SOA'] },
    says: undefined,
  },
  {
    name: 'the NS of the apex without it, by a permission',
    grant: { permissions: ['record.write'], zones: zone, names: '@', types: ['NS', 'SOA'] },
    says: /SOA and NS of the apex alone/,
  },
  {
    name: 'the SOA of every name without the apex',
    grant: { permissions: ['record.write'], zones: zone, types: ['SOA'] },
    says: /SOA and NS of the apex alone/,
  },
  {
    name: 'the SOA below the apex',
    grant: { permissions: ['record.write'], zones: zone, names: 'www', types: ['SOA'] },
    says: /record\.write would be for the SOA alone, which stands at the apex/,
  },
  {
    name: 'the SOA below the apex, with the apex',
    grant: { permissions: ['record.write'], zones: zone, names: '*.www', types: ['SOA'], apex: true },
    says: /record\.write would be for the SOA alone/,
  },
  {
    name: 'SOA and NS below the apex, of which NS is something',
    grant: { permissions: ['record.write'], zones: zone, names: '*.dev', types: ['SOA', 'NS'] },
    says: undefined,
  },
  {
    name: 'a permission of no zone for some names',
    grant: { permissions: ['tsig.reveal'], zones: '*', names: 'www' },
    says: /tsig\.reveal concerns no zone, and is given by a grant over all names/,
  },
  { name: 'a role of which nothing is given', grant: { role: 'edge', zones: zone }, says: /nothing of the role edge/ },
])
  test(`a grant that can give nothing: ${name}`, async () => {
    const call = access.addGrant({ principal: 'acme', grant })
    // Editors read, too, and delegations have NS.
    if (!says) return void (await call)
    const refused = await refusal(call)
    assert.deepEqual([refused.code, reasonsOf(refused)], [Code.InvalidArgument, ['GRANT_INVALID']])
    assert.match(JSON.stringify(errorReport(refused).violations), says)
  })

test('quotas are set for principals that there are, and go with them', async () => {
  const quotas = server.client(QuotaService)
  const refusedFor = async (principal: string) => {
    const calls = [quotas.getQuotas({ principal }), quotas.setQuotas({ principal }), quotas.setQuotas({ principal, quotas: {} })]
    return Promise.all(calls.map(async (call) => (await refusal(call)).message))
  }
  const unknown = (principal: string) => Array.from({ length: 3 }, () => `[not_found] there is no principal ${principal}`)
  assert.deepEqual(await refusedFor('nobody'), unknown('nobody'))
  await access.createPrincipal({ name: 'quentin', kind: PrincipalKind.PERSON })
  await quotas.setQuotas({ principal: 'quentin', quotas: { zones: 1 } })
  await access.deletePrincipal({ name: 'quentin' })
  assert.deepEqual(await refusedFor('quentin'), unknown('quentin'))
})

test('quotas of a principal that the bootstrap file has no more are seen and cleared', async () => {
  const quotas = server.client(QuotaService)
  const write = { principal: 'admin', requestId: '', reason: '', traceparent: '', bodyHash: new Uint8Array() }
  await server.api.database.setQuotas({ ...write, of: 'gone', limits: { zones: 3 } })
  assert.equal((await quotas.getQuotas({ principal: 'gone' })).own?.zones, 3)
  await quotas.setQuotas({ principal: 'gone' })
  assert.equal((await refusal(quotas.getQuotas({ principal: 'gone' }))).code, Code.NotFound)
})

for (const { name, grant } of [
  { name: 'a pattern that is none', grant: { role: 'editor', zones: '*', names: 'w*' } },
  { name: 'a zone pattern that is none', grant: { role: 'editor', zones: 'a.*' } },
  { name: 'a role that is none', grant: { role: 'boss', zones: '*' } },
  { name: 'a permission that is none', grant: { permissions: ['zone.reed'], zones: '*' } },
  { name: 'neither a role nor permissions', grant: { zones: '*' } },
  { name: 'both', grant: { role: 'viewer', permissions: ['zone.read'], zones: '*' } },
  { name: 'a type that is none', grant: { role: 'editor', zones: '*', types: ['NOPE'] } },
])
  test(`a grant is refused: ${name}`, async () => {
    assert.equal(await reasonOf(access.addGrant({ principal: 'acme', grant })), 'GRANT_INVALID')
  })

test('a credential is in force at once, and out of force at once', async () => {
  const token = await person('dora', { role: 'viewer', zones: '*' })
  const own = as(token, AccessService)
  await own.whoAmI({})
  await access.updatePrincipal({ name: 'dora', disabled: true })
  assert.equal(await reasonOf(own.whoAmI({})), 'CREDENTIAL_INVALID')
  await access.updatePrincipal({ name: 'dora', disabled: false })
  const { credentials } = await access.listCredentials({ principal: 'dora' })
  const { id } = credentials[0]!
  const rotated = await access.rotateCredential({ id, overlapSeconds: 3600, requestId: 'turn' })
  assert.match(rotated.token, /^zc_[\w-]{43}$/)
  await own.whoAmI({})
  await as(rotated.token, AccessService).whoAmI({})
  const again = await access.rotateCredential({ id, overlapSeconds: 3600, requestId: 'turn' })
  assert.deepEqual([again.credential?.id, again.token], [rotated.credential?.id, ''])
  await access.revokeCredential({ id })
  assert.equal(await reasonOf(own.whoAmI({})), 'CREDENTIAL_INVALID')
  await access.deletePrincipal({ name: 'dora' })
  assert.equal(await reasonOf(as(rotated.token, AccessService).whoAmI({})), 'CREDENTIAL_INVALID')
})

test('no secret is in the log, the audit log or the lists', async () => {
  const password = 'correct horse battery'
  const { token } = await access.createCredential({ principal: 'carl', secret: { case: 'token', value: {} }, label: 'ci' })
  await access.createCredential({ principal: 'carl', secret: { case: 'password', value: password }, requestId: 'pw' })
  const { events } = await server.client(AuditService).listEvents({ method: 'CreateCredential' })
  const { credentials } = await access.listCredentials({ principal: 'carl' })
  const told = JSON.stringify([events, credentials, server.lines], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  for (const secret of [token, password, '$argon2', tokenOf('admin')]) assert.ok(!told.includes(secret), secret)
  assert.ok(told.includes('ci'))
})

/** Grants as their holders meet them: names, types, the apex, lists, what is explained, and credentials. */
import { Code } from '@connectrpc/connect'
import { AccessService } from '@zonecast/contract/generated/zonecast/access/v1/access_service_pb'
import { AuditService, EventKind } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { EventService } from '@zonecast/contract/generated/zonecast/event/v1/event_service_pb'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { SearchService } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { openTestAccess, put, reasonOf, refusal, zone, type TestAccess } from './test-access.ts'
import { tokenOf } from './test-server.ts'

let on: TestAccess
beforeAll(async () => {
  on = await openTestAccess()
})
afterAll(() => on.server.close())

const remove = (name: string, type: string) => ({ operation: { case: 'delete', value: { name, type } } }) as const

test('a grant for names and types: those RRsets and no other, in any kind of change', async () => {
  const token = await on.person('acme', { role: 'editor', zones: zone, names: '_acme-challenge.*', types: ['TXT'] })
  const records = on.as(token, RecordService)
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
    { name: 'an import', call: () => on.as(token, ZoneService).importZone(header(zone)) },
    { name: 'force', call: () => records.applyChanges({ zone, changes: [put('_acme-challenge', 'TXT', 'c')], force: true }) },
  ])
    assert.equal(await reasonOf(call()), 'PERMISSION_MISSING', name)
  const { rrsets } = await records.listRRsets({ zone, type: 'TXT' })
  assert.deepEqual(
    rrsets.map(({ values }) => values.join()),
    ['"a"', '"b"'],
  )
  const { rrset } = (await on.server.client(AuditService).listEvents({ zone, kind: EventKind.DENIAL })).events
    .map(({ what }) => what.value as { rrset: string })
    .at(-1)!
  assert.equal(rrset, `www.${zone} TXT`)
})

async function* header(name: string) {
  yield { part: { case: 'header' as const, value: { zone: name } } }
}

test('the SOA and the NS of the apex are apart', async () => {
  const token = await on.person('editor', { role: 'editor', zones: zone })
  const records = on.as(token, RecordService)
  await records.applyChanges({ zone, changes: [put('sub', 'NS', 'ns.example.net.'), put('@', 'MX', '10 mail')] })
  const apexNS = () => records.applyChanges({ zone, changes: [put('@', 'NS', 'ns2.example.net.')] })
  const error = await refusal(apexNS())
  assert.equal(error.code, Code.PermissionDenied)
  assert.match(error.message, /record\.write for example\.org\. NS/)
  await on.access.addGrant({ principal: 'editor', grant: { role: 'editor', zones: zone, names: '@', types: ['NS'], apex: true } })
  await apexNS()
})

test('lists, searches, heads and events hold what the caller may read, page by page', async () => {
  const token = await on.person('team', { role: 'viewer', zones: '*.team.example.' }, { role: 'viewer', zones: 'a.example.' })
  const zones = on.as(token, ZoneService)
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
  for await (const part of on.as(token, SearchService).findRRsets({ type: 'NS' }))
    found.push(...part.found.map((one) => one.zone))
  assert.deepEqual(found, wanted)
  const heads: string[] = []
  for (let shard = 0; shard < 64; shard++)
    for await (const part of on.as(token, ContentService).listHeads({ shard })) heads.push(...part.heads.map((head) => head.zone))
  assert.deepEqual(heads.toSorted(), wanted)
  const positions = Array.from({ length: 64 }, (_, shard) => ({ shard, position: 0n }))
  for await (const { events } of on.as(token, EventService).watch({ positions, logId: on.server.api.database.logId })) {
    assert.deepEqual([...new Set(events.map(({ head }) => head?.zone))].toSorted(), wanted)
    break
  }
  assert.equal(await reasonOf(zones.getZone({ zone: 'team.example.' })), 'PERMISSION_MISSING')
  assert.equal(await reasonOf(zones.getZone({ zone: 'absent.example.' })), 'PERMISSION_MISSING')
})

test('of a change the zones that the caller may read are told, and one of others alone is not there', async () => {
  const token = await on.person('watcher', { role: 'viewer', zones: 'a.example.' })
  const records = on.server.client(RecordService)
  const both = await records.applyChangeSets({
    sets: ['a.example.', 'z.example.'].map((name) => ({ zone: name, changes: [put('w', 'A', '192.0.2.9')] })),
  })
  const { changeId } = await records.applyChanges({ zone: 'z.example.', changes: [put('x', 'A', '192.0.2.9')] })
  const changes = on.as(token, ChangeService)
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
  const { events } = await on
    .as(await on.person('auditor', { role: 'zone-owner', zones: 'a.example.' }), AuditService)
    .listEvents({})
  assert.ok(events.length > 0)
  assert.ok(events.every(({ what }) => (what.value as { zone: string }).zone === 'a.example.'))
})

test('what is asked about is explained, and who can do something is listed', async () => {
  const token = await on.person('carl', { role: 'viewer', zones: zone }, { role: 'editor', zones: 'a.example.', names: 'www' })
  const own = on.as(token, AccessService)
  const no = await own.explainAccess({ permission: 'record.write', zone: 'a.example.', name: 'mail', type: 'A' })
  assert.deepEqual([no.allowed, no.nearMisses[0]?.lacks], [false, ['name']])
  const yes = await own.explainAccess({ permission: 'record.write', zone: 'a.example.', name: 'www', type: 'A' })
  assert.deepEqual([yes.allowed, yes.grant?.spec?.names], [true, 'www'])
  assert.equal(await reasonOf(own.explainAccess({ principal: 'admin', permission: 'zone.read' })), 'PERMISSION_MISSING')
  assert.ok((await on.access.explainAccess({ principal: 'carl', permission: 'zone.read', zone })).allowed)
  assert.equal(await reasonOf(on.access.explainAccess({ permission: 'zone.reed' })), 'GRANT_INVALID')
  const who: string[] = []
  for (let pageToken = '', more = true; more; more = pageToken !== '') {
    const asked = { permission: 'record.write', zone: 'a.example.', name: 'www', type: 'A' }
    const page = await on.access.listWhoCan({ ...asked, pageSize: 2, pageToken })
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

test('a credential is in force at once, and out of force at once', async () => {
  const token = await on.person('dora', { role: 'viewer', zones: '*' })
  const own = on.as(token, AccessService)
  await own.whoAmI({})
  await on.access.updatePrincipal({ name: 'dora', disabled: true })
  assert.equal(await reasonOf(own.whoAmI({})), 'CREDENTIAL_INVALID')
  await on.access.updatePrincipal({ name: 'dora', disabled: false })
  const { credentials } = await on.access.listCredentials({ principal: 'dora' })
  const { id } = credentials[0]!
  const rotated = await on.access.rotateCredential({ id, overlapSeconds: 3600, requestId: 'turn' })
  assert.match(rotated.token, /^zc_[\w-]{43}$/)
  await own.whoAmI({})
  await on.as(rotated.token, AccessService).whoAmI({})
  const again = await on.access.rotateCredential({ id, overlapSeconds: 3600, requestId: 'turn' })
  assert.deepEqual([again.credential?.id, again.token], [rotated.credential?.id, ''])
  await on.access.revokeCredential({ id })
  assert.equal(await reasonOf(own.whoAmI({})), 'CREDENTIAL_INVALID')
  await on.access.deletePrincipal({ name: 'dora' })
  assert.equal(await reasonOf(on.as(rotated.token, AccessService).whoAmI({})), 'CREDENTIAL_INVALID')
})

test('no secret is in the log, the audit log or the lists', async () => {
  const password = 'correct horse battery'
  const { token } = await on.access.createCredential({ principal: 'carl', secret: { case: 'token', value: {} }, label: 'ci' })
  await on.access.createCredential({ principal: 'carl', secret: { case: 'password', value: password }, requestId: 'pw' })
  const { events } = await on.server.client(AuditService).listEvents({ method: 'CreateCredential' })
  const { credentials } = await on.access.listCredentials({ principal: 'carl' })
  const told = JSON.stringify([events, credentials, on.server.lines], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  for (const secret of [token, password, '$argon2', tokenOf('admin')]) assert.ok(!told.includes(secret), secret)
  assert.ok(told.includes('ci'))
})

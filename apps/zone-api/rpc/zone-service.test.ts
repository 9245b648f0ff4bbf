/** Zones are made, read, listed, changed and deleted. */
import assert from 'node:assert/strict'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { type CreateZoneRequestSchema, ImportMode, ZoneKind } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { BadRequestSchema, reasonsOf } from '@zonecast/rpc'
import { afterAll, beforeAll, test } from 'vitest'
import { refusal } from './test-access.ts'
import { apexLines, data, header, openTestZones, stream, type TestZones } from './test-zones.ts'

let on: TestZones
beforeAll(async () => {
  on = await openTestZones()
})
afterAll(() => on.close())

test('a zone is created with SOA and NS, read, listed, changed and deleted', async () => {
  const created = await on.zones.createZone({ zone: 'Created.Example', nameServers: ['ns1.example.net', 'ns.created.example.'] })
  assert.equal(created.zone?.name, 'created.example.')
  assert.deepEqual([created.zone.rrCount, created.zone.rrsetCount, created.zone.state?.serial], [3n, 2n, 1])
  assert.notEqual(created.changeId, '')
  assert.deepEqual(
    created.warnings.map(({ reason }) => reason),
    ['GLUE_MISSING'],
  )
  const text = (await on.exported('created.example')).toString()
  assert.match(text, /@ 3600 IN SOA ns1\.example\.net\. hostmaster\.Created\.Example\. 1 14400 3600 1209600 300\n/)

  const again = await refusal(on.zones.createZone({ zone: 'created.example.', nameServers: ['ns1.example.net.'] }))
  assert.equal(again.code, Code.AlreadyExists)
  const { zone } = await on.zones.getZone({ zone: 'CREATED.example.' })
  assert.deepEqual(zone, created.zone)

  const updated = await on.zones.updateZone({ zone: 'created.example.', settings: { guardPercent: 100, defaultTtl: 60 } })
  assert.deepEqual(
    [updated.zone?.settings?.guardPercent, updated.zone?.state?.serial, updated.zone?.state?.version],
    [100, 1, 2n],
  )
  const deleted = await on.zones.deleteZone({ zone: 'created.example.' })
  assert.deepEqual([deleted.state?.deleted, deleted.state?.version], [true, 3n])
  assert.deepEqual([deleted.effect?.removed, deleted.effect?.oldTtl], [2n, 3600])
  assert.equal((await refusal(on.zones.getZone({ zone: 'created.example.' }))).code, Code.NotFound)
})

test('settings bound TTLs, for change sets and imports, and what is there already may stay', async () => {
  const created = await on.zones.createZone({
    zone: 'bounds.example.',
    nameServers: ['ns1.example.net.'],
    settings: { minTtl: 60, maxTtl: 600 },
  })
  assert.equal(created.zone?.settings?.defaultTtl, 600)
  const lines = apexLines.replace('60 IN NS', '7 IN NS')
  const { outcomes } = await on.zones.importZone(stream([header('bounds.example.'), data(`${lines}www 601 A 192.0.2.1\n`)]))
  assert.deepEqual(
    outcomes[0]!.errors.map(({ line, reason }) => [line, reason]),
    [
      [2, 'TTL_INVALID'],
      [3, 'TTL_INVALID'],
    ],
  )
  const merged = await on.zones.importZone(
    stream([header('bounds.example.', { mode: ImportMode.MERGE }), data('www 60 A 192.0.2.1\n')]),
  )
  assert.equal(merged.outcomes[0]!.effect?.added, 1n)
})

test('a zone that is made inside another one warns and names it, by creation and by import, and only then', async () => {
  await on.zones.createZone({ zone: 'outer.example.', nameServers: ['ns1.example.net.'] })
  const { warnings } = await on.zones.createZone({ zone: 'deep.inner.outer.example.', nameServers: ['ns1.example.net.'] })
  assert.deepEqual(
    warnings.map(({ reason }) => reason),
    ['ZONE_NESTED'],
  )
  assert.match(warnings[0]!.message, /lies inside the zone outer\.example\./)
  const importing = () => on.zones.importZone(stream([header('a.outer.example.'), data(apexLines)]))
  const reasons = async () => (await importing()).outcomes[0]!.warnings.map(({ reason }) => reason)
  assert.deepEqual(await reasons(), ['ZONE_NESTED'])
  assert.deepEqual(await reasons(), [])
})

test('how long caches may answer from a zone that is disabled or deleted is the largest TTL in it', async () => {
  const text = `${apexLines}www 900 IN A 192.0.2.1\nlong 86400 IN TXT x\nwww 600 IN AAAA ::1\n`
  await on.importParts([header('ttl.example.'), data(text)])
  const change = async (settings: object) => (await on.zones.updateZone({ zone: 'ttl.example.', settings })).effect?.oldTtl
  assert.equal(await change({ disabled: true }), 86_400)
  assert.equal(await change({ disabled: true, guardPercent: 40 }), 0, 'it was disabled before')
  assert.equal(await change({ disabled: false }), 0, 'nothing of it is in caches')
  const request = { zone: 'ttl.example.', requestId: 'once' }
  const deleted = await on.zones.deleteZone(request)
  assert.equal(deleted.effect?.oldTtl, 86_400)
  assert.deepEqual(await on.zones.deleteZone(request), deleted)
  const [made] = await on.importParts([header('ttl.example.'), data(apexLines)])
  assert.equal(made?.effect?.oldTtl, 0)
})

test('a SOA that an import changes counts among the old TTLs, and its serial does not', async () => {
  await on.importParts([header('soa.example.'), data(apexLines)])
  const again = async (text: string) => (await on.importParts([header('soa.example.'), data(text)]))[0]?.effect?.oldTtl
  assert.equal(await again(apexLines.replace(' 5 ', ' 6 ')), 0)
  assert.equal(await again(apexLines.replace(' 5 3600 ', ' 7 7200 ')), 60)
})

test('a zone is made with tags, shows them, and changes them without a version', async () => {
  const { zone } = await on.zones.createZone({ zone: 'tags.example.', nameServers: ['ns1.example.net.'], tags: { team: 'web' } })
  assert.deepEqual(zone?.tags, { team: 'web' })
  const { settings } = zone!
  const changed = await on.zones.updateZone({
    zone: 'tags.example.',
    settings: settings!,
    setTags: { critical: '' },
    removeTags: ['team'],
  })
  assert.deepEqual([changed.changeId, changed.effect?.tagsChanged, changed.zone?.state?.version], ['', true, 1n])
  assert.deepEqual(changed.zone?.tags, { critical: '' })
  const both = await on.zones.updateZone({ zone: 'tags.example.', settings: { guardPercent: 50 }, setTags: { team: 'ops' } })
  assert.deepEqual([both.effect?.tagsChanged, both.zone?.state?.version], [true, 2n])
  assert.deepEqual(both.zone?.tags, { critical: '', team: 'ops' })
})

test('settings are changed only where they are as the caller saw them', async () => {
  const { zone } = await on.zones.createZone({ zone: 'seen.example.', nameServers: ['ns1.example.net.'] })
  const settings = { ...zone!.settings!, disabled: true }
  const expectedSettingsVersion = zone!.settingsVersion
  const disabled = await on.zones.updateZone({ zone: 'seen.example.', settings, expectedSettingsVersion })
  assert.deepEqual([disabled.zone?.settings?.disabled, disabled.zone?.state?.version], [true, 2n])
  const late = await refusal(on.zones.updateZone({ zone: 'seen.example.', settings, expectedSettingsVersion }))
  assert.equal(late.code, Code.Aborted)
})

for (const { name, request, code } of [
  {
    name: 'bounds that no TTL fits',
    request: { zone: 'a.example', nameServers: ['ns.b.'], settings: { minTtl: 2, maxTtl: 1 } },
    code: Code.InvalidArgument,
  },
  {
    name: 'a default TTL out of bounds',
    request: { zone: 'a.example', nameServers: ['ns.b.'], settings: { minTtl: 60, defaultTtl: 59 } },
    code: Code.InvalidArgument,
  },
  { name: 'a name that is none', request: { zone: 'a..b', nameServers: ['ns.example.'] }, code: Code.InvalidArgument },
  { name: 'a relative name server', request: { zone: 'a.example', nameServers: ['ns1'] }, code: Code.InvalidArgument },
  { name: 'a zone without name servers', request: { zone: 'a.example', nameServers: [] }, code: Code.InvalidArgument },
  {
    name: 'a secondary zone',
    request: { zone: 'a.example', nameServers: ['ns.b.'], settings: { kind: ZoneKind.SECONDARY } },
    code: Code.Unimplemented,
  },
]) {
  test(`creating is refused: ${name}`, async () => {
    const init: MessageInitShape<typeof CreateZoneRequestSchema> = request
    assert.equal((await refusal(on.zones.createZone(init))).code, code)
  })
}

test('letters beyond ASCII are no name of a zone, nor of its name servers', async () => {
  for (const [zone, nameServer] of [
    ['münchen.example', 'ns.example.net'],
    ['munich.example', 'ns.münchen.example'],
  ] as const) {
    const error = await on.zones.createZone({ zone, nameServers: [nameServer] }).then(() => undefined, ConnectError.from)
    assert.equal(error?.code, Code.InvalidArgument)
    assert.match(error.rawMessage, /münchen.* write them as an A-label, xn--… \(RFC 5890 §2\.3\.2\.1\)$/)
  }
})

test('all that is wrong with a new zone is told at once, with what was meant', async () => {
  const error = await refusal(
    on.zones.createZone({
      zone: 'wrong.example',
      nameServers: ['ns1', '192.0.2.1', '2001:db8::1', 'a..b', 'ns.example.net'],
      soa: { mname: '192.0.2.1.', rname: 'host.master@dns.example', expireSeconds: 60 },
      settings: { minTtl: 600, maxTtl: 60 },
    }),
  )
  assert.equal(error.code, Code.InvalidArgument)
  const told = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  const [ns1, v4, v6, empty, mname, rname, ...others] = told.map(({ field, description }) => `${field}: ${description}`)
  assert.match(ns1!, /^name_servers\[0\]: ns1 is relative, .* write ns1\.wrong\.example\. /)
  assert.match(v4!, /^name_servers\[1\]: 192\.0\.2\.1 is an address; name the server, .*RFC 1035 §3\.3\.11/)
  assert.match(v6!, /^name_servers\[2\]: 2001:db8::1 is an address/)
  assert.match(empty!, /^name_servers\[3\]: .* empty label/)
  assert.match(mname!, /^soa\.mname: 192\.0\.2\.1\. is an address/)
  assert.match(
    rname!,
    /^soa\.rname: .* is a mail address, and RNAME is a name: write host\\\.master\.dns\.example\. \(RFC 1035 §8\)$/,
  )
  assert.deepEqual(
    others.map((line) => line.slice(0, line.indexOf(':'))),
    ['soa.expire_seconds', 'settings.min_ttl'],
  )
})

test('zones are listed page by page in canonical order', async () => {
  const names = ['b.list.', 'list.', 'a.b.list.', 'a.list.', 'c.list.']
  await on.importParts(names.flatMap((name) => [header(name), data(apexLines)]))
  const listed: string[] = []
  for (let pageToken = ''; ;) {
    const page = await on.zones.listZones({ pageSize: 2, pageToken })
    assert.ok(page.zones.length <= 2)
    listed.push(...page.zones.map((zone) => zone.name))
    pageToken = page.nextPageToken
    if (pageToken === '') break
  }
  assert.deepEqual(
    listed.filter((name) => name.endsWith('list.')),
    ['list.', 'a.list.', 'b.list.', 'a.b.list.', 'c.list.'],
  )
  const strange = await refusal(on.zones.listZones({ pageToken: 'no token' }))
  assert.deepEqual([strange.code, reasonsOf(strange)], [Code.InvalidArgument, ['PAGE_TOKEN_INVALID']])
})

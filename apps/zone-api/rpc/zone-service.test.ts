import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { type Client, Code, ConnectError } from '@connectrpc/connect'
import {
  type CreateZoneRequestSchema,
  ExportFormat,
  ImportFormat,
  ImportMode,
  type ImportZoneRequestSchema,
  ZoneKind,
  ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import {
  createRpcClient,
  createRpcServer,
  createRpcTransport,
  principalOfRole,
  type RpcServer,
  type RpcTransport,
} from '@zonecast/rpc'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { generateZoneText } from '@zonecast/testkit'
import { afterAll, beforeAll, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { Importer } from '../staging/importer.ts'
import { zoneService } from './zone-service.ts'

let folder = ''
let database: ZoneDatabase
let importer: Importer
let server: RpcServer
let transport: RpcTransport
let zones: Client<typeof ZoneService>
let caller = principalOfRole('tester', 'administrator')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zone-service-'))
  const ports = { log: silentLogger(), metrics: createMetrics('zone-api') }
  database = await openDatabase({ folder, ...ports, failed: (error) => assert.fail(error) })
  importer = new Importer({ database, folder: join(folder, 'tmp') })
  server = createRpcServer({
    ...ports,
    routes: (router) => router.service(ZoneService, zoneService({ database, importer })),
    services: [ZoneService],
    guard: { authenticate: () => caller },
  })
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  transport = createRpcTransport({ url, token: 'zc_test' })
  zones = createRpcClient(ZoneService, transport)
})
afterAll(async () => {
  transport.close()
  await server.close()
  await importer.close()
  await database.close()
  rmSync(folder, { recursive: true })
})

type Part = MessageInitShape<typeof ImportZoneRequestSchema>

const header = (zone: string, more = {}): Part => ({ part: { case: 'header', value: { zone, ...more } } })
const data = (text: string | Uint8Array): Part => ({
  part: { case: 'data', value: typeof text === 'string' ? Buffer.from(text) : text },
})
function* pieces(octets: Uint8Array): Generator<Part> {
  for (let at = 0; at < octets.length; at += 60_000) yield data(octets.subarray(at, at + 60_000))
}
const apexLines = '@ 60 IN SOA ns1.example.net. hostmaster.example.net. 5 3600 600 86400 300\n@ 60 IN NS ns1.example.net.\n'

async function* stream(parts: Iterable<Part> | AsyncIterable<Part>) {
  yield* parts
}

const importParts = async (parts: readonly Part[]) => (await zones.importZone(stream(parts))).outcomes

async function exported(zone: string, format: ExportFormat = ExportFormat.ZONE_FILE): Promise<Buffer> {
  const sent: Uint8Array[] = []
  for await (const piece of zones.exportZone({ zone, format })) sent.push(piece.data)
  return Buffer.concat(sent)
}

const refusal = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => ConnectError.from(reason),
  )
  return error
}

test('a zone is created with SOA and NS, read, listed, changed and deleted', async () => {
  const created = await zones.createZone({ zone: 'Created.Example', nameServers: ['ns1.example.net', 'ns.created.example.'] })
  assert.equal(created.zone?.name, 'created.example.')
  assert.deepEqual([created.zone.rrCount, created.zone.rrsetCount, created.zone.state?.serial], [3n, 2n, 1])
  assert.notEqual(created.changeId, '')
  assert.deepEqual(
    created.warnings.map(({ reason }) => reason),
    ['GLUE_MISSING'],
  )
  const text = (await exported('created.example')).toString()
  assert.match(text, /@ 3600 IN SOA ns1\.example\.net\. hostmaster\.Created\.Example\. 1 14400 3600 1209600 300\n/)

  const again = await refusal(zones.createZone({ zone: 'created.example.', nameServers: ['ns1.example.net.'] }))
  assert.equal(again.code, Code.AlreadyExists)
  const { zone } = await zones.getZone({ zone: 'CREATED.example.' })
  assert.deepEqual(zone, created.zone)

  const updated = await zones.updateZone({ zone: 'created.example.', settings: { guardPercent: 100, defaultTtl: 60 } })
  assert.deepEqual(
    [updated.zone?.settings?.guardPercent, updated.zone?.state?.serial, updated.zone?.state?.version],
    [100, 1, 2n],
  )
  const deleted = await zones.deleteZone({ zone: 'created.example.' })
  assert.deepEqual([deleted.state?.deleted, deleted.state?.version], [true, 3n])
  assert.deepEqual([deleted.effect?.removed, deleted.effect?.oldTtl], [2n, 3600])
  assert.equal((await refusal(zones.getZone({ zone: 'created.example.' }))).code, Code.NotFound)
})

test('settings bound TTLs, for change sets and imports, and what is there already may stay', async () => {
  const created = await zones.createZone({
    zone: 'bounds.example.',
    nameServers: ['ns1.example.net.'],
    settings: { minTtl: 60, maxTtl: 600 },
  })
  assert.equal(created.zone?.settings?.defaultTtl, 600)
  const lines = apexLines.replace('60 IN NS', '7 IN NS')
  const { outcomes } = await zones.importZone(stream([header('bounds.example.'), data(`${lines}www 601 A 192.0.2.1\n`)]))
  assert.deepEqual(
    outcomes[0]!.errors.map(({ line, reason }) => [line, reason]),
    [
      [2, 'TTL_INVALID'],
      [3, 'TTL_INVALID'],
    ],
  )
  const merged = await zones.importZone(
    stream([header('bounds.example.', { mode: ImportMode.MERGE }), data('www 60 A 192.0.2.1\n')]),
  )
  assert.equal(merged.outcomes[0]!.effect?.added, 1n)
})

test('a zone that is made inside another one warns and names it, by creation and by import, and only then', async () => {
  await zones.createZone({ zone: 'outer.example.', nameServers: ['ns1.example.net.'] })
  const { warnings } = await zones.createZone({ zone: 'deep.inner.outer.example.', nameServers: ['ns1.example.net.'] })
  assert.deepEqual(
    warnings.map(({ reason }) => reason),
    ['ZONE_NESTED'],
  )
  assert.match(warnings[0]!.message, /lies inside the zone outer\.example\./)
  const importing = () => zones.importZone(stream([header('a.outer.example.'), data(apexLines)]))
  const reasons = async () => (await importing()).outcomes[0]!.warnings.map(({ reason }) => reason)
  assert.deepEqual(await reasons(), ['ZONE_NESTED'])
  assert.deepEqual(await reasons(), [])
})

test('how long caches may answer from a zone that is disabled or deleted is the largest TTL in it', async () => {
  const text = `${apexLines}www 900 IN A 192.0.2.1\nlong 86400 IN TXT x\nwww 600 IN AAAA ::1\n`
  await importParts([header('ttl.example.'), data(text)])
  const change = async (settings: object) => (await zones.updateZone({ zone: 'ttl.example.', settings })).effect?.oldTtl
  assert.equal(await change({ disabled: true }), 86_400)
  assert.equal(await change({ disabled: true, guardPercent: 40 }), 0, 'it was disabled before')
  assert.equal(await change({ disabled: false }), 0, 'nothing of it is in caches')
  const request = { zone: 'ttl.example.', requestId: 'once' }
  const deleted = await zones.deleteZone(request)
  assert.equal(deleted.effect?.oldTtl, 86_400)
  assert.deepEqual(await zones.deleteZone(request), deleted)
  const [made] = await importParts([header('ttl.example.'), data(apexLines)])
  assert.equal(made?.effect?.oldTtl, 0)
})

test('a SOA that an import changes counts among the old TTLs, and its serial does not', async () => {
  await importParts([header('soa.example.'), data(apexLines)])
  const again = async (text: string) => (await importParts([header('soa.example.'), data(text)]))[0]?.effect?.oldTtl
  assert.equal(await again(apexLines.replace(' 5 ', ' 6 ')), 0)
  assert.equal(await again(apexLines.replace(' 5 3600 ', ' 7 7200 ')), 60)
})

test('a zone is made with tags, shows them, and changes them without a version', async () => {
  const { zone } = await zones.createZone({ zone: 'tags.example.', nameServers: ['ns1.example.net.'], tags: { team: 'web' } })
  assert.deepEqual(zone?.tags, { team: 'web' })
  const { settings } = zone!
  const changed = await zones.updateZone({
    zone: 'tags.example.',
    settings: settings!,
    setTags: { critical: '' },
    removeTags: ['team'],
  })
  assert.deepEqual([changed.changeId, changed.effect?.tagsChanged, changed.zone?.state?.version], ['', true, 1n])
  assert.deepEqual(changed.zone?.tags, { critical: '' })
  const both = await zones.updateZone({ zone: 'tags.example.', settings: { guardPercent: 50 }, setTags: { team: 'ops' } })
  assert.deepEqual([both.effect?.tagsChanged, both.zone?.state?.version], [true, 2n])
  assert.deepEqual(both.zone?.tags, { critical: '', team: 'ops' })
})

test('settings are changed only where they are as the caller saw them', async () => {
  const { zone } = await zones.createZone({ zone: 'seen.example.', nameServers: ['ns1.example.net.'] })
  const settings = { ...zone!.settings!, disabled: true }
  const expectedSettingsVersion = zone!.settingsVersion
  const disabled = await zones.updateZone({ zone: 'seen.example.', settings, expectedSettingsVersion })
  assert.deepEqual([disabled.zone?.settings?.disabled, disabled.zone?.state?.version], [true, 2n])
  const late = await refusal(zones.updateZone({ zone: 'seen.example.', settings, expectedSettingsVersion }))
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
    assert.equal((await refusal(zones.createZone(init))).code, code)
  })
}

test('letters beyond ASCII are no name of a zone, nor of its name servers', async () => {
  for (const [zone, nameServer] of [
    ['münchen.example', 'ns.example.net'],
    ['munich.example', 'ns.münchen.example'],
  ] as const) {
    const error = await zones.createZone({ zone, nameServers: [nameServer] }).then(() => undefined, ConnectError.from)
    assert.equal(error?.code, Code.InvalidArgument)
    assert.match(error.rawMessage, /münchen.* write them as an A-label, xn--… \(RFC 5890 §2\.3\.2\.1\)$/)
  }
})

test('zones are listed page by page in canonical order', async () => {
  const names = ['b.list.', 'list.', 'a.b.list.', 'a.list.', 'c.list.']
  await importParts(names.flatMap((name) => [header(name), data(apexLines)]))
  const listed: string[] = []
  for (let pageToken = ''; ;) {
    const page = await zones.listZones({ pageSize: 2, pageToken })
    assert.ok(page.zones.length <= 2)
    listed.push(...page.zones.map((zone) => zone.name))
    pageToken = page.nextPageToken
    if (pageToken === '') break
  }
  assert.deepEqual(
    listed.filter((name) => name.endsWith('list.')),
    ['list.', 'a.list.', 'b.list.', 'a.b.list.', 'c.list.'],
  )
  assert.equal((await refusal(zones.listZones({ pageToken: 'no token' }))).code, Code.InvalidArgument)
})

test('a stream carries many zones, each with an outcome of its own, in order', async () => {
  const parts = Array.from({ length: 100 }, (_, i) => [
    header(`many-${i}.example`),
    data(apexLines.slice(0, 30)),
    data(`${apexLines.slice(30)}${i === 50 ? 'www IN A 192.0.2.1\nwww IN CNAME a.\n' : 'www IN A 192.0.2.1\n'}`),
  ])
  const outcomes = await importParts(parts.flat())
  assert.deepEqual(
    outcomes.map(({ zone }) => zone),
    Array.from({ length: 100 }, (_, i) => `many-${i}.example.`),
  )
  assert.deepEqual(
    outcomes.filter(({ code }) => code !== 0).map(({ zone }) => zone),
    ['many-50.example.'],
  )
  const { code, errorCount, effect, errors } = outcomes[50]!
  assert.deepEqual([code, errorCount, effect, errors[0]?.reason], [Code.InvalidArgument, 1n, undefined, 'CNAME_CONFLICT'])
})

test('the answer fits a message, however many errors a stream has', async () => {
  const faulty = Array.from({ length: 100 }, (_, i) => `www IN A ${'x'.repeat(150)}${i}\n`).join('')
  const outcomes = await importParts(Array.from({ length: 60 }, (_, i) => [header(`faulty-${i}.example`), data(faulty)]).flat())
  assert.ok(outcomes.every(({ errorCount, code }) => errorCount === 100n && code === Code.InvalidArgument))
  assert.equal(outcomes[0]?.errors.length, 100)
})

test('two imports of one zone in a stream follow each other', async () => {
  const parts = Array.from({ length: 10 }, (_, i) => [header('twice.example'), data(`${apexLines}h${i} IN A 192.0.2.1\n`)])
  const outcomes = await importParts(parts.flat())
  assert.deepEqual(
    outcomes.map(({ effect }) => effect?.state?.version),
    Array.from({ length: 10 }, (_, i) => BigInt(i + 1)),
  )
})

test('data before a header has no meaning', async () => {
  assert.equal((await refusal(importParts([data(apexLines)]))).code, Code.InvalidArgument)
})

test('force needs a permission of its own', async () => {
  caller = principalOfRole('tester', 'transfer-agent')
  const refused = await refusal(importParts([header('force.example', { force: true }), data(apexLines)]))
  caller = principalOfRole('tester', 'administrator')
  assert.equal(refused.code, Code.PermissionDenied)
})

test('a stream that breaks off leaves nothing of the zone it was in', async () => {
  const cut = new AbortController()
  const body = Buffer.from(generateZoneText('broken.example.', 20_000))
  async function* parts() {
    yield header('whole.example')
    yield data(apexLines)
    yield header('broken.example')
    yield* pieces(body)
    cut.abort()
    await new Promise(() => {})
  }
  await refusal(zones.importZone(parts(), { signal: cut.signal }))
  // Another import of the zone finds it untouched; nothing else tells when the server has noticed.
  const [outcome] = await importParts([header('broken.example'), data(apexLines)])
  assert.equal(outcome?.effect?.state?.version, 1n)
  await importer.close()
  assert.deepEqual(readdirSync(join(folder, 'tmp')), [])
})

test('what is exported as text or as wire format is imported as the same content', async () => {
  const text = Buffer.from(generateZoneText('roundtrip.example.', 30_000))
  const [first] = await importParts([header('roundtrip.example'), ...pieces(text)])
  assert.deepEqual([first?.code, first?.errors], [0, []])
  const { state } = first!.effect!
  for (const [format, as] of [
    [ExportFormat.ZONE_FILE, ImportFormat.ZONE_FILE],
    [ExportFormat.WIRE, ImportFormat.WIRE],
  ] as const) {
    const octets = await exported('roundtrip.example', format)
    const [again] = await importParts([header('roundtrip.example', { format: as }), ...pieces(octets)])
    assert.deepEqual([again?.code, again?.errors, again?.effect?.changed], [0, [], false])
    assert.deepEqual(again?.effect?.state, state)
  }
})

test('an export says which version it is, and refuses one it does not have', async () => {
  await importParts([header('versioned.example'), data(apexLines)])
  const sent = []
  for await (const piece of zones.exportZone({ zone: 'versioned.example' })) sent.push(piece)
  assert.equal(sent[0]?.state?.version, 1n)
  assert.ok(sent.slice(1).every((piece) => piece.state === undefined))
  const later = zones.exportZone({ zone: 'versioned.example', version: 9n })[Symbol.asyncIterator]()
  assert.equal((await refusal(later.next())).code, Code.OutOfRange)
  const none = zones.exportZone({ zone: 'none.example' })[Symbol.asyncIterator]()
  assert.equal((await refusal(none.next())).code, Code.NotFound)
})

test('merging names the RRsets that change and leaves the others', async () => {
  await importParts([header('merged.example'), data(`${apexLines}a 60 IN A 192.0.2.1\nb 60 IN A 192.0.2.1\n`)])
  const merge = { mode: ImportMode.MERGE }
  const [outcome] = await importParts([header('merged.example', merge), data('b 60 IN A 192.0.2.2\n')])
  assert.deepEqual([outcome?.effect?.added, outcome?.effect?.removed, outcome?.effect?.changed], [1n, 1n, true])
  assert.match((await exported('merged.example')).toString(), /a 60 IN A 192\.0\.2\.1\nb 60 IN A 192\.0\.2\.2\n/)
})

/** Zones come in by streams of imports, and go out as exports that come in as the same. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { Code } from '@connectrpc/connect'
import { ExportFormat, ImportFormat, ImportMode } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { generateZoneText } from '@zonecast/testkit'
import { afterAll, beforeAll, test } from 'vitest'
import { refusal } from './test-access.ts'
import { apexLines, data, header, openTestZones, type Part, type TestZones } from './test-zones.ts'

let on: TestZones
beforeAll(async () => {
  on = await openTestZones()
})
afterAll(() => on.close())

function* pieces(octets: Uint8Array): Generator<Part> {
  for (let at = 0; at < octets.length; at += 60_000) yield data(octets.subarray(at, at + 60_000))
}

test('a stream carries many zones, each with an outcome of its own, in order', async () => {
  const parts = Array.from({ length: 100 }, (_, i) => [
    header(`many-${i}.example`),
    data(apexLines.slice(0, 30)),
    data(`${apexLines.slice(30)}${i === 50 ? 'www IN A 192.0.2.1\nwww IN CNAME a.\n' : 'www IN A 192.0.2.1\n'}`),
  ])
  const outcomes = await on.importParts(parts.flat())
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
  const outcomes = await on.importParts(
    Array.from({ length: 60 }, (_, i) => [header(`faulty-${i}.example`), data(faulty)]).flat(),
  )
  assert.ok(outcomes.every(({ errorCount, code }) => errorCount === 100n && code === Code.InvalidArgument))
  assert.equal(outcomes[0]?.errors.length, 100)
})

test('two imports of one zone in a stream follow each other', async () => {
  const parts = Array.from({ length: 10 }, (_, i) => [header('twice.example'), data(`${apexLines}h${i} IN A 192.0.2.1\n`)])
  const outcomes = await on.importParts(parts.flat())
  assert.deepEqual(
    outcomes.map(({ effect }) => effect?.state?.version),
    Array.from({ length: 10 }, (_, i) => BigInt(i + 1)),
  )
})

test('data before a header has no meaning', async () => {
  assert.equal((await refusal(on.importParts([data(apexLines)]))).code, Code.InvalidArgument)
})

test('force needs a permission of its own', async () => {
  on.become('transfer-agent')
  const refused = await refusal(on.importParts([header('force.example', { force: true }), data(apexLines)]))
  on.become('administrator')
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
  await refusal(on.zones.importZone(parts(), { signal: cut.signal }))
  // Another import of the zone finds it untouched; nothing else tells when the server has noticed.
  const [outcome] = await on.importParts([header('broken.example'), data(apexLines)])
  assert.equal(outcome?.effect?.state?.version, 1n)
  await on.importer.close()
  assert.deepEqual(readdirSync(on.importFolder), [])
})

test('what is exported as text or as wire format is imported as the same content', async () => {
  const text = Buffer.from(generateZoneText('roundtrip.example.', 30_000))
  const [first] = await on.importParts([header('roundtrip.example'), ...pieces(text)])
  assert.deepEqual([first?.code, first?.errors], [0, []])
  const { state } = first!.effect!
  for (const [format, as] of [
    [ExportFormat.ZONE_FILE, ImportFormat.ZONE_FILE],
    [ExportFormat.WIRE, ImportFormat.WIRE],
  ] as const) {
    const octets = await on.exported('roundtrip.example', format)
    const [again] = await on.importParts([header('roundtrip.example', { format: as }), ...pieces(octets)])
    assert.deepEqual([again?.code, again?.errors, again?.effect?.changed], [0, [], false])
    assert.deepEqual(again?.effect?.state, state)
  }
})

test('an export says which version it is, and refuses one it does not have', async () => {
  await on.importParts([header('versioned.example'), data(apexLines)])
  const sent = []
  for await (const piece of on.zones.exportZone({ zone: 'versioned.example' })) sent.push(piece)
  assert.equal(sent[0]?.state?.version, 1n)
  assert.ok(sent.slice(1).every((piece) => piece.state === undefined))
  const later = on.zones.exportZone({ zone: 'versioned.example', version: 9n })[Symbol.asyncIterator]()
  assert.equal((await refusal(later.next())).code, Code.OutOfRange)
  const none = on.zones.exportZone({ zone: 'none.example' })[Symbol.asyncIterator]()
  assert.equal((await refusal(none.next())).code, Code.NotFound)
})

test('merging names the RRsets that change and leaves the others', async () => {
  await on.importParts([header('merged.example'), data(`${apexLines}a 60 IN A 192.0.2.1\nb 60 IN A 192.0.2.1\n`)])
  const merge = { mode: ImportMode.MERGE }
  const [outcome] = await on.importParts([header('merged.example', merge), data('b 60 IN A 192.0.2.2\n')])
  assert.deepEqual([outcome?.effect?.added, outcome?.effect?.removed, outcome?.effect?.changed], [1n, 1n, true])
  assert.match((await on.exported('merged.example')).toString(), /a 60 IN A 192\.0\.2\.1\nb 60 IN A 192\.0\.2\.2\n/)
})

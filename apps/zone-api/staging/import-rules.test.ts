/** What an import keeps, drops and refuses of its data, and the serial that it takes. */
import assert from 'node:assert/strict'
import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, test } from 'vitest'
import { type Asked, errorsOf, openTestImporter, reasonsOf, soaLine, type TestImporter } from './test-importer.ts'

let staging: TestImporter
beforeAll(async () => {
  staging = await openTestImporter()
})
afterAll(() => staging.close())

test('rules of zones that are broken are told with the reason', async () => {
  const refused = await staging.imported(staging.newZone(), 'www 60 IN A 192.0.2.1\n')
  assert.equal(refused.code, Code.InvalidArgument)
  assert.deepEqual(refused.errors.errors.map(({ reason }) => reason).toSorted(), ['APEX_NS_MISSING', 'SOA_RULE'])
})

test('TTLs that differ within an RRset are lowered, and duplicates dropped', async () => {
  const zone = staging.newZone()
  const text = `${soaLine(1)}a 60 IN A 192.0.2.1\na 30 IN A 192.0.2.2\na 60 IN A 192.0.2.1\n`
  const result = await staging.imported(zone, text)
  assert.deepEqual(
    result.warnings.map(({ reason }) => reason),
    ['TTL_LOWERED'],
  )
  assert.deepEqual(
    (await staging.content(zone)).filter((rr) => rr.startsWith('a.')),
    [`a.${zone} 30 IN A 192.0.2.1`, `a.${zone} 30 IN A 192.0.2.2`],
  )
})

test('the serial of the data is kept where it is after the zone’s, or the zone’s own is continued', async () => {
  const zone = staging.newZone()
  const serialAfter = async (serial: number, asked: Asked = {}) => {
    const result = await staging.imported(zone, `${soaLine(serial)}www 60 A 192.0.2.${serial % 250}\n`, asked)
    return [result.outcome!.effect.state.serial, ...reasonsOf(result)]
  }
  assert.deepEqual(await serialAfter(100, { continueSerial: true }), [100])
  assert.deepEqual(await serialAfter(200), [200])
  assert.deepEqual(await serialAfter(150), [201, 'SERIAL_REPLACED'])
  assert.deepEqual(await serialAfter(901, { continueSerial: true }), [202])
  // Content that is there already asks for nothing.
  assert.deepEqual(await serialAfter(901, { continueSerial: true }), [202])
  assert.deepEqual(await serialAfter(1000, { mode: 'merge' }), [203])
})

test('a merge of any size makes the zone’s next serial', async () => {
  const zone = staging.newZone()
  await staging.imported(zone, soaLine(5))
  const many = Array.from({ length: 2100 }, (_, i) => `w${i} 60 A 192.0.2.1\n`).join('')
  const { outcome } = await staging.imported(zone, `${soaLine(500)}${many}`, { mode: 'merge' })
  assert.equal(outcome!.effect.state.serial, 6)
})

const signed = `${soaLine(1)}@ 60 DNSKEY 257 3 13 AAAA
@ 60 RRSIG SOA 13 2 60 20300101000000 20200101000000 1 @ AAAA
@ 60 ZONEMD 1 1 1 ${'00'.repeat(48)}
sub 60 NS ns.example.net.
sub 60 DS 1 8 2 ${'00'.repeat(32)}
`

test('DNSSEC records are kept, dropped or refused; a DS stays', async () => {
  const dropped = staging.newZone()
  const drop = await staging.imported(dropped, signed, { records: { dnssec: 'drop', outOfZone: 'refuse' } })
  assert.deepEqual(reasonsOf(drop), ['RECORDS_DROPPED'])
  assert.match(drop.warnings[0]!.message, /^3 records of DNSSEC and ZONEMD were left out/)
  assert.equal((await staging.content(dropped)).filter((line) => / DS /.test(line)).length, 1)
  assert.equal((await staging.content(dropped)).length, 4)
  const refusing = await staging.imported(staging.newZone(), signed, { records: { dnssec: 'refuse', outOfZone: 'refuse' } })
  assert.deepEqual(errorsOf(refusing), ['3 DNSSEC_UNWANTED', '4 DNSSEC_UNWANTED', '5 DNSSEC_UNWANTED'])
  const kept = staging.newZone()
  const keep = await staging.imported(kept, signed.replace(/^@ 60 ZONEMD.*\n/m, ''))
  assert.deepEqual([keep.code, (await staging.content(kept)).length], [0, 6])
})

test('records of names outside of the zone refuse it, each with its line, or are dropped', async () => {
  const text = `${soaLine(1)}www.example.org. 60 A 192.0.2.1\nwww 60 A 192.0.2.1\norg. 60 NS x.\n`
  assert.deepEqual(errorsOf(await staging.imported(staging.newZone(), text)), ['3 OUT_OF_ZONE', '5 OUT_OF_ZONE'])
  const zone = staging.newZone()
  const dropping = await staging.imported(zone, text, { records: { dnssec: 'keep', outOfZone: 'drop' } })
  assert.deepEqual([reasonsOf(dropping), (await staging.content(zone)).length], [['RECORDS_DROPPED'], 3])
})

test('a ZONEMD that does not fit refuses the zone with its line; a merge does not ask it', async () => {
  assert.deepEqual(errorsOf(await staging.imported(staging.newZone(), signed)), ['5 ZONEMD_INVALID'])
  const unknown = await staging.imported(staging.newZone(), signed.replace('1 1 1 00', '1 1 240 00'))
  assert.deepEqual(reasonsOf(unknown), ['ZONEMD_UNVERIFIED'])
  assert.equal((await staging.imported(staging.newZone(), signed, { mode: 'merge' })).code, 0)
})

test('of very many errors the first hundred are listed, and all are counted', async () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `w${i} 60 A 192.0.2.999\n`).join('')
  const { errors } = await staging.imported(staging.newZone(), `${soaLine(1)}${lines}`)
  assert.deepEqual([errors.errors.length, errors.count, errors.errors.at(-1)!.line], [100, 1000, 102])
})

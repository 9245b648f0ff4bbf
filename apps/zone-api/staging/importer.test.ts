import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { decodeRR, formatRR, parseName, zoneKeyOf } from '@zonecast/dns'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { unpackRRs } from '@zonecast/zone'
import { afterAll, beforeAll, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import type { ImportRequest, ImportResult } from './import-request.ts'
import { Importer } from './importer.ts'
import { VersionReader } from './version-reader.ts'

let folder = ''
let database: ZoneDatabase
let importer: Importer
let zones = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'importer-'))
  const failed = (error: Error) => assert.fail(error)
  const log = silentLogger()
  database = await openDatabase({ folder, log, metrics: createMetrics('zone-api'), failed })
  importer = new Importer({ database, folder: join(folder, 'tmp'), runOctets: 100_000 })
})
afterAll(async () => {
  await importer.close()
  await database.close()
  rmSync(folder, { recursive: true })
})

const newZone = () => `zone-${zones++}.example.`

type Asked = Partial<Omit<ImportRequest, 'context'>> & { requestId?: string }

function requestFor(zone: string, { requestId = '', ...asked }: Asked = {}): ImportRequest {
  const defaults = {
    format: 'zone-file',
    mode: 'replace',
    force: false,
    dryRun: false,
    overwrite: false,
    expectedVersion: 0n,
  } as const
  const context = { principal: 'tester', reason: 'a test', requestId, traceparent: '' }
  return {
    apex: parseName(zone),
    zone: zoneKeyOf(parseName(zone)),
    headerOctets: () => Buffer.from(zone),
    ...defaults,
    ...asked,
    context,
  }
}

async function imported(zone: string, text: string, asked: Asked = {}): Promise<ImportResult> {
  const zoneImport = importer.open(requestFor(zone, asked))
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += 10_000) await zoneImport.push(new Uint8Array(bytes.subarray(at, at + 10_000)))
  return zoneImport.finish(Promise.resolve())
}

async function content(zone: string): Promise<string[]> {
  const { header } = (await database.getZone(zone))!
  const reader = new VersionReader(database, { zone, state: header.state, partOctets: 50_000 })
  const rrs = [header.soa]
  for (;;) {
    const part = await reader.next()
    rrs.push(...part.packed.flatMap(unpackRRs))
    if (part.last) break
  }
  return rrs.map((stored) => formatRR(decodeRR(stored)))
}

const soaLine = (serial: number) =>
  `@ 60 IN SOA ns1.example.net. hostmaster.example.net. ${serial} 3600 600 86400 300\n@ 60 IN NS ns1.example.net.\n`
const hosts = (count: number, from = 0, value = 'v') =>
  Array.from(
    { length: count },
    (_, i) => `host-${(i * 7919) % count} 60 IN TXT "${value} ${from + ((i * 7919) % count)}"\n`,
  ).join('')
/** More than is worked up in the main thread, and enough for several runs. */
const manyHosts = 5000

for (const { name, count } of [
  { name: 'a small zone', count: 30 },
  { name: 'a large zone', count: manyHosts },
]) {
  test(`${name} is created, replaced with a delta, and left alone when nothing changes`, async () => {
    const zone = newZone()
    const first = await imported(zone, soaLine(7) + hosts(count))
    assert.deepEqual([first.code, first.errors.count, first.rrCount], [0, 0, count + 2])
    assert.equal(first.outcome?.effect.state.serial, 7)
    assert.equal(first.outcome?.effect.state.version, 1n)
    assert.equal(first.outcome?.effect.previous, undefined)
    assert.equal((await content(zone)).length, count + 2)

    const again = await imported(zone, soaLine(7) + hosts(count))
    assert.deepEqual([again.code, again.outcome?.effect.changed, again.outcome?.changeId], [0, false, ''])

    const one = await imported(zone, soaLine(9) + hosts(count).replace('"v 5"', '"changed"'))
    assert.deepEqual([one.outcome?.effect.added, one.outcome?.effect.removed, one.outcome?.effect.oldTtl], [1, 1, 60])
    assert.equal(one.outcome?.effect.state.serial, 9)
    const answer = await database.deltaFrom({ zone, base: first.outcome!.effect.state })
    assert.equal(answer.kind, 'delta')
    const { removed, added } = answer.kind === 'delta' ? answer.delta : assert.fail()
    assert.deepEqual(
      unpackRRs(added).map((stored) => formatRR(decodeRR(stored))),
      [`host-5.${zone} 60 IN TXT "changed"`],
    )
    assert.equal(unpackRRs(removed).length, 1)

    const lower = await imported(zone, soaLine(3) + hosts(count))
    assert.equal(lower.outcome?.effect.state.serial, 10)
    assert.deepEqual(
      lower.warnings.map(({ reason }) => reason),
      ['SERIAL_REPLACED'],
    )
  })

  test(`${name} is not emptied by accident`, async () => {
    const zone = newZone()
    await imported(zone, soaLine(1) + hosts(count))
    const refused = await imported(zone, soaLine(2) + 'www IN A 192.0.2.1\n' + hosts(Math.floor(count / 3)))
    assert.equal(refused.code, Code.FailedPrecondition)
    assert.deepEqual(
      refused.errors.errors.map(({ reason }) => reason),
      ['MASS_DELETE'],
    )
    assert.equal((await content(zone)).length, count + 2)
    const forced = await imported(zone, soaLine(2), { force: true })
    assert.equal(forced.outcome?.effect.removed, count)
    assert.equal((await content(zone)).length, 2)
  })

  test(`${name} is checked but not touched on a dry run`, async () => {
    const zone = newZone()
    const dry = await imported(zone, soaLine(4) + hosts(count), { dryRun: true })
    assert.deepEqual([dry.code, dry.outcome?.changeId, dry.outcome?.effect.added], [0, '', count + 1])
    assert.equal(await database.getZone(zone), undefined)
    await imported(zone, soaLine(4) + hosts(count))
    const before = await database.headOf(zone)
    const second = await imported(zone, soaLine(5) + hosts(count, 1), { dryRun: true })
    assert.equal(second.outcome?.effect.state.serial, 5)
    assert.deepEqual([second.outcome?.effect.added, second.outcome?.effect.removed], [count, count])
    assert.deepEqual(await database.headOf(zone), before)
  })

  test(`${name} that has to be new leaves alone what there is`, async () => {
    const zone = newZone()
    const made = await imported(zone, soaLine(1) + hosts(count), { mustBeNew: true })
    assert.deepEqual([made.code, made.outcome?.effect.state.version], [0, 1n])
    const head = await database.headOf(zone)
    for (const more of [{}, { mode: 'merge' }, { overwrite: true }, { dryRun: true }] as const) {
      const refused = await imported(zone, soaLine(2) + hosts(count, 1), { mustBeNew: true, ...more })
      assert.deepEqual([refused.code, refused.outcome, refused.errors.count], [Code.AlreadyExists, undefined, 1])
    }
    assert.deepEqual(await database.headOf(zone), head)
  })

  test(`${name} warns of what it points to: replaced, merged, and on a dry run`, async () => {
    const zone = newZone()
    const pointing = 'www 60 IN CNAME nowhere\nloop 60 IN CNAME loop\n@ 60 IN MX 1 host-1\n_sip._tcp 60 IN SRV 0 0 1 www\n'
    const warned = async (text: string, more: Parameters<typeof imported>[2] = {}) =>
      reasonsOf(await imported(zone, text, more)).toSorted()
    const all = ['CNAME_LOOP', 'CNAME_TARGET_MISSING', 'TARGET_IS_ALIAS', 'TARGET_MISSING']
    assert.deepEqual(await warned(soaLine(1) + hosts(count) + pointing, { dryRun: true }), all)
    assert.deepEqual(await warned(soaLine(1) + hosts(count) + pointing), all)
    // What is there already, and is not in the data, is passed over, the apex apart.
    const merged = hosts(count, 0, 'merged') + 'mail 60 IN MX 1 gone\n'
    assert.deepEqual(await warned(merged, { mode: 'merge', dryRun: true }), mergedWarnings(count))
    assert.deepEqual(await warned(merged, { mode: 'merge' }), mergedWarnings(count))
  })

  test(`merging ${name} keeps what the data does not name`, async () => {
    const zone = newZone()
    await imported(zone, soaLine(1) + hosts(count) + 'www 60 IN A 192.0.2.1\nwww 60 IN A 192.0.2.2\n')
    const merged = await imported(zone, hosts(count, 0, 'merged') + 'www 60 IN A 192.0.2.3\nnew 60 IN A 192.0.2.4\n', {
      mode: 'merge',
    })
    assert.deepEqual([merged.code, merged.errors.count, merged.warnings], [0, 0, []])
    assert.deepEqual([merged.outcome?.effect.added, merged.outcome?.effect.removed], [count + 2, count + 2])
    assert.equal(merged.outcome?.effect.state.serial, 2)
    const rrs = await content(zone)
    assert.equal(rrs.length, count + 4)
    assert.ok(rrs.includes(`www.${zone} 60 IN A 192.0.2.3`))
    assert.ok(!rrs.includes(`www.${zone} 60 IN A 192.0.2.1`))
    const again = await imported(zone, hosts(count, 0, 'merged'), { mode: 'merge' })
    assert.equal(again.outcome?.effect.changed, false)
  })

  test(`a repeated request for ${name} gives the same answer, once applied`, async () => {
    const zone = newZone()
    const text = soaLine(1) + hosts(count)
    const first = await imported(zone, text, { requestId: `import-${zone}` })
    await imported(zone, `${text}more 60 IN A 192.0.2.1\n`)
    const second = await imported(zone, text, { requestId: `import-${zone}` })
    assert.deepEqual(second.outcome, first.outcome)
    assert.equal((await database.headOf(zone))?.state.version, 2n)
    const other = await imported(zone, `${text}other 60 IN A 192.0.2.1\n`, { requestId: `import-${zone}` })
    assert.equal(other.code, Code.FailedPrecondition)
    assert.deepEqual(
      other.errors.errors.map(({ reason }) => reason),
      ['REQUEST_ID_REUSED'],
    )
  })

  test(`${name} is refused at another version than expected`, async () => {
    const zone = newZone()
    await imported(zone, soaLine(1) + hosts(count))
    const moved = await imported(zone, soaLine(2) + hosts(count, 1), { expectedVersion: 7n })
    assert.equal(moved.code, Code.Aborted)
    assert.deepEqual(
      moved.errors.errors.map(({ reason }) => reason),
      ['VERSION_MOVED'],
    )
    const right = await imported(zone, soaLine(2) + hosts(count, 1), { expectedVersion: 1n })
    assert.equal(right.outcome?.effect.state.version, 2n)
  })

  test(`all errors of ${name} come at once, and nothing is taken`, async () => {
    const zone = newZone()
    const text = `${soaLine(1)}a IN A no\n${hosts(count)}b IN CNAME c\nb IN A 192.0.2.1\nwww.example.org. IN A 192.0.2.1\n`
    const refused = await imported(zone, text)
    assert.equal(refused.code, Code.InvalidArgument)
    assert.equal(refused.errors.count, 3)
    assert.deepEqual(
      refused.errors.errors.map(({ line, column, reason }) => [line, column, reason]),
      [
        [3, 8, 'ZONE_FILE_SYNTAX'],
        [count + 6, 1, 'OUT_OF_ZONE'],
        [count + 5, 1, 'CNAME_CONFLICT'],
      ],
    )
    assert.equal(await database.getZone(zone), undefined)
  })

  test(`${name} comes back after it was deleted`, async () => {
    const zone = newZone()
    const first = await imported(zone, soaLine(5) + hosts(count))
    const write = { principal: 'tester', reason: '', requestId: '', bodyHash: new Uint8Array(32), traceparent: '' }
    await database.deleteZone({ zone, expectedVersion: 0n, ...write })
    const back = await imported(zone, soaLine(5) + hosts(count))
    assert.deepEqual([back.code, back.errors.errors], [0, []])
    assert.equal(back.outcome?.effect.state.version, 3n)
    assert.ok(back.outcome!.effect.state.generation > first.outcome!.effect.state.generation)
  })
}

test('a repeated merge that made the zone gives the same answer', async () => {
  const zone = newZone()
  const asked = { mode: 'merge', requestId: `merge-${zone}` } as const
  const first = await imported(zone, soaLine(1), asked)
  const second = await imported(zone, soaLine(1), asked)
  assert.notEqual(first.outcome?.changeId, '')
  assert.deepEqual(second.outcome, first.outcome)
})

test('rules of zones that are broken are told with the reason', async () => {
  const refused = await imported(newZone(), 'www 60 IN A 192.0.2.1\n')
  assert.equal(refused.code, Code.InvalidArgument)
  assert.deepEqual(refused.errors.errors.map(({ reason }) => reason).toSorted(), ['APEX_NS_MISSING', 'SOA_RULE'])
})

test('TTLs that differ within an RRset are lowered, and duplicates dropped', async () => {
  const zone = newZone()
  const text = `${soaLine(1)}a 60 IN A 192.0.2.1\na 30 IN A 192.0.2.2\na 60 IN A 192.0.2.1\n`
  const result = await imported(zone, text)
  assert.deepEqual(
    result.warnings.map(({ reason }) => reason),
    ['TTL_LOWERED'],
  )
  assert.deepEqual(
    (await content(zone)).filter((rr) => rr.startsWith('a.')),
    [`a.${zone} 30 IN A 192.0.2.1`, `a.${zone} 30 IN A 192.0.2.2`],
  )
})

test('an import that is given up leaves no file and no zone', async () => {
  const zone = newZone()
  const zoneImport = importer.open(requestFor(zone))
  const text = Buffer.from(soaLine(1) + hosts(3 * manyHosts))
  for (let at = 0; at < text.length; at += 50_000) await zoneImport.push(new Uint8Array(text.subarray(at, at + 50_000)))
  await zoneImport.abort()
  assert.deepEqual(readdirSync(join(folder, 'tmp')), [])
  assert.equal(await database.headOf(zone), undefined)
})

test('what an earlier run left in the folder is swept at start', () => {
  const old = join(folder, 'swept')
  mkdirSync(join(old, 'import'), { recursive: true })
  writeFileSync(join(old, 'import', 'run-0'), 'x')
  assert.ok(new Importer({ database, folder: old }))
  assert.deepEqual(readdirSync(old), [])
})

test('a zone that moves during its import is not overwritten unless that is asked for', async () => {
  const zone = newZone()
  await imported(zone, soaLine(1) + hosts(30))
  const zoneImport = importer.open(requestFor(zone))
  const overwriting = importer.open(requestFor(zone, { overwrite: true }))
  for (const each of [zoneImport, overwriting]) await each.push(new Uint8Array(Buffer.from(soaLine(20) + hosts(30, 1))))
  const moved = await zoneImport.finish(imported(zone, soaLine(2) + hosts(30, 2)))
  // The zone is looked at after what comes before, so this import sees the newest version.
  assert.equal(moved.code, 0)
  const over = await overwriting.finish(Promise.resolve())
  assert.equal(over.code, 0)
})

test('a version is read to its end while the zone moves on', async () => {
  const zone = newZone()
  await imported(zone, soaLine(1) + hosts(manyHosts))
  const expected = (await content(zone)).slice(1)
  const { header } = (await database.getZone(zone))!
  const reader = new VersionReader(database, { zone, state: header.state, partOctets: 20_000 })
  const read: string[] = []
  for (let step = 0; ; step++) {
    const part = await reader.next()
    read.push(...part.packed.flatMap(unpackRRs).map((stored) => formatRR(decodeRR(stored))))
    if (part.last) break
    if (step > 20) continue
    const text = `host-${step * 200} 60 IN TXT "moved"\nnew-${step} 60 IN A 192.0.2.1\n@ 60 IN MX ${step} mx.example.\n`
    assert.equal((await imported(zone, text, { mode: 'merge' })).code, 0)
  }
  assert.ok((await database.headOf(zone))!.state.version > 5n)
  assert.deepEqual(read, expected)
})

test('a zone that was replaced while it was read ends the reading', async () => {
  const zone = newZone()
  await imported(zone, soaLine(1) + hosts(manyHosts))
  const { header } = (await database.getZone(zone))!
  const reader = new VersionReader(database, { zone, state: header.state, partOctets: 20_000 })
  await reader.next()
  await imported(zone, soaLine(2), { force: true })
  await assert.rejects(reader.next(), { code: Code.Aborted })
})

const apexOf = (serial: number) =>
  `@ 60 SOA ns1.example.net. hostmaster.example.net. ${serial} 3600 600 86400 300\n@ 60 NS ns1.example.net.\n`
/** The apex's MX points to a name without an address: a change set speaks of what it changes alone. */
const mergedWarnings = (count: number) => Array.from({ length: count === manyHosts ? 2 : 1 }, () => 'TARGET_MISSING')
const reasonsOf = ({ warnings }: ImportResult) => warnings.map(({ reason }) => reason)
const errorsOf = ({ errors }: ImportResult) => errors.errors.map(({ line, reason }) => `${line} ${reason}`)

test('the serial of the data is kept where it is after the zone’s, or the zone’s own is continued', async () => {
  const zone = newZone()
  const serialAfter = async (serial: number, asked: Asked = {}) => {
    const result = await imported(zone, `${apexOf(serial)}www 60 A 192.0.2.${serial % 250}\n`, asked)
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
  const zone = newZone()
  await imported(zone, apexOf(5))
  const many = Array.from({ length: 2100 }, (_, i) => `w${i} 60 A 192.0.2.1\n`).join('')
  const { outcome } = await imported(zone, `${apexOf(500)}${many}`, { mode: 'merge' })
  assert.equal(outcome!.effect.state.serial, 6)
})

const signed = `${apexOf(1)}@ 60 DNSKEY 257 3 13 AAAA
@ 60 RRSIG SOA 13 2 60 20300101000000 20200101000000 1 @ AAAA
@ 60 ZONEMD 1 1 1 ${'00'.repeat(48)}
sub 60 NS ns.example.net.
sub 60 DS 1 8 2 ${'00'.repeat(32)}
`

test('DNSSEC records are kept, dropped or refused; a DS stays', async () => {
  const dropped = newZone()
  const drop = await imported(dropped, signed, { records: { dnssec: 'drop', outOfZone: 'refuse' } })
  assert.deepEqual(reasonsOf(drop), ['RECORDS_DROPPED'])
  assert.match(drop.warnings[0]!.message, /^3 records of DNSSEC and ZONEMD were left out/)
  assert.equal((await content(dropped)).filter((line) => / DS /.test(line)).length, 1)
  assert.equal((await content(dropped)).length, 4)
  const refusing = await imported(newZone(), signed, { records: { dnssec: 'refuse', outOfZone: 'refuse' } })
  assert.deepEqual(errorsOf(refusing), ['3 DNSSEC_UNWANTED', '4 DNSSEC_UNWANTED', '5 DNSSEC_UNWANTED'])
  const kept = newZone()
  const keep = await imported(kept, signed.replace(/^@ 60 ZONEMD.*\n/m, ''))
  assert.deepEqual([keep.code, (await content(kept)).length], [0, 6])
})

test('records of names outside of the zone refuse it, each with its line, or are dropped', async () => {
  const text = `${apexOf(1)}www.example.org. 60 A 192.0.2.1\nwww 60 A 192.0.2.1\norg. 60 NS x.\n`
  assert.deepEqual(errorsOf(await imported(newZone(), text)), ['3 OUT_OF_ZONE', '5 OUT_OF_ZONE'])
  const zone = newZone()
  const dropping = await imported(zone, text, { records: { dnssec: 'keep', outOfZone: 'drop' } })
  assert.deepEqual([reasonsOf(dropping), (await content(zone)).length], [['RECORDS_DROPPED'], 3])
})

test('a ZONEMD that does not fit refuses the zone with its line; a merge does not ask it', async () => {
  assert.deepEqual(errorsOf(await imported(newZone(), signed)), ['5 ZONEMD_INVALID'])
  const unknown = await imported(newZone(), signed.replace('1 1 1 00', '1 1 240 00'))
  assert.deepEqual(reasonsOf(unknown), ['ZONEMD_UNVERIFIED'])
  assert.equal((await imported(newZone(), signed, { mode: 'merge' })).code, 0)
})

test('of very many errors the first hundred are listed, and all are counted', async () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `w${i} 60 A 192.0.2.999\n`).join('')
  const { errors } = await imported(newZone(), `${apexOf(1)}${lines}`)
  assert.deepEqual([errors.errors.length, errors.count, errors.errors.at(-1)!.line], [100, 1000, 102])
})

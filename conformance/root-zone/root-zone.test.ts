/** The root zone as published goes in by gRPC and is answered right, judged by dig. */
import { strict as assert } from 'node:assert'
import { afterAll, beforeAll, test } from 'vitest'
import { Code } from '@connectrpc/connect'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { formatRR, parseName, ZoneFileParser, type RR } from '@zonecast/dns'
import { rootZone } from '../lib/data.ts'
import { dig } from '../lib/programs.ts'
import { startSystem, type System } from '../lib/system.ts'
import { answered, exportText, importZone, publishZone } from '../lib/zones.ts'

const zone = rootZone('20260822')
let system: System

beforeAll(async () => {
  system = await startSystem()
  // Most of its signatures were left out where it was published: its ZONEMD does not fit what is there.
  const whole = await importZone(system.client(ZoneService), { zone: '.' }, zone)
  assert.equal(whole.errors[0]?.reason, 'ZONEMD_INVALID')
  const { changeId } = await importZone(system.client(ZoneService), { zone: '.', force: true }, zone)
  await answered(system, changeId)
})
afterAll(() => system?.close())

const ask = (...args: string[]) => dig(system.dnsOf('edge-1'), ...args)

const withoutZonemd = (text: Uint8Array) =>
  Buffer.from(
    Buffer.from(text)
      .toString('latin1')
      .replace(/^.*\sZONEMD\s+\d.*\n/m, ''),
    'latin1',
  )

/** The RRs of a zone file, each as one line, sorted. */
function linesOf(text: Uint8Array): string[] {
  const rrs: RR[] = []
  const parser = new ZoneFileParser({ origin: parseName('.') })
  const emit = (item: Parameters<Parameters<typeof parser.push>[1]>[0]) => {
    if (item.kind === 'rr') rrs.push(item.rr)
    else throw new Error(JSON.stringify(item))
  }
  parser.push(text, emit)
  parser.end(emit)
  return [...new Set(rrs.map(formatRR))].toSorted()
}

const inFile = (pattern: RegExp) => linesOf(zone).filter((line) => pattern.test(line.replaceAll('\t', ' ')))

test('the apex answers its SOA, NS and DNSKEY with AA', async () => {
  for (const type of ['SOA', 'NS', 'DNSKEY']) {
    const reply = await ask('.', type, '+tcp')
    assert.equal(reply.status, 'NOERROR')
    assert.ok(reply.flags.includes('aa'), `${type}: ${reply.text}`)
    assert.equal(reply.answer.length, inFile(new RegExp(`^\\. \\d+ IN ${type} `)).length, type)
  }
})

test('DS of a delegation is answered by the parent, with AA', async () => {
  const reply = await ask('com.', 'DS')
  assert.ok(reply.flags.includes('aa'))
  assert.equal(reply.answer.length, inFile(/^com\. \d+ IN DS /).length)
})

test('a name below a cut is a referral without AA, with glue in the additional section over TCP', async () => {
  const reply = await ask('www.example.com.', 'A', '+tcp')
  assert.equal(reply.status, 'NOERROR')
  assert.ok(!reply.flags.includes('aa'))
  assert.deepEqual(reply.answer, [])
  assert.equal(reply.authority.length, 13)
  assert.ok(reply.authority.every((line) => line.startsWith('com. ')))
  assert.equal(reply.additional.length, 26, 'A and AAAA of thirteen servers')
})

test('NS at the cut itself is a referral, too', async () => {
  const reply = await ask('org.', 'NS')
  assert.ok(!reply.flags.includes('aa'))
  assert.deepEqual(reply.answer, [])
  assert.ok(reply.authority.length > 0)
})

test('stored DNSSEC records are sent with DO, and only then', async () => {
  const plain = await ask('.', 'SOA')
  assert.ok(!plain.text.includes('RRSIG'))
  const secure = await ask('.', 'SOA', '+dnssec')
  assert.ok(secure.answer.some((line) => line.includes(' RRSIG SOA ')))
})

test('a name that does not exist is NXDOMAIN with the SOA at its negative TTL', async () => {
  const reply = await ask('no-such-tld-zonecast.', 'A')
  assert.equal(reply.status, 'NXDOMAIN')
  assert.ok(reply.flags.includes('aa'))
  assert.match(reply.authority[0] ?? '', /^\. 86400 IN SOA /)
})

test('the export equals the file as canonical RRs', async () => {
  assert.deepEqual(linesOf(await exportText(system, '.')), linesOf(zone))
})

test('from 2020 to 2026 is refused by the guard, and one atomic change with force', async () => {
  const other = await startSystem()
  try {
    await publishZone(other, '.', rootZone('20201019-signed'))
    const before = await other.dig('edge-1', '.', 'SOA')
    const refused = await importZone(other.client(ZoneService), { zone: '.' }, withoutZonemd(zone))
    assert.equal(refused.code, Code.FailedPrecondition)
    assert.equal(refused.errors[0]?.reason, 'MASS_DELETE')
    assert.match(refused.errors[0]?.message ?? '', /34/)
    assert.deepEqual((await other.dig('edge-1', '.', 'SOA')).answers, before.answers)

    // One atomic change: whoever asks meanwhile sees the SOA and the com. DS set of the same zone, never a mixture.
    const seen = new Set<string>()
    const watch = { over: false }
    const looking = (async () => {
      while (!watch.over) {
        const serial = (await other.dig('edge-1', '.', 'SOA')).answers.map(formatRR).join()
        const ds = (await other.dig('edge-1', 'com.', 'DS')).answers.map(formatRR).join()
        const again = (await other.dig('edge-1', '.', 'SOA')).answers.map(formatRR).join()
        if (serial === again) seen.add(`${serial} ${ds}`)
      }
    })()
    const forced = await importZone(other.client(ZoneService), { zone: '.', force: true }, zone)
    await answered(other, forced.changeId)
    watch.over = true
    await looking
    assert.ok(seen.size <= 2, [...seen].join('\n'))
    assert.equal(forced.effect?.state?.serial, 2026082201)
    assert.deepEqual(linesOf(await exportText(other, '.')), linesOf(zone))
  } finally {
    await other.close()
  }
})

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatNames, encodeRR, formatRR, parseName, parseRDATAText, type RR, TYPE } from '@zonecast/dns'
import { compareStored } from '@zonecast/zone'
import * as fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { RRSorter } from './rr-sorter.ts'

const apex = parseName('Example.COM.')
let root = ''
let folders = 0

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rr-sorter-'))
})
afterAll(() => rmSync(root, { recursive: true }))

const label = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'www', 'WWW', '*'),
  fc.uint8Array({ minLength: 1, maxLength: 12 }),
  fc.array(fc.constantFrom(0, 1, 2, 0x41, 0x61), { minLength: 1, maxLength: 4 }),
)
const owner = fc.array(label, { maxLength: 4 }).map((labels) => {
  const octets = labels.flatMap((part) => {
    const bytes = typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : [...part]
    return [bytes.length, ...bytes]
  })
  return concatNames(new Uint8Array([...octets, 0]), apex)
})
const rdata = fc.oneof(
  fc.constantFrom('A 192.0.2.1', 'A 192.0.2.2', 'CNAME Host.example.', 'CNAME host.example.', 'MX 10 MAIL.example.'),
  fc.constantFrom('NSEC3 1 0 0 - 0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM A', 'TYPE65280 \\# 0', 'TYPE65280 \\# 1 00'),
  fc.stringMatching(/^[ab]{0,9}$/).map((text) => `TXT "${text}"`),
  fc.constantFrom('NSEC3', 'A').map((covered) => `RRSIG ${covered} 8 2 60 20300101000000 20200101000000 1 S.example. AAAA`),
)
const types: Record<string, number> = { ...TYPE, TYPE65280: 65280 }
const rr = fc.record({ owner, ttl: fc.nat({ max: 3 }), text: rdata }).map(({ owner: name, ttl, text }): RR => {
  const [type, ...rest] = text.split(' ')
  return { owner: name, ttl, type: types[type!]!, rdata: parseRDATAText(types[type!]!, rest.join(' ')) }
})

function sorted(rrs: readonly RR[], limits: { runOctets?: number; maxRuns?: number }): { read: Uint8Array[]; runs: number } {
  const folder = join(root, String(folders++))
  const sorter = new RRSorter({ folder, apexOctets: apex.length, ...limits })
  for (const each of rrs) sorter.add(each)
  sorter.finish()
  const read = [...sorter.read()]
  assert.deepEqual([...sorter.read()], read, 'reading again gives the same')
  const { runs } = sorter
  sorter.close()
  assert.ok(!existsSync(folder))
  return { read, runs }
}

const text = (stored: readonly Uint8Array[]) => stored.map((bytes) => Buffer.from(bytes).toString('hex'))

test('RRs of any order come out in canonical order, equal ones as they came, wherever the runs are cut', () => {
  fc.assert(
    fc.property(
      fc.array(rr, { maxLength: 120 }),
      fc.constantFrom({}, { runOctets: 1 }, { runOctets: 200, maxRuns: 3 }, { runOctets: 1500 }),
      (rrs, limits) => {
        const expected = rrs.map(encodeRR).toSorted((a, b) => compareStored(a, b))
        assert.deepEqual(text(sorted(rrs, limits).read), text(expected))
      },
    ),
    { numRuns: 300 },
  )
})

test('RRs that share long beginnings are sorted by what comes after them', () => {
  const long = Array.from({ length: 40 }, (_, i) => `"${'x'.repeat(200)}" "${'y'.repeat((i * 7) % 40)}"`)
  const rrs = [...long, ...long].map((value): RR => ({
    owner: apex,
    ttl: 1,
    type: TYPE.TXT,
    rdata: parseRDATAText(TYPE.TXT, value),
  }))
  const expected = rrs.map(encodeRR).toSorted((a, b) => compareStored(a, b))
  assert.deepEqual(text(sorted(rrs, {}).read), text(expected))
  assert.deepEqual(text(sorted(rrs, { runOctets: 4000 }).read), text(expected))
})

test('an RR larger than a run passes', () => {
  const large: RR = { owner: apex, ttl: 1, type: 65280, rdata: new Uint8Array(65_535).fill(7) }
  const small: RR = { owner: apex, ttl: 1, type: TYPE.A, rdata: new Uint8Array(4) }
  const { read, runs } = sorted([large, small, large], { runOctets: 100 })
  assert.equal(runs, 3)
  assert.deepEqual(
    read.map((bytes) => bytes.length),
    [small, large, large].map((each) => encodeRR(each).length),
  )
})

test('what fits in memory leaves no file; runs are merged before there are too many', () => {
  const rrs = Array.from({ length: 500 }, (_, i): RR => {
    const name = parseName(`host-${(i * 7919) % 500}`, apex)
    return { owner: name, ttl: 60, type: TYPE.A, rdata: new Uint8Array([192, 0, 2, 1]) }
  })
  assert.equal(sorted(rrs, {}).runs, 0)
  const folder = join(root, 'merged')
  const sorter = new RRSorter({ folder, apexOctets: apex.length, runOctets: 1000, maxRuns: 4 })
  for (const each of rrs) {
    sorter.add(each)
    assert.ok(sorter.runs < 4)
  }
  sorter.finish()
  assert.equal(readdirSync(folder).length, sorter.runs)
  assert.equal(new Set([...sorter.read()].map((bytes) => formatRR({ owner: bytes, type: 1, ttl: 0, rdata: bytes }))).size, 500)
  sorter.close()
})

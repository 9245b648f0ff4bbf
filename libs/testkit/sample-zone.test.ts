/** Sample zones are the same everywhere and in order. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { decodeRR, formatName, formatRR } from '@zonecast/dns'
import { test } from 'vitest'
import { compareSample } from './sample-order.ts'
import { generateZone, generateZoneText } from './sample-zone.ts'

for (const { count, md5 } of [
  { count: 8, md5: 'dad8733683efc1fbb52300bf96affadf' },
  { count: 1_000, md5: '442ff779fec49858c88197a7871fa986' },
  { count: 20_000, md5: 'ce53672267057ee181e240a58f0d02a2' },
]) {
  test(`the zone of ${count} records is the one other programs generate`, () => {
    assert.equal(createHash('md5').update(generateZoneText('example.com', count)).digest('hex'), md5)
  })
}

test('stored RRs are in canonical order, the SOA apart', () => {
  const { origin, soa, rrs } = generateZone('example.com', 1_000)
  assert.equal(formatName(origin), 'example.com.')
  assert.equal(rrs.length, 999)
  assert.equal(formatRR(decodeRR(soa)).split(' ')[3], 'SOA')
  assert.ok(rrs.every((stored, i) => i === 0 || compareSample(rrs[i - 1]!, stored) < 0))
  assert.ok(rrs.some((stored) => formatRR(decodeRR(stored)) === 'zz-last.example.com. 60 IN A 192.0.2.254'))
})

test('another seed or origin gives another zone', () => {
  assert.notEqual(generateZoneText('example.com', 50, 1), generateZoneText('example.com', 50, 2))
})

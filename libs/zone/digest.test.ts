/** Digests kept by the change are those made anew. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { encodeRR, parseName } from '@zonecast/dns'
import { arbContentPair } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import { diffSorted } from './delta.ts'
import { applyDeltaToDigest, DigestSum, digestOf } from './digest.ts'
import { buildPages } from './page-build.ts'
import { SetDigest } from './set-digest.ts'
import { shardOf } from './shard.ts'
import { Sum256 } from './sum256.ts'

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'binary')
const soa = (serial: number) => encodeRR({ owner: parseName('example.'), type: 6, ttl: 60, rdata: Uint8Array.of(serial) })
const big = (value: bigint) => Buffer.from(BigInt.asUintN(256, value).toString(16).padStart(64, '0'), 'hex')

test('the sum is that of whole numbers modulo 2²⁵⁶', () => {
  const term = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.constantFrom(0n, 1n, 2n ** 256n - 1n, 2n ** 255n))
  fc.assert(
    fc.property(fc.array(fc.tuple(term, fc.boolean()), { maxLength: 40 }), (terms) => {
      const sum = new Sum256()
      let expected = 0n
      for (const [value, adds] of terms) {
        if (adds) sum.add(big(value).toString('latin1'))
        else sum.subtract(big(value).toString('latin1'))
        expected += adds ? value : -value
      }
      assert.deepEqual(Buffer.from(sum.bytes()), big(expected))
    }),
  )
})

test('the sum carries before it leaves what a double holds exactly', () => {
  const sum = new Sum256()
  const most = big(-1n).toString('latin1')
  const terms = 2 ** 20 + 3
  for (let i = 0; i < terms; i++) sum.add(most)
  assert.deepEqual(Buffer.from(sum.bytes()), big(BigInt(-terms)))
  for (let i = 0; i < terms; i++) sum.subtract(most)
  assert.deepEqual(Buffer.from(sum.bytes()), big(0n))
})

test('the digest after a change is that of the whole version', () => {
  fc.assert(
    fc.property(arbContentPair(undefined, 20), fc.uint8Array(), fc.uint8Array(), ([a, b], oldSettings, newSettings) => {
      const [oldSoa, newSoa] = [soa(1), soa(2)]
      const before = digestOf(a, oldSoa, oldSettings, sha256)
      const change = { delta: diffSorted(a, b), oldSoa, newSoa, oldSettings, newSettings }
      const after = digestOf(b, newSoa, newSettings, sha256)
      assert.deepEqual(applyDeltaToDigest(before, change, sha256), after)
      const fromNothing = { delta: diffSorted([], b), newSoa, newSettings }
      assert.deepEqual(applyDeltaToDigest(new Uint8Array(32), fromNothing, sha256), after)
      const byPage = new DigestSum(sha256)
      for (const { content } of buildPages(b)) byPage.addPage(content)
      byPage.add(newSoa)
      byPage.addSettings(newSettings)
      assert.deepEqual(byPage.bytes(), after)
    }),
  )
})

test('the set digest does not depend on the way heads came', () => {
  const head = (zone: string, version: bigint) => ({
    zone,
    state: { generation: 1n, version, digest: new Uint8Array(32).fill(7) },
  })
  const one = new SetDigest(sha256)
  one.add(head('a.', 1n))
  one.add(head('b.', 1n))
  one.subtract(head('a.', 1n))
  one.add(head('a.', 2n))
  const other = new SetDigest(sha256)
  other.add(head('a.', 2n))
  other.add(head('b.', 1n))
  assert.deepEqual([one.bytes(), one.zones], [other.bytes(), 2])
  other.subtract(head('b.', 1n))
  assert.notDeepEqual(one.bytes(), other.bytes())
})

test('the shard does not depend on the case of the zone', () => {
  assert.equal(shardOf(parseName('EXAMPLE.com.'), sha256), shardOf(parseName('example.COM.'), sha256))
})

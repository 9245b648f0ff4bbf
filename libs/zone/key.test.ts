/** Keys order as RRs do. */
import assert from 'node:assert/strict'
import { ancestorAt, encodeRR, isAtOrBelow, parseName, TYPE } from '@zonecast/dns'
import { arbName, arbRR, compareSample } from '@zonecast/testkit'
import * as fc from 'fast-check'
import { test } from 'vitest'
import {
  afterOwnerKey,
  afterSubtreeKey,
  compareKeys,
  firstKey,
  isInseparable,
  keyAfter,
  lastKey,
  ownerKey,
  separatorKey,
  spaceAt,
  storedKey,
  subtreeKey,
} from './key.ts'
import { compareStored } from './order.ts'

const arbStored = arbRR().map(encodeRR)
const large = (tail: string) =>
  encodeRR({ owner: parseName('a.'), type: 65_280, ttl: 1, rdata: Buffer.concat([Buffer.alloc(512, 1), Buffer.from(tail)]) })

test('compareStored is the canonical order', () => {
  fc.assert(
    fc.property(arbStored, arbStored, (a, b) => assert.equal(Math.sign(compareStored(a, b)), Math.sign(compareSample(a, b)))),
  )
})

test('keys never order RRs the other way round, and are equal only for RRs that stay in one page', () => {
  fc.assert(
    fc.property(arbStored, arbStored, (a, b) => {
      const order = compareKeys(storedKey(a), storedKey(b))
      if (order === 0) assert.ok(compareStored(a, b) === 0 || isInseparable(a, b) || isInseparable(b, a))
      else assert.equal(Math.sign(order), Math.sign(compareStored(a, b)))
    }),
  )
})

test('a separator stands after the first RR and not after the second', () => {
  fc.assert(
    fc.property(arbStored, arbStored, (a, b) => {
      const [previous, next] = compareStored(a, b) < 0 ? [a, b] : [b, a]
      fc.pre(compareStored(previous, next) < 0 && storedKey(previous)[0] === storedKey(next)[0])
      const key = separatorKey(previous, next)
      if (key === undefined) return assert.ok(isInseparable(previous, next))
      assert.ok(compareKeys(storedKey(previous), key) < 0 && compareKeys(key, storedKey(next)) <= 0)
    }),
  )
})

test('the bounds of an owner and of a subtree hold what stands there and nothing else', () => {
  fc.assert(
    fc.property(arbRR(), arbName(parseName('example.')), fc.boolean(), (rr, other, nearby) => {
      const stored = encodeRR(rr)
      const key = storedKey(stored)
      const space = spaceAt(stored, rr.owner.length)
      const name = nearby ? ancestorAt(rr.owner, 2) : other
      const between = (from: Uint8Array, to: Uint8Array) => compareKeys(from, key) <= 0 && compareKeys(key, to) < 0
      assert.equal(between(subtreeKey(space, name), afterSubtreeKey(space, name)), isAtOrBelow(rr.owner, name))
      const same = isAtOrBelow(rr.owner, name) && isAtOrBelow(name, rr.owner)
      assert.equal(between(ownerKey(space, name), afterOwnerKey(space, name)), same)
      assert.ok(between(firstKey(space), lastKey(space)))
    }),
  )
})

test('the root has bounds too', () => {
  assert.deepEqual(ownerKey(0, parseName('.')), Uint8Array.of(0, 0))
  assert.deepEqual(subtreeKey(1, parseName('.')), Uint8Array.of(1))
  assert.deepEqual(afterSubtreeKey(0, parseName('.')), Uint8Array.of(1))
})

test('no key stands between a key and the one after', () => {
  assert.deepEqual(keyAfter(Uint8Array.of(0, 7)), Uint8Array.of(0, 7, 0))
})

for (const { name, type, rdata, space } of [
  { name: 'A', type: TYPE.A, rdata: [1, 2, 3, 4], space: 0 },
  { name: 'NSEC3', type: TYPE.NSEC3, rdata: [1], space: 1 },
  { name: 'NSEC3PARAM', type: TYPE.NSEC3PARAM, rdata: [1], space: 0 },
  { name: 'RRSIG of A', type: TYPE.RRSIG, rdata: [0, 1, 9], space: 0 },
  { name: 'RRSIG of NSEC3', type: TYPE.RRSIG, rdata: [0, 50, 9], space: 1 },
  { name: 'RRSIG cut short', type: TYPE.RRSIG, rdata: [0], space: 0 },
]) {
  test(`${name} stands in space ${space}`, () => {
    const stored = encodeRR({ owner: parseName('a.'), type, ttl: 0, rdata: Uint8Array.from(rdata) })
    assert.equal(spaceAt(stored, 3), space)
  })
}

test('RRs that differ after 512 octets of RDATA cannot be separated', () => {
  assert.ok(isInseparable(large('a'), large('b')))
  assert.ok(isInseparable(large(''), large('b')))
  assert.equal(separatorKey(large('a'), large('b')), undefined)
})

import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { ZoneState } from '@zonecast/zone'
import { LowWater } from './low-water.ts'

const version = (number: bigint): ZoneState => ({
  generation: 1n,
  version: number,
  serial: 1,
  digest: new Uint8Array(32),
  deleted: false,
})

test('the position stays before what is not settled, and later mentions are not lost', () => {
  const low = new LowWater(40n)
  low.mention(40n, 41n, 'large.', version(1n))
  low.mention(41n, 45n, 'a.', version(1n))
  low.mention(45n, 46n, 'b.', version(1n))
  low.settle('b.', version(1n))
  low.settle('a.', version(1n))
  assert.equal(low.position, 40n)
  assert.equal(low.pending, 1)
  assert.equal(low.positionWith('large.', version(1n)), 46n)
  low.settle('large.', version(2n))
  assert.equal(low.position, 46n)
})

test('a link that joins to nothing does not join', () => {
  const low = new LowWater(10n)
  assert.equal(low.joins(11n), false)
  low.pass(10n, 20n)
  assert.equal(low.joins(20n), true)
  assert.equal(low.position, 20n)
})

test('a later mention of the zone settles the earlier one and holds the position back itself', () => {
  const low = new LowWater()
  low.mention(0n, 5n, 'a.', version(1n))
  low.mention(5n, 9n, 'a.', version(2n))
  assert.equal(low.position, 5n)
  low.settle('a.', version(1n))
  assert.equal(low.position, 5n)
})

test('what is not settled is told, and where the position would stand without it', () => {
  const low = new LowWater(4n)
  low.mention(4n, 5n, 'held.', version(7n))
  low.mention(5n, 8n, 'a.', version(1n))
  low.settle('a.', version(1n))
  low.pass(8n, 9n)
  assert.deepEqual(low.unsettled(), [{ zone: 'held.', state: version(7n) }])
  assert.deepEqual([low.position, low.end], [4n, 9n])
})

test('links of two publishers join', () => {
  const low = new LowWater(30n)
  low.mention(40n, 57n, 'a.', version(3n))
  low.settle('a.', version(3n))
  assert.equal(low.position, 30n)
  low.pass(30n, 41n)
  assert.equal(low.position, 57n)
})

test('memory follows what is unsettled, not what was settled behind it', () => {
  const low = new LowWater()
  low.mention(0n, 1n, 'large.', version(1n))
  for (let position = 2n; position < 20_000n; position++) {
    low.mention(position - 1n, position, `z${position % 50n}.`, version(position))
    low.settle(`z${position % 50n}.`, version(position))
  }
  assert.equal(low.pending, 1)
  low.settle('large.', version(1n))
  assert.equal(low.position, 19_999n)
})

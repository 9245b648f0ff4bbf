/** When an edge is level. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { FollowResponse } from '@zonecast/sync'
import { Level } from './level.ts'

const logId = new Uint8Array(16)
const welcome = (shards: number[]): FollowResponse => ({
  kind: 'welcome',
  protocol: 1,
  publisherId: 'p',
  logId,
  shards,
  heartbeatMilliseconds: 1,
  placements: [],
})
const resume = (shard: number): FollowResponse => ({ kind: 'resume', shard, logId })
const checkpoint = (shard: number, position: bigint): FollowResponse => ({
  kind: 'checkpoint',
  after: 0n,
  level: { shard, position, setDigest: new Uint8Array(32), zones: 0 },
})

for (const { name, received, applied, reached } of [
  { name: 'nothing was heard', received: [], applied: {}, reached: false },
  { name: 'no shard is known yet', received: [welcome([])], applied: {}, reached: false },
  { name: 'a shard has no end yet', received: [welcome([1, 2]), checkpoint(1, 0n)], applied: {}, reached: false },
  { name: 'a shard is behind its end', received: [welcome([1]), checkpoint(1, 5n)], applied: { 1: 4n }, reached: false },
  {
    name: 'later ends do not count',
    received: [welcome([1]), checkpoint(1, 5n), checkpoint(1, 9n)],
    applied: { 1: 5n },
    reached: true,
  },
  { name: 'a shard was taken over', received: [welcome([1]), checkpoint(1, 5n), resume(2)], applied: { 1: 5n }, reached: false },
  { name: 'all are there', received: [welcome([1, 2]), checkpoint(1, 5n), checkpoint(2, 0n)], applied: { 1: 7n }, reached: true },
])
  test(`level: ${name}: ${reached}`, () => {
    const positions: Record<number, bigint> = applied
    const level = new Level((shard) => positions[shard] ?? 0n)
    for (const message of received) level.received(1, message)
    level.look()
    assert.equal(level.reached, reached)
  })

test('level: it stays so when the stream ends, and a stream that ended says nothing', () => {
  const level = new Level(() => 9n)
  level.received(1, welcome([1]))
  level.received(1, checkpoint(1, 5n))
  level.closed(1)
  level.look()
  assert.equal(level.reached, false)
  level.received(2, welcome([1]))
  level.received(2, checkpoint(1, 5n))
  level.look()
  level.closed(2)
  assert.equal(level.reached, true)
})

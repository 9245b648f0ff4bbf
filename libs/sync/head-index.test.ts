import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Head } from '@zonecast/zone'
import { HeadIndex } from './head-index.ts'
import { headTerm } from './model/database.ts'

function head(zone: string, position: bigint, options: { version?: bigint; deleted?: boolean; placement?: string } = {}): Head {
  const { version = position, deleted = false, placement = 'default' } = options
  const state = { generation: 1n, version, serial: 1, digest: new Uint8Array(deleted ? 0 : 32), deleted }
  return { zone, state, settingsVersion: 1n, shard: 3, position, placement, rrCount: 2, contentOctets: 100 }
}

const filled = (...heads: Head[]): HeadIndex => {
  const index = new HeadIndex({ headTerm })
  for (const one of heads) index.put(one)
  index.complete(3, 100n)
  return index
}

test('a zone that changes again moves to the end', () => {
  const index = filled(head('a.', 1n), head('b.', 2n), head('a.', 3n))
  assert.deepEqual(
    [...index.after(3, 0n)].map((entry) => entry.head.zone),
    ['b.', 'a.'],
  )
  assert.equal(index.get('a.')?.previous?.position, 1n)
  assert.equal(index.put(head('a.', 1n)), false)
})

test('heads of a listing are put behind a live event that was quicker', () => {
  const index = filled(head('live.', 9n), head('a.', 4n), head('b.', 7n), head('live.', 2n))
  assert.deepEqual(
    [...index.after(3, 0n)].map((entry) => entry.head.position),
    [4n, 7n, 9n],
  )
})

test('nothing is seen behind where the shard is complete', () => {
  const index = new HeadIndex({ headTerm })
  index.put(head('a.', 4n))
  index.complete(3, 3n)
  assert.equal(index.next(3, 0n), undefined)
  assert.equal(index.level(3, ['default']), undefined)
})

test('the set digest does not depend on the way, and leaves tombstones and other placements out', () => {
  const one = filled(
    head('a.', 1n),
    head('b.', 2n),
    head('c.', 4n, { placement: 'inner' }),
    head('b.', 5n, { deleted: true }),
    head('a.', 6n),
  )
  const other = filled(head('a.', 6n))
  assert.deepEqual(one.level(3, ['default']), other.level(3, ['default']))
  assert.equal(one.level(3, ['default', 'inner'])?.zones, 2)
})

test('dead entries are swept', () => {
  const index = filled()
  for (let position = 1n; position <= 100n; position++) index.put(head('hot.', position))
  assert.equal(index.size, 1)
  assert.equal([...index.after(3, 0n)].length, 1)
})

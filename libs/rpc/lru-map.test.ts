/** What was used longest ago makes room. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { LRUMap } from './lru-map.ts'

test('a full map lets go what was used longest ago, and nothing else', () => {
  const map = new LRUMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  assert.equal(map.get('a'), 1)
  map.set('c', 3)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [1, undefined, 3, 2])
  map.set('a', 4)
  map.set('d', 5)
  assert.deepEqual([...map.values()], [4, 5])
  assert.equal(map.delete('a'), true)
  assert.equal(map.delete('a'), false)
})

test('what is asked for again and again stays, and is gone when it was let go', () => {
  const map = new LRUMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  assert.deepEqual([map.get('b'), map.get('a'), map.get('a')], [2, 1, 1])
  map.set('c', 3)
  assert.deepEqual([map.get('b'), map.get('a')], [undefined, 1])
  map.delete('a')
  map.set('b', 2)
  map.set('a', 4)
  assert.deepEqual([map.get('c'), map.get('b'), map.get('a')], [undefined, 2, 4])
  map.clear()
  assert.deepEqual([map.get('a'), map.size], [undefined, 0])
})

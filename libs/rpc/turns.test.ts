/** Reading calls of one connection wait for each other, and for nobody else's. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { Turns } from './turns.ts'

test('what is more than may run waits, in its order, and connections do not wait for each other', async () => {
  const turns = new Turns(2)
  const [busy, other] = [{}, {}]
  const order: string[] = []
  assert.equal(turns.take(busy), undefined)
  assert.equal(turns.take(busy), undefined)
  const third = turns.take(busy)?.then(() => order.push('third'))
  const fourth = turns.take(busy)?.then(() => order.push('fourth'))
  assert.equal(turns.take(other), undefined)
  turns.end(busy)
  await third
  assert.deepEqual(order, ['third'])
  turns.end(busy)
  await fourth
  assert.deepEqual(order, ['third', 'fourth'])
  turns.end(busy)
  turns.end(busy)
  assert.equal(turns.take(busy), undefined)
})

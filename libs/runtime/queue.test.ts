/** What a producer and a consumer see of the queue between them. */
import assert from 'node:assert/strict'
import { array, assert as check, asyncProperty, integer } from 'fast-check'
import { test } from 'vitest'
import { AsyncQueue } from './queue.ts'

async function collect<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of queue) items.push(item)
  return items
}

test('items come out in the order they went in, whatever the capacity', async () => {
  await check(
    asyncProperty(array(integer()), integer({ min: 1, max: 9 }), async (items, capacity) => {
      const queue = new AsyncQueue<number>(capacity)
      const produced = (async () => {
        for (const item of items) await queue.push(item)
        queue.end()
      })()
      assert.deepEqual(await collect(queue), items)
      await produced
    }),
  )
})

test('a long queue keeps its order when its head is trimmed', async () => {
  const queue = new AsyncQueue<number>(5_000)
  for (let item = 0; item < 4_000; item++) void queue.push(item)
  for (let item = 0; item < 4_000; item++) assert.equal((await queue.next()).value, item)
})

test('a full queue holds the producer until one item is taken', async () => {
  const queue = new AsyncQueue<number>(2)
  assert.equal(queue.push(1), true)
  const held = queue.push(2)
  assert.ok(held instanceof Promise)
  assert.equal(queue.tryPush(3), false)
  await queue.next()
  assert.equal(await held, true)
})

test('a consumer that leaves tells the producer', async () => {
  const queue = new AsyncQueue<number>(1)
  const held = queue.push(1)
  await queue.return()
  assert.equal(await held, false)
  assert.equal(queue.push(2), false)
  assert.equal(queue.closed, true)
})

test('an error comes after the items that were there', async () => {
  const queue = new AsyncQueue<number>(4)
  queue.push(1)
  queue.fail(new Error('link lost'))
  assert.deepEqual(await queue.next(), { done: false, value: 1 })
  await assert.rejects(queue.next(), /link lost/)
  assert.deepEqual(await queue.next(), { done: true, value: undefined })
})

test('the end and an error reach a consumer that already waits', async () => {
  const ended = new AsyncQueue<number>()
  const end = ended.next()
  ended.end()
  assert.deepEqual(await end, { done: true, value: undefined })
  const failed = new AsyncQueue<number>()
  const failure = failed.next()
  failed.fail(new Error('link lost'))
  await assert.rejects(failure, /link lost/)
})

/** The fake clock keeps the order of a real one. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { fakeClock } from './fake-clock.ts'

test('time stands until it is moved', () => {
  const clock = fakeClock(1_000)
  assert.deepEqual([clock.now(), clock.monotonicMs()], [1_000, 0])
  clock.advance({ hours: 1, minutes: 1, seconds: 1, ms: 1 })
  assert.deepEqual([clock.now(), clock.monotonicMs()], [3_662_001, 3_661_001])
})

test('what falls due runs in order, at its own moment, and what it schedules runs too', () => {
  const clock = fakeClock(0)
  const seen: [string, number][] = []
  const note = (name: string) => () => void seen.push([name, clock.now()])
  clock.schedule(20, note('late'))
  clock.schedule(10, () => {
    note('early')()
    clock.schedule(5, note('between'))
  })
  clock.schedule(20, note('later'))
  clock.schedule(15, note('never')).cancel()
  clock.schedule(100, note('beyond'))
  clock.advance({ ms: 50 })
  assert.deepEqual(seen, [
    ['early', 10],
    ['between', 15],
    ['late', 20],
    ['later', 20],
  ])
  assert.equal(clock.pending, 1)
})

test('pass lets promises schedule in between', async () => {
  const clock = fakeClock(0)
  const seen: number[] = []
  void (async () => {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise<void>((resolve) => clock.schedule(10, resolve))
      seen.push(clock.now())
    }
  })()
  await clock.pass({ ms: 30 })
  assert.deepEqual(seen, [10, 20, 30])
})

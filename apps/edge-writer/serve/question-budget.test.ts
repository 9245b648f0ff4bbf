/** A change asks all it wants; a flood of changes asks what time allows. */
import { strict as assert } from 'node:assert'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { createBudget } from './question-budget.ts'

test('one change after the other asks all its questions', async () => {
  const clock = fakeClock()
  const budget = createBudget(clock)
  for (let change = 0; change < 10; change++) {
    assert.equal(budget(32), 32)
    await clock.pass({ ms: 32 })
  }
})

test('a flood is granted a burst, then what time brings', async () => {
  const clock = fakeClock()
  const budget = createBudget(clock)
  assert.deepEqual([budget(32), budget(32), budget(32)], [32, 32, 0])
  await clock.pass({ ms: 5 })
  assert.deepEqual([budget(32), budget(1)], [5, 0])
  await clock.pass({ seconds: 60 })
  assert.equal(budget(1_000), 64)
})

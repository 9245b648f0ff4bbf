/** Percentiles are ranks that were measured, and columns line up. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { spreadOf, tableText } from './figures.ts'

test('percentiles are values that were measured', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i)
  assert.deepEqual(spreadOf(values), { count: 200, p50: 100, p99: 198, max: 200, mean: 100.5 })
  assert.deepEqual(spreadOf([7]), { count: 1, p50: 7, p99: 7, max: 7, mean: 7 })
})

test('columns of numbers stand on the right', () => {
  assert.equal(
    tableText(
      ['zone', 'ms'],
      [
        ['small', 2.5],
        ['one million', 10],
      ],
    ),
    '  zone          ms\n  small        2.5\n  one million   10',
  )
})

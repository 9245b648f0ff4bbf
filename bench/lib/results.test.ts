/** Rounds are joined to rows, and ratios say how many times better ours is. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { type Measure, rowsOf } from './results.ts'

const measure = (system: string, value: number, better: Measure['better'] = 'lower'): Measure => ({
  group: 'g',
  system,
  variant: '',
  figure: 'f',
  unit: 'ms',
  better,
  value,
})

test('the best of the rounds is compared, and each round with its own', () => {
  const [own, peer] = rowsOf([measure('zonecast', 4), measure('peer', 10), measure('zonecast', 2), measure('peer', 12)])
  assert.deepEqual([own?.rounds, own?.best, own?.spread, own?.ratio], [[4, 2], 2, [2, 4], undefined])
  assert.deepEqual([peer?.best, peer?.ratio, peer?.ratioSpread], [10, 5, [2.5, 6]])
})

test('where more is better, the ratio is above 1 when ours is higher', () => {
  const [own, peer] = rowsOf([measure('zonecast', 300, 'higher'), measure('peer', 100, 'higher')])
  assert.deepEqual([own?.best, peer?.ratio], [300, 3])
})

test('nothing is compared with zero, nor where ours is missing', () => {
  assert.equal(rowsOf([measure('zonecast', 0), measure('peer', 1)])[1]?.ratio, undefined)
  assert.equal(rowsOf([measure('other', 1), measure('peer', 1)])[1]?.ratio, undefined)
})

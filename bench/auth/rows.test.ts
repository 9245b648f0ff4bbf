/** Slices become rows: the median, and around it the half of them. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { latency, nobody, onCore, ratioOf, rowsOfPairs } from './rows.ts'

const pair = (without: number, guarded: number) => ({
  cpuMicros: [without, guarded] as const,
  latencyMs: [without / 100, guarded / 100] as const,
})
const place = { group: 'g', variant: 'token' }
const rowOf = (pairs: ReturnType<typeof pair>[], system: string, figure: string) =>
  rowsOfPairs(place, pairs).find((row) => row.system === system && row.figure === figure)

test('a slice that was disturbed moves neither median nor ratio', () => {
  const pairs = [pair(50, 55), pair(60, 66), pair(50, 55), pair(40, 44), pair(50, 5_000)]
  const { best, spread, rounds } = rowOf(pairs, 'zonecast', ratioOf(onCore))!
  assert.deepEqual([best, spread, rounds], [1.1, [1.1, 1.1], [1.1, 1.1, 1.1, 1.1, 100]])
  assert.deepEqual(rowOf(pairs, nobody, onCore)?.best, 50)
  assert.deepEqual(rowOf(pairs, 'zonecast', latency)?.spread, [0.55, 0.66])
})

test('a ratio is that of slices side by side, and not of medians', () => {
  const pairs = [pair(100, 100), pair(10, 20), pair(20, 40)]
  assert.deepEqual(rowOf(pairs, 'zonecast', ratioOf(onCore))?.best, 2)
  assert.deepEqual(rowOf(pairs, 'zonecast', onCore)?.best, 40)
})

test('of many slices a tenth of the time is a round', () => {
  const pairs = Array.from({ length: 95 }, (_, i) => pair(i, 2 * i))
  assert.equal(rowOf(pairs, nobody, onCore)?.rounds.length, 10)
})

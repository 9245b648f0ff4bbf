/** Claims are judged by the numbers, and plots hold what the rows say. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { type Measure, rowsOf } from '../results.ts'
import { judge } from './checks.ts'
import type { Check, Claim } from './commentary.ts'
import { plain, times, withUnit } from './number-text.ts'
import { drawPlot } from './plot.ts'
import { claimText } from './section.ts'
import { axisTicks, scaleOf } from './svg.ts'

const measure = (group: string, system: string, value: number, x?: number): Measure => ({
  group,
  system,
  variant: 'defaults',
  figure: 'time',
  unit: 'ms',
  better: 'lower',
  value,
  ...(x !== undefined && { x }),
})
const rows = rowsOf([
  measure('small', 'zonecast', 3),
  measure('small', 'slow 9.1', 30),
  measure('small', 'fast', 2),
  measure('large', 'zonecast', 3.3),
])
const claim = (...checks: Check[]): Claim => ({ by: 'target', says: '', checks })
const small = { group: 'small', figure: 'time' }
const large = { group: 'large', figure: 'time' }

for (const { name, checks, word } of [
  { name: 'a figure within its bound', checks: [{ of: small, most: 3 }], word: 'holds' },
  { name: 'a figure over its bound', checks: [{ of: small, most: 2.9 }], word: 'does not hold' },
  { name: 'a ratio of two figures', checks: [{ of: large, over: small, most: 1.11 }], word: 'holds' },
  {
    name: 'one of two',
    checks: [
      { of: small, most: 3 },
      { of: large, most: 3 },
    ],
    word: 'holds in part',
  },
  { name: 'a peer that is ahead', checks: [{ aheadIn: ['small'], figure: 'time' }], word: 'does not hold' },
  {
    name: 'a peer named without its version',
    checks: [{ of: { ...small, system: 'slow' }, over: small, least: 10 }],
    word: 'holds',
  },
  { name: 'no such figure', checks: [{ of: { group: 'none', figure: 'time' }, most: 1 }], word: 'not measured' },
  {
    name: 'one that is missing',
    checks: [
      { of: small, most: 3 },
      { of: { ...small, figure: 'none' }, most: 1 },
    ],
    word: 'holds in part',
  },
] satisfies { name: string; checks: Check[]; word: string }[]) {
  test(`a claim with ${name} ${word}`, () => assert.equal(judge(claim(...checks), rows).word, word))
}

test('why a target is missed is said where it is missed', () => {
  const told = (most: number) => claimText({ ...claim({ of: small, most }), shortfall: 'It is slow.' }, rows)
  assert.match(told(2), /It is slow\./)
  assert.doesNotMatch(told(3), /It is slow\./)
})

test('the peer that is ahead is named with its lead', () => {
  const [verdict] = judge(claim({ aheadIn: ['small'], figure: 'time' }), rows).verdicts
  assert.match(verdict!.text, /ahead of 1 of 2; \*\*behind\*\* fast, defaults \(1\.50 × better than ours\)/)
})

for (const { value, unit, text } of [
  { value: 3.0812, unit: 'ms', text: '3.08 ms' },
  { value: 36_234, unit: '/s', text: '36 200 /s' },
  { value: 23_400, unit: 'ms', text: '23.4 s' },
  { value: 151_234_567, unit: 'octets', text: '151 MB' },
  { value: 0, unit: '', text: '0' },
]) {
  test(`${value} ${unit} reads ${text}`, () => assert.equal(withUnit(value, unit), text))
}

test('whole numbers have no zeros behind the point', () => {
  assert.equal(plain(2), '2')
  assert.equal(times(188), '188 ×')
})

test('an axis holds all values, and its ticks are round', () => {
  const linear = scaleOf([3, 17], 'linear', { from: 100, to: 200 })
  assert.deepEqual([linear.at(0), linear.at(17), axisTicks(linear)], [100, 200, [0, 5, 10, 15]])
  const log = scaleOf([3, 1000], 'log', { from: 0, to: 90 })
  assert.deepEqual([Math.round(log.at(10)), Math.round(log.at(1000)), axisTicks(log)], [30, 90, [1, 10, 100, 1000]])
  assert.deepEqual(axisTicks(scaleOf([1, 30], 'log', { from: 0, to: 90 })), [1, 2, 5, 10, 20])
  assert.equal(scaleOf([10, 30], 'log', { from: 0, to: 90, forBars: true }).lowest, 1)
})

test('a plot has a bar for each row of its figure, and escapes names', () => {
  const drawn = drawPlot({ figure: 'time', title: 'a < b' }, rows)!
  assert.equal(drawn.match(/<rect /g)?.length, rows.length)
  assert.match(drawn, /a &lt; b/)
  assert.equal(drawPlot({ figure: 'none', title: '' }, rows), undefined)
})

test('lines have a dot for each group', () => {
  const along = rowsOf([measure('1', 'zonecast', 3, 1), measure('10', 'zonecast', 4, 10), measure('100', 'zonecast', 6, 100)])
  const drawn = drawPlot({ figure: 'time', title: 'lines', kind: 'lines' }, along)!
  assert.equal(drawn.match(/<circle [^>]*r="3.5"/g)?.length, 3)
})

/** The closing line is read by people and by machines: its words are settled here. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { closingLine } from './line-reporter.ts'

for (const { name, counts, line } of [
  { name: 'nothing skipped', counts: { passed: 3, failed: 1, skipped: 0 }, line: '3 passed, 1 failed' },
  { name: 'a skipped test is named', counts: { passed: 3, failed: 0, skipped: 2 }, line: '3 passed, 0 failed, 2 skipped' },
])
  test(`closingLine: ${name}`, () => assert.equal(closingLine(counts), line))

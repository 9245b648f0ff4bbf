/** Waits double up to their bound and use the whole range below it. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { backoff } from './backoff.ts'

const options = { baseMs: 100, maxMs: 2_000 }

for (const { name, attempt, random, waitMs } of [
  { name: 'the first wait is below the base', attempt: 0, random: 0.999, waitMs: 99 },
  { name: 'the bound doubles', attempt: 3, random: 0.5, waitMs: 400 },
  { name: 'the bound has an end', attempt: 30, random: 0.5, waitMs: 1_000 },
  { name: 'the exponent does not overflow', attempt: 5_000, random: 0.5, waitMs: 1_000 },
  { name: 'a wait may be nothing', attempt: 9, random: 0, waitMs: 0 },
])
  test(`backoff: ${name}`, () =>
    assert.equal(
      backoff(attempt, options, () => random),
      waitMs,
    ))

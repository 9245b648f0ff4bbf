/** What is committed is what lanes.as compiles to. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { hashLanesModule } from './hash-lanes.ts'

test('libs/runtime/hash-lanes/generated is current; npm run generate writes it', async () => {
  const committed = readFileSync(new URL('../libs/runtime/hash-lanes/generated/lanes.ts', import.meta.url), 'utf8')
  assert.equal(committed, await hashLanesModule())
})

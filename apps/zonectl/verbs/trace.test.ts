/** How the way of a change is drawn. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { type StepJson, waterfall } from './trace.ts'

const zone = 'harbour.example.'
const span = (over: Partial<StepJson>): StepJson => ({
  zone,
  version: 4,
  step: 'commit',
  program: 'zone-api',
  edgeId: null,
  startMs: 0,
  durationMs: 2,
  ...over,
})

test('a step that a later version took for the change says which', () => {
  const spans = [span({}), span({ version: 7, step: 'apply', program: 'edge-1', edgeId: 'edge-1', startMs: 90 })]
  const [, commit, apply] = waterfall(spans, new Map([[zone, 4]])).split('\n')
  assert.match(commit!, /^commit .*▒\s*$/)
  assert.match(apply!, /^apply .*▒\s+with version 7$/)
})

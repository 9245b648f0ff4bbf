/** When an edge is late, and how far a change of several zones has come. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { ChangeAtEdge } from '@zonecast/sync'
import { edgeAt } from './edge-at-change.ts'

const committedAtMs = 1_000_000

function part(more: Partial<ChangeAtEdge> = {}): ChangeAtEdge {
  return {
    stage: 'published',
    publishedAt: undefined,
    appliedAt: undefined,
    answeredAt: undefined,
    mergedIntoVersion: 0n,
    connected: true,
    lastHeardAt: committedAtMs,
    refusal: '',
    ...more,
  } as ChangeAtEdge
}

for (const { name, parts, afterMs, late } of [
  { name: 'five seconds after the commit', parts: [part()], afterMs: 5_000, late: false },
  { name: 'later than that', parts: [part()], afterMs: 5_001, late: true },
  { name: 'never heard, five seconds after the commit', parts: [part({ lastHeardAt: undefined })], afterMs: 5_000, late: false },
  { name: 'never heard for longer', parts: [part({ lastHeardAt: undefined })], afterMs: 5_001, late: true },
  { name: 'last heard long before the commit', parts: [part({ lastHeardAt: 1 })], afterMs: 4_999, late: false },
  {
    name: 'heard a moment ago, and yet it does not answer',
    parts: [part({ lastHeardAt: committedAtMs + 60_000 })],
    afterMs: 60_500,
    late: true,
  },
  { name: 'silent after it has answered', parts: [part({ stage: 'answered' })], afterMs: 60_000, late: false },
  { name: 'one zone answered, the other not', parts: [part({ stage: 'answered' }), part()], afterMs: 5_001, late: true },
])
  test(`an edge is late: ${name}: ${late}`, () => {
    assert.equal(edgeAt('edge-1', parts, { committedAtMs, nowMs: committedAtMs + afterMs }).late, late)
  })

test('a change is as far as its slowest zone, and its times are those of the last', () => {
  const parts = [part({ stage: 'applied', publishedAt: 5, appliedAt: 9 }), part({ publishedAt: 7 })]
  const { stage, publishedAt, appliedAt } = edgeAt('edge-1', parts, { committedAtMs, nowMs: committedAtMs })
  assert.deepEqual({ stage, publishedAt, appliedAt }, { stage: 'published', publishedAt: 7, appliedAt: undefined })
})

const heardNow = { lastHeardAt: committedAtMs + 60_000 }
for (const { name, more, step, reason } of [
  { name: 'nobody has sent it', more: { stage: 'committed' }, step: 'release', reason: 'no publisher has sent it yet' },
  {
    name: 'not connected',
    more: { stage: 'committed', connected: false },
    step: 'release',
    reason: 'it is connected to no publisher',
  },
  { name: 'silent', more: { lastHeardAt: committedAtMs }, step: 'apply', reason: 'it has fallen silent' },
  { name: 'fetching', more: { transferring: true }, step: 'apply', reason: 'it is fetching the zone' },
  { name: 'refusing', more: { refusal: 'DIGEST_MISMATCH' }, step: 'apply', reason: 'it refuses the zone: DIGEST_MISMATCH' },
  { name: 'sent', more: {}, step: 'apply', reason: 'it has not applied it yet' },
  { name: 'applied', more: { stage: 'applied' }, step: 'answer', reason: 'its DNS server does not answer it yet' },
  {
    name: 'at a version that never was',
    more: { ahead: 99n },
    step: 'apply',
    reason: 'it holds version 99, which was never committed: zonectl edge reset takes it back',
  },
  { name: 'answering', more: { stage: 'answered' }, step: '', reason: '' },
] as const)
  test(`what a late edge has still to do, and why: ${name}`, () => {
    const parts = [part({ ...heardNow, ...more })]
    const { awaitedStep, awaitedReason } = edgeAt('edge-1', parts, { committedAtMs, nowMs: committedAtMs + 61_000 })
    assert.deepEqual([awaitedStep, awaitedReason], [step, reason])
  })

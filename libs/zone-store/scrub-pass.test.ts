/** The scrub's pace, and what it does with what it finds. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import type { StoredZone } from './layout.ts'
import { startScrub } from './scrub-pass.ts'
import type { ScrubOutcome } from './scrub.ts'

/** Zones with the outcome of each of their steps. */
function storeOf(outcomes: Readonly<Record<string, readonly ScrubOutcome['kind'][]>>) {
  const steps: string[] = []
  const doubted: string[] = []
  const touched: string[] = []
  const stored = (zone: string) =>
    ({ zone, header: { contentOctets: 1_000, state: { deleted: false, version: 1n } } }) as StoredZone
  return {
    steps,
    doubted,
    touched,
    touch: async (zone: string) => void touched.push(zone),
    zones: () => Object.keys(outcomes).map(stored),
    get: stored,
    doubt: (zone: string) => void doubted.push(zone),
    scrub: (zone: string) => {
      const rest = [...outcomes[zone]!]
      return {
        zone,
        octets: 0,
        step: () => {
          steps.push(zone)
          return { kind: rest.shift()!, reason: 'altered' } as ScrubOutcome
        },
      } as never
    },
  }
}

function start(store: ReturnType<typeof storeOf>, passMs: number) {
  const clock = fakeClock()
  const damaged: string[] = []
  const scrub = startScrub({
    store,
    program: 'edge',
    clock,
    log: silentLogger(),
    metrics: createMetrics('test'),
    passMs,
    damaged: (zone) => void damaged.push(zone),
  })
  return { clock, scrub, damaged }
}

test('a pass takes about its time, and the next follows', () => {
  const store = storeOf({ 'a.': ['more', 'sound'], 'b.': ['sound'] })
  const { clock, scrub } = start(store, 20_000)
  clock.advance({ seconds: 5 })
  assert.equal(scrub.passedAt(), undefined)
  clock.advance({ seconds: 30 })
  assert.notEqual(scrub.passedAt(), undefined)
  assert.deepEqual(store.steps.slice(0, 3).toSorted(), ['a.', 'a.', 'b.'])
  const before = store.steps.length
  clock.advance({ seconds: 40 })
  assert.ok(store.steps.length > before)
  scrub.close()
})

test('what is altered is doubted and fetched anew, once a pass, and the scrub goes on', () => {
  const store = storeOf({ 'a.': ['damaged'], 'b.': ['sound'], 'c.': ['gone'] })
  const { clock, scrub, damaged } = start(store, 30_000)
  for (; scrub.passedAt() === undefined;) clock.advance({ seconds: 1 })
  assert.deepEqual([store.doubted, damaged], [['a.'], ['a.']])
  assert.deepEqual(store.steps.toSorted(), ['a.', 'b.', 'c.'])
  scrub.close()
})

test('a record that is not on disk is written again', () => {
  const store = storeOf({ 'a.': ['lost'], 'b.': ['sound'] })
  const { clock, scrub, damaged } = start(store, 30_000)
  for (; scrub.passedAt() === undefined;) clock.advance({ seconds: 1 })
  assert.deepEqual([store.touched, damaged], [['a.'], []])
  scrub.close()
})

for (const { name, passMs } of [
  { name: 'between two zones of a pass', passMs: 86_400_000 },
  { name: 'where the scrub is turned off', passMs: 0 },
])
  test(`what is suspected is read at once, ${name}`, () => {
    const store = storeOf({ 'a.': ['sound'], 'b.': ['sound'], 'c.': ['more', 'damaged'] })
    const { clock, scrub, damaged } = start(store, passMs)
    scrub.suspect('c.')
    clock.advance({ ms: 50 })
    assert.deepEqual([store.steps.slice(0, 2), damaged], [['c.', 'c.'], ['c.']])
    scrub.close()
  })

test('it can be turned off', () => {
  const store = storeOf({ 'a.': ['sound'] })
  const { clock, scrub } = start(store, 0)
  clock.advance({ seconds: 86_400 })
  assert.deepEqual(store.steps, [])
  scrub.close()
})

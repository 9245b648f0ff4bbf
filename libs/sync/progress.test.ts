import assert from 'node:assert/strict'
import { test } from 'vitest'
import { ProgressTracker, type ChangeQuestion } from './progress.ts'
import type { ShardProgress, ZoneProgress, ZoneProgressKind } from './sender-types.ts'

const logId = new Uint8Array(16).fill(7)
const change: ChangeQuestion = {
  edgeId: 'edge-1',
  zone: 'a.',
  generation: 1n,
  version: 5n,
  head: {
    state: { generation: 1n, version: 5n, serial: 1, digest: new Uint8Array(32), deleted: false },
    shard: 2,
    position: 50n,
    placement: 'default',
  },
}

function zone(kind: ZoneProgressKind, version: bigint, at?: number): ZoneProgress {
  return { zone: 'a.', generation: 1n, version, kind, at, reason: 'why' }
}

function reported(
  shards: ShardProgress[],
  zones: ZoneProgress[],
  options: { logId?: Uint8Array; zonesPerEdge?: number } = {},
): ProgressTracker {
  const tracker = new ProgressTracker({ logId, zonesPerEdge: options.zonesPerEdge ?? 16 })
  const edge = { edgeId: 'edge-1', connected: true, lastHeardAt: 1, placements: ['default'], shards, zones }
  tracker.report('publisher-1', { logId: options.logId ?? logId, full: true, edges: [edge] })
  return tracker
}

for (const { name, shards = [], zones = [], options = {}, question = {}, stage, merged = 0n } of [
  { name: 'nothing is known', stage: 'committed' },
  { name: 'a release was sent', zones: [zone('published', 5n)], stage: 'published' },
  { name: 'the edge acknowledged it', zones: [zone('applied', 5n, 1)], stage: 'applied' },
  { name: 'the edge acknowledged an earlier version', zones: [zone('applied', 4n, 1)], stage: 'committed' },
  {
    name: 'a later version carried it',
    zones: [zone('answered', 7n, 1)],
    question: { head: { ...change.head, state: { ...change.head.state, version: 7n } } },
    stage: 'answered',
    merged: 7n,
  },
  { name: 'the edge acknowledged a version that was never committed', zones: [zone('answered', 7n, 1)], stage: 'committed' },
  { name: 'the position has passed', shards: [{ shard: 2, applied: 50n, answered: 49n }], stage: 'applied' },
  { name: 'the answers have passed', shards: [{ shard: 2, applied: 60n, answered: 50n }], stage: 'answered' },
  {
    name: 'the position is of another log id',
    shards: [{ shard: 2, applied: 60n, answered: 60n }],
    options: { logId: new Uint8Array(16) },
    stage: 'committed',
  },
  {
    name: 'the head has moved on behind the position',
    shards: [{ shard: 2, applied: 60n, answered: 60n }],
    question: { head: { ...change.head, position: 61n } },
    stage: 'committed',
  },
  {
    name: 'the zone is still transferring',
    shards: [{ shard: 2, applied: 60n, answered: 60n }],
    zones: [zone('transferring', 5n)],
    stage: 'published',
  },
  {
    name: 'the zone is quarantined',
    shards: [{ shard: 2, applied: 60n, answered: 60n }],
    zones: [zone('quarantined', 5n)],
    stage: 'committed',
  },
  {
    name: 'positions do not hold for the placement',
    shards: [{ shard: 2, applied: 60n, answered: 60n }],
    question: { head: { ...change.head, placement: 'inner' } },
    stage: 'committed',
  },
] as const satisfies readonly unknown[] as readonly {
  name: string
  shards?: ShardProgress[]
  zones?: ZoneProgress[]
  options?: { logId?: Uint8Array }
  question?: Partial<ChangeQuestion>
  stage: string
  merged?: bigint
}[]) {
  test(`a change is ${stage} when ${name}`, () => {
    const found = reported(shards, zones, options).at({ ...change, ...question })
    assert.equal(found.stage, stage)
    assert.equal(found.mergedIntoVersion, merged)
  })
}

test('what has fallen out of the list is late until the position passes', () => {
  const tracker = reported([], [zone('applied', 5n, 1), { ...zone('applied', 1n), zone: 'b.' }], { zonesPerEdge: 1 })
  assert.equal(tracker.at(change).stage, 'committed')
  const shards = [{ shard: 2, applied: 50n, answered: 50n }]
  tracker.report('publisher-2', {
    logId,
    full: false,
    edges: [{ edgeId: 'edge-1', connected: true, lastHeardAt: 1, placements: ['default'], shards, zones: [] }],
  })
  assert.equal(tracker.at(change).stage, 'answered')
})

test('positions are void when the database has another log id', () => {
  const tracker = reported([{ shard: 2, applied: 60n, answered: 60n }], [])
  tracker.setLog(new Uint8Array(16).fill(9))
  assert.equal(tracker.at(change).stage, 'committed')
})

test('an edge is not connected when its publisher is gone, and keeps what it has', () => {
  const tracker = reported([{ shard: 2, applied: 60n, answered: 60n }], [])
  tracker.drop('publisher-1')
  assert.equal(tracker.at(change).connected, false)
  assert.equal(tracker.at(change).stage, 'answered')
})

for (const { name, versions, question = {}, options = {}, at } of [
  { name: 'of the version itself', versions: [5], at: 105 },
  { name: 'of the later version that carried it', versions: [4, 7], at: 107 },
  { name: 'of a later version, the first that was heard of', versions: [7], at: 107 },
  { name: 'unknown where the change is older than what was heard', versions: [7], question: { isOlder: true }, at: undefined },
  { name: 'known of an older change that is heard of itself', versions: [5, 7], question: { isOlder: true }, at: 105 },
  { name: 'unknown where later versions have pushed it out', versions: [5, 6, 7, 8, 9], at: undefined },
  { name: 'known while it is the last that is remembered', versions: [4, 5, 6, 7, 8], at: 105 },
  { name: 'unknown where other zones may have pushed it out', versions: [7], options: { zonesPerEdge: 0 }, at: undefined },
] as readonly {
  name: string
  versions: readonly number[]
  question?: Partial<ChangeQuestion>
  options?: { zonesPerEdge: number }
  at: number | undefined
}[])
  test(`the time at which an edge answers a change is ${name}`, () => {
    const zones = versions.map((version) => zone('answered', BigInt(version), 100 + version))
    const head = { ...change.head, state: { ...change.head.state, version: 9n } }
    const shards = [{ shard: 2, applied: 50n, answered: 50n }]
    const found = reported(shards, zones, options).at({ ...change, head, ...question })
    const merged = at === undefined || at === 105 ? 0n : BigInt(at - 100)
    assert.deepEqual([found.stage, found.answeredAt, found.mergedIntoVersion], ['answered', at, merged])
  })

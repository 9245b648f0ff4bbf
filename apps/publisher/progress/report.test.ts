/** Reports begin with everything, go on with what moves, and begin anew after a break. */
import { strict as assert } from 'node:assert'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ReportProgressRequest } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { AsyncQueue, silentLogger } from '@zonecast/runtime'
import { HeadIndex, type EdgeProgress } from '@zonecast/sync'
import { fakeClock } from '@zonecast/testkit'
import { afterEach, test } from 'vitest'
import { Report } from './report.ts'

const reports: Report[] = []
afterEach(async () => {
  for (const report of reports.splice(0)) await report.close()
})

const progress = (applied: bigint): EdgeProgress => ({
  placements: ['default'],
  shards: [{ shard: 3, applied, answered: 0n }],
  zones: [],
})

function subject() {
  const clock = fakeClock()
  const index = new HeadIndex({ headTerm: () => new Uint8Array(32) })
  index.reset(new Uint8Array(16).fill(1))
  const received = new AsyncQueue<ReportProgressRequest>(64)
  const cuts: (() => void)[] = []
  const edges = [{ edgeId: 'edge-1', lastHeardAt: 5, full: () => progress(9n) }]
  const changes = {
    reportProgress: async (messages: AsyncIterable<ReportProgressRequest>) => {
      const cut = new Promise<never>((_, reject) => cuts.push(() => reject(new Error('cut'))))
      const read = async () => {
        for await (const message of messages) void received.push(message)
      }
      return Promise.race([read(), cut])
    },
  }
  const report = new Report({
    address: { url: 'test', changes: changes as never },
    publisherId: 'publisher-1',
    shards: [3],
    index,
    edges: () => edges,
    clock,
    log: silentLogger(),
    random: () => 0.5,
  })
  reports.push(report)
  report.start()
  const next = async () => (await received.next()).value as ReportProgressRequest
  return { clock, index, report, edges, next, cut: () => cuts.at(-1)?.() }
}

test('the first message is everything, and what moves follows at once, without a timer', async () => {
  const { report, next, clock } = subject()
  const first = await next()
  assert.deepEqual([first.full, first.publisherId, first.shards], [true, 'publisher-1', [3]])
  assert.equal(first.edges[0]?.shards[0]?.appliedPosition, 9n)
  report.moved('edge-1', progress(10n))
  const second = await next()
  assert.equal(second.full, false)
  assert.equal(second.edges[0]?.shards[0]?.appliedPosition, 10n)
  assert.deepEqual(second.edges[0]?.placements, ['default'])
  assert.equal(clock.pending, 0)
})

test('steps on the way to an answer wait for it a little, and go with it', async () => {
  const { report, next, clock } = subject()
  await next()
  const zoneAt = (kind: 'published' | 'applied' | 'answered'): EdgeProgress => ({
    ...progress(10n),
    zones: [{ zone: 'a.', generation: 1n, version: 2n, kind, at: 1, reason: '' }],
  })
  report.moved('edge-1', zoneAt('published'))
  report.moved('edge-1', zoneAt('applied'))
  report.moved('edge-1', zoneAt('answered'))
  assert.equal((await next()).edges[0]?.zones.length, 3)
  assert.equal(clock.pending, 0)
  report.moved('edge-1', zoneAt('published'))
  await clock.pass({ ms: 10 })
  assert.equal((await next()).edges[0]?.zones.length, 1)
})

test('what waits to be told has the time at which it happened', async () => {
  const { report, next, clock } = subject()
  await next()
  const happened = clock.now()
  const zones = [{ zone: 'a.', generation: 1n, version: 2n, kind: 'published', at: undefined, reason: '' }] as const
  report.moved('edge-1', { ...progress(10n), zones })
  await clock.pass({ ms: 10 })
  assert.deepEqual((await next()).edges[0]?.zones[0]?.at, timestampFromMs(happened))
})

test('messages keep a distance, and lose nothing by it', async () => {
  const { report, next, clock } = subject()
  await next()
  report.moved('edge-1', progress(10n))
  assert.equal((await next()).edges[0]?.shards[0]?.appliedPosition, 10n)
  report.moved('edge-1', progress(11n))
  report.moved('edge-1', progress(12n))
  await clock.pass({ ms: 5 })
  assert.equal((await next()).edges[0]?.shards[0]?.appliedPosition, 12n)
  assert.equal(clock.pending, 0)
})

test('an edge that has left is reported as not connected', async () => {
  const { report, next, edges } = subject()
  await next()
  edges.pop()
  report.moved('edge-1')
  assert.equal((await next()).edges[0]?.connected, false)
})

test('after a break the next stream begins with everything, and what moved meanwhile is in it', async () => {
  const { report, next, clock, cut } = subject()
  await next()
  cut()
  await clock.pass({ ms: 0 })
  report.moved('edge-1', progress(11n))
  await clock.pass({ ms: 25 })
  assert.equal((await next()).full, true)
})

test('when the log id moves everything is said again', async () => {
  const { report, next, index } = subject()
  await next()
  index.reset(new Uint8Array(16).fill(2))
  report.logMoved()
  const again = await next()
  assert.equal(again.full, true)
  assert.deepEqual(again.logId, index.logId)
})

/** A log apart from the zone API that comes and goes, beside a zone API that does, too. */
import { strict as assert } from 'node:assert'
import type { EventBatch, EventLog } from '@zonecast/event-log'
import { ServingStatus } from '@zonecast/rpc'
import { AsyncQueue, silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { test } from 'vitest'
import { apartLog } from './apart-log.ts'
import type { ZoneApiAddress } from './zone-api.ts'

function subject() {
  const watches = new AsyncQueue<AsyncQueue<EventBatch>>(16)
  const health = new AsyncQueue<{ status: ServingStatus }>(16)
  const relay = new AsyncQueue<{ status: ServingStatus }>(16)
  const reached: boolean[] = []
  const apart: EventLog = {
    watch: ({ signal }) => {
      const batches = new AsyncQueue<EventBatch>(16)
      signal.addEventListener('abort', () => batches.fail(signal.reason))
      void watches.push(batches)
      return batches
    },
  }
  const zoneApi = () =>
    ({ health: { watch: ({ service }: { service: string }) => (service === '' ? health : relay) } }) as unknown as ZoneApiAddress
  const clock = fakeClock()
  const onReached = (is: boolean) => void reached.push(is)
  const log = apartLog({ apart, zoneApi, clock, log: silentLogger(), onReached, random: () => 1 })
  const stop = new AbortController()
  const from = { positions: new Map([[3, 0n]]), logId: new Uint8Array(16), signal: stop.signal }
  const batches = log.watch(from)[Symbol.asyncIterator]()
  const next = async () => (await batches.next()).value as EventBatch
  const watch = async () => (await watches.next()).value as AsyncQueue<EventBatch>
  return { clock, health, relay, reached, stop, next, watch }
}

const gap: EventBatch = { logId: undefined, gap: true, events: [] }
const quiet: EventBatch = { logId: undefined, gap: false, events: [] }
const serving = { status: ServingStatus.SERVING }

test('batches pass through once the zone API serves', async () => {
  const { health, reached, next, watch } = subject()
  const first = next()
  void health.push(serving)
  const log = await watch()
  void log.push(gap)
  void log.push(quiet)
  assert.deepEqual([await first, await next()], [gap, quiet])
  assert.deepEqual(reached, [true])
})

test('while the log is away there is a gap again and again, and then it is read anew', async () => {
  const { clock, health, reached, next, watch } = subject()
  const first = next()
  void health.push(serving)
  ;(await watch()).fail(new Error('away'))
  assert.deepEqual(await first, gap)
  await clock.pass({ ms: 250 })
  ;(await watch()).fail(new Error('away'))
  assert.deepEqual(await next(), gap)
  await clock.pass({ ms: 500 })
  void (await watch()).push(quiet)
  assert.deepEqual(await next(), quiet)
  assert.deepEqual(reached, [false, true])
})

test('while the zone API puts nothing into the log there is a gap again and again', async () => {
  const { clock, health, relay, next, watch } = subject()
  const first = next()
  void health.push(serving)
  void (await watch()).push(quiet)
  assert.deepEqual(await first, quiet)
  void relay.push({ status: ServingStatus.NOT_SERVING })
  for (const ms of [250, 500]) {
    await clock.pass({ ms })
    assert.deepEqual(await next(), gap)
  }
  void relay.push(serving)
  await clock.pass({ seconds: 60 })
  assert.equal(clock.pending, 0)
})

for (const { name, end } of [
  { name: 'says that it stops', end: { status: ServingStatus.NOT_SERVING } },
  { name: 'is cut off', end: undefined },
])
  test(`a watch ends when the zone API ${name}, whatever the log does`, async () => {
    const { health, next, watch } = subject()
    const first = next()
    void health.push(serving)
    void (await watch()).push(quiet)
    await first
    if (end) void health.push(end)
    else health.fail(new Error('cut'))
    await assert.rejects(next())
  })

test('a zone API that does not serve is not asked for more', async () => {
  const { health, next } = subject()
  void health.push({ status: ServingStatus.NOT_SERVING })
  await assert.rejects(next(), /does not serve/)
})

test('a watch ends with its signal', async () => {
  const { health, stop, next, watch } = subject()
  const first = next()
  void health.push(serving)
  void (await watch()).push(quiet)
  await first
  const waiting = next()
  stop.abort()
  await assert.rejects(waiting)
})

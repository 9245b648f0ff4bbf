/** The relay over a real database, into a log that the test fails and stalls as it likes. */
import type { EventSink, PublishedEvent } from '@zonecast/event-log'
import { ServingStatus } from '@zonecast/rpc'
import { AsyncQueue, createMetrics, silentLogger } from '@zonecast/runtime'
import { fakeClock } from '@zonecast/testkit'
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { changeSet, newZone, put, zone } from '../database/suite/fixture.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { Backlog } from './backlog.ts'
import { Relay } from './relay.ts'
import { relayMetrics } from './relay-metrics.ts'
import { relayService, startRelay } from './start-relay.ts'

let folder: string
let database: ZoneDatabase
const closing: (() => Promise<void>)[] = []
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zonecast-relay-'))
  const failed = (error: Error) => {
    throw error
  }
  database = await openDatabase({ folder, log: silentLogger(), metrics: createMetrics('test'), failed })
  await database.createZone(newZone())
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await database.close()
  rmSync(folder, { recursive: true })
})

/** A relay into a log of the test's own. */
function subject({ id = 'topic-1', isShared = false } = {}) {
  const log = { id, away: false, published: [] as PublishedEvent[] }
  const batches = new AsyncQueue<readonly PublishedEvent[]>(64)
  const states = new AsyncQueue<boolean>(64)
  const refuse = () => {
    if (log.away) throw new Error('away')
  }
  const sink: EventSink = {
    async open() {
      refuse()
      return { id: log.id }
    },
    async publish(events) {
      refuse()
      log.published.push(...events)
      void batches.push(events)
    },
    async close() {},
  }
  const clock = fakeClock()
  const metrics = relayMetrics(createMetrics('test'))
  const onConnected = (connected: boolean) => void states.push(connected)
  const relay = new Relay({ database, sink, clock, log: silentLogger(), metrics, onConnected, random: () => 1, isShared })
  closing.push(() => relay.close())
  relay.start()
  const next = async <T>(queue: AsyncQueue<T>) => (await queue.next()).value as T
  return { log, relay, clock, batch: () => next(batches), connected: () => next(states) }
}

let changes = 0
async function change(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await database.applyChanges(changeSet([put('www', 'A', `192.0.2.${++changes}`)]))
}

const placesOf = (events: readonly PublishedEvent[]) =>
  events.map(({ head, after }) => [Number(after), Number(head.position), head.state.version])

test('what was committed before goes first, as heads; then every commit, each behind the one before', async () => {
  await change(2)
  const { batch, log } = subject()
  assert.deepEqual(placesOf(await batch()), [[0, 3, 3n]])
  await change(1)
  const [event] = await batch()
  assert.deepEqual(placesOf([event!]), [[3, 4, 4n]])
  assert.equal(event!.changeIds.length, 1)
  assert.ok(!('delta' in event!))
  assert.equal(log.published.length, 2)
})

test('while the log is away changes are taken and counted, and go out in order when it is back', async () => {
  const { log, relay, clock, batch, connected } = subject()
  await batch()
  assert.equal(await connected(), true)
  log.away = true
  await change(3)
  assert.equal(await connected(), false)
  assert.equal(relay.connected, false)
  assert.equal(relay.behind, 3)
  assert.equal(relay.awaySinceMs, clock.now())
  const { versions } = await database.listVersions({ zone, limit: 3 })
  const [later, oldest] = versions.slice(1).map(({ committedAtMs }) => committedAtMs)
  const unsentMs = (await relay.oldestUnsentMs()) ?? 0
  assert.ok(oldest! <= unsentMs && unsentMs <= later!, `${unsentMs} is not from ${oldest} to ${later}`)
  log.away = false
  await clock.pass({ ms: 100 })
  await batch()
  assert.equal(await connected(), true)
  const places = placesOf(log.published)
  assert.deepEqual(
    places.map(([, position]) => position),
    [1, 2, 3, 4],
  )
  assert.equal(relay.behind, 0)
  assert.deepEqual([relay.awaySinceMs, await relay.oldestUnsentMs()], [undefined, undefined])
})

test('since when the oldest waits is known also after a start', async () => {
  const first = subject()
  await first.batch()
  await first.relay.close()
  await change(2)
  const backlog = new Backlog(database)
  await backlog.look()
  assert.equal(backlog.size, 2)
  assert.equal(await backlog.oldestMs(), (await database.getZone(zone))!.changedAtMs)
  await backlog.follow('topic-2')
  assert.equal(backlog.size, 3)
})

test('a zone API that stood by counts what waits, and not what another has put there', async () => {
  const one = subject({ isShared: true })
  await one.batch()
  await one.connected()
  await one.clock.pass({ ms: 750 })
  const two = subject({ isShared: true })
  assert.equal(await two.connected(), true)
  await change(3)
  const { shard, position } = (await database.headOf(zone))!
  while ((await database.relayedPositions('topic-1'))[shard] !== position) await one.clock.pass({ ms: 500 })
  one.log.away = true
  two.log.away = true
  await change(1)
  await one.connected()
  await two.clock.pass({ ms: 750 })
  assert.equal(await two.connected(), false)
  assert.equal(two.relay.behind, 1)
})

test('a relay that starts again goes on where it was; into another log, everything goes again', async () => {
  const first = subject()
  await first.batch()
  await first.relay.close()
  await change(1)
  const second = subject()
  assert.deepEqual(placesOf(await second.batch()), [[1, 2, 2n]])
  await second.relay.close()
  const other = subject({ id: 'topic-2' })
  assert.deepEqual(placesOf(await other.batch()), [[0, 2, 2n]])
})

test('how far it has come is written down half a second after it moved', async () => {
  const { batch, clock } = subject()
  await batch()
  const { shard } = (await database.headOf(zone))!
  const stored = async () => (await database.relayedPositions('topic-1'))[shard]
  assert.equal(await stored(), 0n)
  await clock.pass({ ms: 500 })
  assert.equal(await stored(), 1n)
})

test('what another relay has put there is not put there again', async () => {
  const { log, relay, clock, batch, connected } = subject()
  await batch()
  await connected()
  log.away = true
  await change(1)
  await connected()
  const { shard } = (await database.headOf(zone))!
  await database.noteRelayed('topic-1', [{ shard, position: 2n }])
  log.away = false
  await change(1)
  await clock.pass({ ms: 100 })
  assert.deepEqual(placesOf(await batch()), [[2, 3, 3n]])
  assert.equal(relay.behind, 0)
})

test('of several that share a database one relays; the next takes over when it ends, or stands still', async () => {
  const one = subject({ isShared: true })
  assert.deepEqual(placesOf(await one.batch()), [[0, 1, 1n]])
  assert.equal(await one.connected(), true)
  await one.clock.pass({ ms: 750 })
  const two = subject({ isShared: true })
  assert.equal(await two.connected(), true)
  await change(1)
  assert.deepEqual(placesOf(await one.batch()), [[1, 2, 2n]])
  await one.clock.pass({ ms: 500 })
  assert.equal(two.log.published.length, 0)
  assert.equal(two.relay.behind, 0)
  await one.relay.close()
  await two.clock.pass({ ms: 750 })
  await change(1)
  assert.deepEqual(placesOf(await two.batch()), [[2, 3, 3n]])
  // Its clock stands still: it renews nothing, and the database's clock goes on.
  const three = subject({ isShared: true })
  await change(1)
  await two.batch()
  const probe = { name: 'relay', holder: 'probe', state: '', forMs: 1 }
  while ((await database.holdLease(probe)).holder !== 'probe') await new Promise((next) => setTimeout(next, 50))
  await three.clock.pass({ ms: 750 })
  await three.batch()
  // What was put there and not written down is put there again: the newest head stands for it.
  assert.deepEqual(placesOf(three.log.published).at(-1), [2, 4, 4n])
  // It wakes up, is told so, and stands by.
  await two.clock.pass({ ms: 3_000 })
  await change(1)
  assert.deepEqual(placesOf(await three.batch()), [[4, 5, 5n]])
  assert.equal(two.relay.connected, true)
})

test('nothing runs while nothing happens', async () => {
  const { batch, connected, clock } = subject()
  await batch()
  await connected()
  await clock.pass({ ms: 500 })
  assert.equal(clock.pending, 0)
})

test('the health service tells how the relay is, also when the database is back', async () => {
  const told: [string, ServingStatus][] = []
  const health = { set: (service: string, status: ServingStatus) => void told.push([service, status]) }
  const reached = Promise.withResolvers<void>()
  const sink: EventSink = {
    open: async () => ({ id: 'topic-1' }),
    publish: async () => reached.resolve(),
    close: async () => {},
  }
  let isBack = (_serving: boolean) => {}
  const comesBack = Object.assign(Object.create(database) as ZoneDatabase, {
    onServing: (listener: (serving: boolean) => void) => void (isBack = listener),
  })
  const ports = { clock: fakeClock(), log: silentLogger(), metrics: createMetrics('test') }
  const relay = startRelay({ ...ports, database: comesBack, sink, health })
  closing.push(() => relay.close())
  isBack(true)
  await reached.promise
  while (!relay.connected) await new Promise((next) => setImmediate(next))
  isBack(true)
  const { SERVING, NOT_SERVING } = ServingStatus
  assert.deepEqual(
    told,
    [NOT_SERVING, NOT_SERVING, SERVING, SERVING].map((status) => [relayService, status]),
  )
})

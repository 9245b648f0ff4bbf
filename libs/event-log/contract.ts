/** The suite that every adapter of the event log passes. */
import { strict as assert } from 'node:assert'
import { test } from 'vitest'
import type { EventBatch, EventLog, ZoneEvent } from './event-log.ts'

/** A log under test, and the hand that commits at its other end. */
export interface LogUnderTest {
  readonly log: EventLog
  readonly logId: Uint8Array
  /** Commits a version of a zone, with its delta, and gives what a watcher is to read. */
  commit(zone: string, shard: number, position: bigint): Promise<ZoneEvent>
  /** Loses everything said so far, as a log does that remembers only the newest. */
  forget(): void
  /** Resolves when the log's other end has let go of its watchers. */
  left(): Promise<void>
  close(): Promise<void>
}

const shards = [3, 7]

export function eventLogContract(name: string, open: () => Promise<LogUnderTest>): void {
  const claim = (text: string, run: (subject: LogUnderTest) => Promise<void>) =>
    test(`${name}: ${text}`, async () => {
      const subject = await open()
      await run(subject).finally(() => subject.close())
    })

  claim('the first batch comes before anything has happened, and names the log or asks to list heads', async ({ log, logId }) => {
    const watch = watching(log, {})
    const first = await watch.next()
    if (first.logId === undefined) assert.equal(first.gap, true)
    else assert.deepEqual(first.logId, logId)
    watch.stop()
  })

  claim('events come with all that was committed, in position order within a shard', async (subject) => {
    const watch = watching(subject.log, { logId: subject.logId })
    await watch.next()
    const committed = [
      await subject.commit('one.example.', 3, 1n),
      await subject.commit('two.example.', 7, 1n),
      await subject.commit('one.example.', 3, 2n),
    ]
    const events = await watch.events(3)
    for (const shard of shards) {
      const of = (list: readonly ZoneEvent[]) => list.filter(({ head }) => head.shard === shard)
      assert.deepEqual(of(events), of(committed))
    }
    watch.stop()
  })

  claim('a watcher that comes back is told what it missed and nothing before it, or that there is a gap', async (subject) => {
    await subject.commit('one.example.', 3, 1n)
    const missed = await subject.commit('one.example.', 3, 2n)
    const watch = watching(subject.log, { logId: subject.logId, positions: new Map([[3, 1n]]) })
    const first = await watch.next()
    if (!first.gap) assert.deepEqual(first.events.length > 0 ? first.events : await watch.events(1), [missed])
    watch.stop()
  })

  claim('where events are lost, the watcher is told that there is a gap', async (subject) => {
    await subject.commit('one.example.', 3, 1n)
    subject.forget()
    const watch = watching(subject.log, { logId: subject.logId, positions: new Map([[3, 0n]]) })
    for (let batch = await watch.next(); !batch.gap; batch = await watch.next()) assert.deepEqual(batch.events, [])
    const later = await subject.commit('one.example.', 3, 2n)
    assert.deepEqual(await watch.events(1), [later])
    watch.stop()
  })

  claim('a watch ends with its signal', async (subject) => {
    const watch = watching(subject.log, {})
    await watch.next()
    watch.stop()
    await assert.rejects(watch.next())
    await subject.left()
  })
}

interface From {
  readonly logId?: Uint8Array
  readonly positions?: ReadonlyMap<number, bigint>
}

/** A watch, read by hand. */
export function watching(
  log: EventLog,
  { logId = new Uint8Array(0), positions = new Map(shards.map((shard) => [shard, 0n])) }: From,
) {
  const stop = new AbortController()
  const batches = log.watch({ logId, positions, signal: stop.signal })[Symbol.asyncIterator]()
  const next = async (): Promise<EventBatch> => {
    const { value, done } = await batches.next()
    if (done) throw new Error('the watch has ended')
    return value as EventBatch
  }
  return {
    next,
    stop: () => stop.abort(),
    async events(count: number): Promise<ZoneEvent[]> {
      const events: ZoneEvent[] = []
      while (events.length < count) events.push(...(await next()).events)
      return events
    },
  }
}

/** An event that carries its delta, as the zone API makes them. */
export function eventOf(zone: string, shard: number, position: bigint): ZoneEvent {
  const state = {
    generation: 1n,
    version: position,
    serial: 7,
    digest: new Uint8Array(32).fill(Number(position)),
    deleted: false,
  }
  const header = { soa: new Uint8Array(3), settings: new Uint8Array(0), settingsVersion: 1n, rrCount: 2, rrsetCount: 2 }
  const target = { ...header, state, contentOctets: 90, placement: 'default' }
  const delta = { base: undefined, target, delta: { removed: new Uint8Array(0), added: new Uint8Array(4).fill(1) } }
  return {
    head: { zone, state, settingsVersion: 1n, shard, position, placement: 'default', rrCount: 2, contentOctets: 90 },
    delta,
    changeIds: [`change-${position}`],
    traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
    committedAt: Date.UTC(2026, 0, 1),
  }
}

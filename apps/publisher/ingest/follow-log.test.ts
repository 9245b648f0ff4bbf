/** Following the log: gaps, differences and breaks, with a zone API whose answers the test gives. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { headToMessage } from '@zonecast/contract'
import type { EventBatch } from '@zonecast/event-log'
import { AsyncQueue, createMetrics, silentLogger } from '@zonecast/runtime'
import { openZoneStore } from '@zonecast/zone-store'
import { fakeClock } from '@zonecast/testkit'
import type { Head } from '@zonecast/zone'
import { afterEach, test } from 'vitest'
import { publisherMetrics } from '../metrics.ts'
import { headOf, shard, someVersion } from '../test-system/test-content.ts'
import { FollowLog } from './follow-log.ts'
import { Heads } from './heads.ts'
import type { Ingest } from './ingest.ts'
import { ZoneApi, type ZoneApiAddress } from './zone-api.ts'

const logId = new Uint8Array(16).fill(1)
const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

interface Listing {
  readonly after: bigint
  answer(heads: readonly Head[], end: { position: bigint; digest?: Uint8Array; zones?: bigint }): void
}

/** A publisher's view of one shard; watches and listings come out of queues and are answered by the test. */
async function subject() {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-log-'))
  const store = await openZoneStore({ folder, kind: 'publisher', log: silentLogger() })
  const heads = new Heads(store, [shard], silentLogger())
  const watches = new AsyncQueue<AsyncQueue<EventBatch>>(16)
  const listings = new AsyncQueue<Listing>(16)
  const address = {
    url: 'test',
    events: {
      watch: ({ signal }: { signal: AbortSignal }) => {
        const batches = new AsyncQueue<EventBatch>(16)
        signal.addEventListener('abort', () => batches.fail(signal.reason))
        void watches.push(batches)
        return batches
      },
    },
    content: {
      listHeads: ({ after }: { after: bigint }) => {
        const responses = new AsyncQueue<object>(4)
        const answer: Listing['answer'] = (list, { position, digest, zones = 1n }) => {
          const setDigests = digest ? [{ placement: 'default', digest, zones }] : []
          void responses.push({ heads: list.map(headToMessage), end: { position, setDigests, logId } })
          responses.end()
        }
        void listings.push({ after, answer })
        return responses
      },
    },
    close: () => {},
  } as unknown as ZoneApiAddress
  const clock = fakeClock()
  const moves = new AsyncQueue<bigint>(64)
  const put = (head: Head) => void heads.put(head)
  const ingest = { head: put, event: ({ head }: { head: Head }) => put(head), wake: () => {} } as unknown as Ingest
  const counters = publisherMetrics(createMetrics('publisher'))
  const onMoved = () => void moves.push(heads.index.completeTo(shard))
  const followLog = new FollowLog({
    heads,
    ingest,
    shards: [shard],
    compareSeconds: 60,
    clock,
    counters,
    onMoved,
    random: () => 0.5,
    zoneApi: new ZoneApi([address]),
    log: silentLogger(),
  })
  closing.push(async () => {
    await followLog.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })
  followLog.start()
  const next = async <T>(queue: AsyncQueue<T>): Promise<T> => (await queue.next()).value as T
  const watch = async () => next(watches)
  return { heads, clock, counters, watch, listing: () => next(listings), moved: () => next(moves) }
}

const version = someVersion(2)
const eventAt = (position: bigint) => ({
  head: headOf(version, position),
  delta: undefined,
  changeIds: [],
  traceparent: '',
  committedAt: undefined,
})
const digestAt = (heads: Heads) => heads.index.level(shard, ['default'])!.setDigest
const differences = async (counters: Awaited<ReturnType<typeof subject>>['counters']) =>
  (await counters.indexDifferences.get()).values[0]?.value

test('where events may be missing, a shard is complete only once it was listed, and then up to the last event', async () => {
  const { heads, watch, listing, moved } = await subject()
  const batches = await watch()
  void batches.push({ logId, gap: true, events: [] })
  const { after, answer } = await listing()
  assert.equal(after, 0n)
  await moved() // the log id
  void batches.push({ logId: undefined, gap: false, events: [eventAt(9n)] })
  assert.equal(await moved(), 0n)
  answer([], { position: 7n })
  assert.equal(await moved(), 9n)
  assert.equal(heads.index.get('example.')?.head.position, 9n)
})

test('a listing that ends at another set digest is asked for again from the beginning, and then the index is made anew', async () => {
  const { heads, watch, listing, moved, counters } = await subject()
  void (await watch()).push({ logId, gap: false, events: [] })
  await moved()
  const wrong = new Uint8Array(32).fill(7)
  const first = await listing()
  first.answer([headOf(version, 5n)], { position: 5n, digest: wrong })
  const anew = await listing()
  assert.equal(anew.after, 0n)
  assert.equal(heads.index.size, 0)
  assert.equal(await differences(counters), 1)
})

test('heads that agree are not listed again', async () => {
  const { heads, watch, listing, moved, counters } = await subject()
  void (await watch()).push({ logId, gap: false, events: [] })
  await moved()
  const { answer } = await listing()
  heads.index.put(headOf(version, 5n))
  heads.index.complete(shard, 5n)
  answer([headOf(version, 5n)], { position: 5n, digest: digestAt(heads) })
  assert.equal(await moved(), 5n)
  assert.equal(await differences(counters), 0)
})

test('after a break the publisher comes back after a random pause that grows, and lists from where it stands', async () => {
  const { watch, listing, moved, clock } = await subject()
  const first = await watch()
  void first.push({ logId, gap: false, events: [] })
  await moved()
  ;(await listing()).answer([], { position: 4n })
  await moved()
  first.fail(new Error('cut'))
  await clock.pass({ ms: 24 })
  assert.equal(clock.pending, 1)
  await clock.pass({ ms: 1 })
  const second = await watch()
  second.fail(new Error('cut'))
  await clock.pass({ ms: 49 })
  assert.equal(clock.pending, 1)
  await clock.pass({ ms: 1 })
  void (await watch()).push({ logId, gap: false, events: [] })
  assert.equal((await listing()).after, 4n)
})

test('set digests are compared again and again, and a difference that listing does not mend is listed for once', async () => {
  const { heads, watch, listing, moved, clock, counters } = await subject()
  void (await watch()).push({ logId, gap: false, events: [] })
  await moved()
  ;(await listing()).answer([headOf(version, 5n)], { position: 5n, digest: someDigest(heads, version, 5n) })
  await moved()
  while (!heads.isAudited) await new Promise((next) => setImmediate(next))
  await clock.pass({ seconds: 59 })
  assert.equal(clock.pending, 1)
  await clock.pass({ seconds: 1 })
  const quiet = await listing()
  assert.equal(quiet.after, 5n)
  quiet.answer([], { position: 5n, digest: digestAt(heads) })
  await clock.pass({ seconds: 60 })
  const wrong = { position: 5n, digest: new Uint8Array(32).fill(7) }
  const asked: bigint[] = []
  // From where it stands, then whole; the index is made anew, and whole again.
  for (const whole of [false, true, true]) {
    const { after, answer } = await listing()
    asked.push(after)
    answer(whole ? [headOf(version, 5n)] : [], wrong)
  }
  assert.deepEqual(asked, [5n, 0n, 0n])
  assert.equal(await moved(), 5n)
  await clock.pass({ seconds: 60 })
  const later = await listing()
  assert.equal(later.after, 5n)
  later.answer([], wrong)
  await clock.pass({ seconds: 60 })
  assert.equal((await listing()).after, 5n)
  assert.equal(await differences(counters), 3)
})

test('events that do not follow what is known are listed for, and the shard is complete only then', async () => {
  const { heads, watch, listing, moved } = await subject()
  const batches = await watch()
  void batches.push({ logId, gap: false, events: [] })
  await moved() // the log id
  ;(await listing()).answer([], { position: 4n })
  assert.equal(await moved(), 4n)
  void batches.push({ logId: undefined, gap: false, events: [{ ...eventAt(9n), after: 7n }] })
  assert.equal(await moved(), 4n)
  const { after, answer } = await listing()
  assert.equal(after, 4n)
  // One more has come while it was listed, and one from before comes late.
  const later = [eventAt(12n), { ...eventAt(8n), after: 6n }].map((event) => ({ after: 9n, ...event }))
  void batches.push({ logId: undefined, gap: false, events: later })
  assert.equal(await moved(), 4n)
  answer([], { position: 8n })
  assert.equal(await moved(), 12n)
  assert.equal(heads.index.completeTo(shard), 12n)
})

test('what an event follows and nobody knows is listed for once', async () => {
  const { heads, watch, listing, moved } = await subject()
  const batches = await watch()
  void batches.push({ logId, gap: false, events: [] })
  await moved()
  ;(await listing()).answer([], { position: 4n })
  await moved()
  void batches.push({ logId: undefined, gap: false, events: [{ ...eventAt(90n), after: 70n }] })
  await moved()
  ;(await listing()).answer([], { position: 8n })
  assert.equal(await moved(), 8n)
  void batches.push({ logId: undefined, gap: false, events: [{ ...eventAt(91n), after: 8n }] })
  assert.equal(await moved(), 91n)
  assert.equal(heads.index.completeTo(shard), 91n)
})

test('a log id that only a listing tells is taken from there, and the watch begins again with it', async () => {
  const { heads, watch, listing, moved, clock } = await subject()
  void (await watch()).push({ logId: undefined, gap: true, events: [] })
  ;(await listing()).answer([], { position: 4n })
  assert.equal(await moved(), 0n)
  assert.deepEqual(heads.index.logId, logId)
  await clock.pass({ ms: 50 })
  void (await watch()).push({ logId: undefined, gap: true, events: [] })
  ;(await listing()).answer([headOf(version, 5n)], { position: 5n })
  assert.equal(await moved(), 5n)
})

/** The set digest once a head is in the index. */
function someDigest(heads: Heads, from: typeof version, position: bigint): Uint8Array {
  heads.put(headOf(from, position))
  heads.index.complete(shard, position)
  return digestAt(heads)
}

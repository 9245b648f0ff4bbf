/** What the edge does with the effects of its receiver, and in which order. */
import { strict as assert } from 'node:assert'
import { rmSync } from 'node:fs'
import { afterEach, test } from 'vitest'
import { createMetrics, sha256, silentLogger, systemClock } from '@zonecast/runtime'
import type { FollowRequest, FollowResponse } from '@zonecast/sync'
import { firstKey, nextRange, packRRs, rangeHash, SetDigest } from '@zonecast/zone'
import { openZoneStore, type ZoneStore } from '@zonecast/zone-store'
import { fakeClock } from '@zonecast/testkit'
import { newFolder } from '../test-edge.ts'
import { TestZones, type Commit } from '../test-zones.ts'
import { createEdge, type Edge, type EdgeOptions } from './edge.ts'
import type { Fetched, FetchOrder } from './fetcher.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

interface Bench {
  readonly edge: Edge
  readonly store: ZoneStore
  readonly zones: TestZones
  readonly said: FollowRequest[]
  readonly failures: unknown[]
  receive(message: FollowResponse): void
  /** Resolves once the edge has said this. */
  says(kind: FollowRequest['kind']): Promise<FollowRequest>
}

async function start(
  change: (store: ZoneStore) => Partial<ZoneStore> = () => ({}),
  more: Partial<EdgeOptions> = {},
): Promise<Bench> {
  const folder = newFolder()
  const store = await openZoneStore({ folder, kind: 'edge-writer', log: silentLogger() })
  const failures: unknown[] = []
  const edge = createEdge({
    edgeId: 'edge-1',
    placements: [],
    store: { ...store, ...change(store) },
    log: silentLogger(),
    metrics: createMetrics('edge-writer'),
    clock: systemClock,
    fetch: () => Promise.reject(new Error('nothing is to be fetched')),
    check: () => Promise.resolve(5),
    fail: (error) => void failures.push(error),
    ...more,
  })
  open.push(async () => {
    await edge.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const said: FollowRequest[] = []
  const waiting = new Set<() => void>()
  const stream = edge.open({
    send: (message) => {
      said.push(message)
      for (const look of waiting) look()
    },
    close: () => {},
  })
  const zones = new TestZones()
  const shards = Array.from({ length: 64 }, (_, shard) => shard)
  const heartbeatMilliseconds = 5_000
  const welcome = { kind: 'welcome', protocol: 1, publisherId: 'p', logId: zones.logId, shards, heartbeatMilliseconds } as const
  stream.received({ ...welcome, placements: ['default'] })
  const says = (kind: FollowRequest['kind']) =>
    new Promise<FollowRequest>((resolve) => {
      const look = () => {
        const found = said.find((message) => message.kind === kind)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { edge, store, zones, said, failures, says, receive: (message) => stream.received(message) }
}

function releaseOf({ head, base, header, delta }: Commit, after = 0n): FollowResponse {
  const body = { kind: 'delta', octets: 1, content: { base, target: header, delta } } as const
  const { zone, shard, position, state, placement } = head
  return { kind: 'release', zone, shard, position, after, state, base, placement, body, note: { changeIds: [], traceparent: '' } }
}

const fetchOf = (commit: Commit): FollowResponse =>
  ({ ...releaseOf(commit), base: undefined, body: { kind: 'fetch', octets: 1 } }) as FollowResponse

test('an Ack leaves after the release is durable and never before', async () => {
  const order: string[] = []
  const { zones, receive, says } = await start((store) => ({
    apply: async (input) => {
      const stored = await store.apply(input)
      // Whoever answered for the write before this promise resolved would be seen here.
      for (let turn = 0; turn < 5; turn++) await new Promise((next) => setImmediate(next))
      order.push('durable')
      return stored
    },
  }))
  receive(releaseOf(zones.commit('example.', ['www A 192.0.2.1'])))
  await says('ack')
  order.push('ack')
  assert.deepEqual(order, ['durable', 'ack'])
})

test('a store that cannot write is a Nack for that release alone', async () => {
  let isFull = true
  const { zones, receive, says, failures, edge } = await start((store) => ({
    apply: (input) => (isFull ? Promise.reject(new Error('no space left')) : store.apply(input)),
  }))
  const commit = zones.commit('example.', ['www A 192.0.2.1'])
  receive(releaseOf(commit))
  const nack = await says('nack')
  assert.equal(nack.kind === 'nack' && nack.reason, 'STORE_FAILED')
  assert.match(edge.refused().get('example.') ?? '', /no space left/)
  isFull = false
  receive(releaseOf(commit))
  await says('ack')
  assert.equal(edge.refused().size, 0)
  assert.deepEqual(failures, [])
})

test('positions that cannot be written end the process', async () => {
  const { zones, receive, failures } = await start(() => ({ mark: () => Promise.reject(new Error('no space left')) }))
  const level = { shard: 3, position: 9n, setDigest: new Uint8Array(32), zones: 0 }
  receive({ kind: 'checkpoint', after: 0n, level })
  await new Promise((next) => setImmediate(next))
  assert.equal(failures.length, 1)
  assert.equal(zones.newest().length, 0)
})

test('a comparison waits for the stamps before it', async () => {
  const { zones, receive, said, store, says, edge } = await start()
  const { head, header, delta } = zones.commit('example.', ['www A 192.0.2.1'])
  const { shard, state } = head
  // The zone is there, from another log: its position is not known until it is offered.
  await store.apply({ zone: 'example.', shard, position: 0n, header: header!, delta })
  receive({ kind: 'offer', shard, after: 0n, entries: [{ zone: 'example.', state, position: 4n }] })
  const sum = new SetDigest(sha256)
  sum.add({ zone: 'example.', state })
  receive({ kind: 'checkpoint', after: 4n, level: { shard, position: 4n, setDigest: sum.bytes(), zones: 1 } })
  await says('answered')
  while (store.stampedDigest(shard).zones === 0) await new Promise((next) => setImmediate(next))
  await edge.close()
  // A difference would have the shard listed again.
  assert.equal(said.filter(({ kind }) => kind === 'position').length, 0)
})

test('a shard of which tombstones are missing is listed again from its beginning', async () => {
  const restarted: number[][] = []
  await start((store) => ({
    lostTombstones: () => [3],
    restart: async (followed, shards) => {
      restarted.push([...shards])
      await store.restart(followed, shards)
    },
  }))
  assert.deepEqual(restarted[0], [3])
})

test('what was fetched and is refused is not left behind', async () => {
  const aborted: string[] = []
  const fetched = (commit: Commit, flip: Fetched['flip']): Fetched => ({
    state: commit.head.state,
    placement: 'default',
    flip,
    abort: async () => void aborted.push(commit.head.zone),
  })
  const zones = new TestZones()
  const one = zones.commit('one.', [])
  const two = zones.commit('two.', [])
  const { receive, says, said, store } = await start(undefined, {
    fetch: async ({ zone, shard }) => {
      if (zone === 'one.') return fetched(one, () => Promise.reject(new Error('no space left')))
      // Another publisher was quicker.
      await store.apply({ zone, shard, position: 0n, header: two.header!, delta: two.delta })
      return fetched(two, () => assert.fail('it is there already'))
    },
  })
  receive(fetchOf(one))
  receive(fetchOf(two))
  await says('nack')
  while (said.filter(({ kind }) => kind === 'nack').length < 2) await new Promise((next) => setImmediate(next))
  while (aborted.length < 2) await new Promise((next) => setImmediate(next))
  assert.deepEqual(aborted.toSorted(), ['one.', 'two.'])
})

test('a change asks for what it touched, and newer states of a zone join a check that runs', async () => {
  const checks: string[] = []
  let finish = () => {}
  const { zones, receive, says, said } = await start(undefined, {
    check: (zone, state, touched) => {
      checks.push(`${zone} ${state.version} ${touched.length}`)
      return new Promise((resolve) => (finish = () => resolve(5)))
    },
  })
  let after = 0n
  for (let i = 1; i <= 4; i++) {
    const commit = zones.commit('example.', [`www A 192.0.2.${i}`, `host-${i} A 192.0.2.1`])
    receive(releaseOf(commit, after))
    after = commit.head.position
  }
  await says('ack')
  while (said.filter(({ kind }) => kind === 'ack').length < 4) await new Promise((next) => setImmediate(next))
  finish()
  await says('answered')
  assert.deepEqual(checks, ['example. 1 0', 'example. 4 5'])
  finish()
})

test('a damaged zone is fetched whole at the version that is there, and served meanwhile', async () => {
  const orders: FetchOrder[] = []
  let served: (() => ReturnType<ZoneStore['view']>) | undefined
  const { zones, receive, says, said, store, edge } = await start(undefined, {
    fetch: async (order) => {
      orders.push(order)
      assert.deepEqual([...edge.damagedZones()], [['example.', 'page 1 was altered']])
      assert.equal(served?.()?.stored.header.state.version, 1n)
      return wholeFrom(store, order)
    },
  })
  served = () => store.view('example.')
  const commit = zones.commit('example.', ['www A 192.0.2.1'])
  receive(releaseOf(commit))
  await says('answered')
  const before = store.get('example.')
  edge.damaged('example.', 'page 1 was altered')
  const nack = await says('nack')
  assert.equal(nack.kind === 'nack' && nack.reason, 'DAMAGED')
  while (said.filter(({ kind }) => kind === 'answered').length < 2) await new Promise((next) => setImmediate(next))
  assert.equal(said.filter(({ kind }) => kind === 'ack').length, 2)
  const after = store.get('example.')
  assert.deepEqual(after?.header.state, before?.header.state)
  assert.notEqual(after?.content, before?.content)
  assert.equal(orders.length, 1)
  assert.equal(orders[0]?.base, undefined)
  assert.equal(edge.damagedZones().size, 0)
  assert.equal(edge.refused().size, 0)
})

test('three failed snapshots quarantine a zone: served as it was, tried again slowly, and at once when it is newer', async () => {
  const clock = fakeClock()
  const fetches: FetchOrder[] = []
  const { zones, receive, said, store, edge } = await start(undefined, {
    clock,
    random: () => 0,
    fetch: (order) => {
      fetches.push(order)
      return Promise.reject(new Error('not to be had'))
    },
  })
  const until = async (count: number) => {
    while (said.filter(({ kind }) => kind === 'nack' || kind === 'ack').length < count)
      await new Promise((next) => setImmediate(next))
  }
  receive(releaseOf(zones.commit('example.', ['www A 192.0.2.1'])))
  await until(1)
  const second = wholeOf(zones.commit('example.', ['www A 192.0.2.2']))
  for (let count = 2; count <= 4; count++) {
    receive(brokenOf(second))
    await until(count)
  }
  const reasons = said.flatMap((message) => (message.kind === 'nack' ? [message.reason] : []))
  assert.deepEqual(reasons, ['DIGEST_MISMATCH', 'DIGEST_MISMATCH', 'QUARANTINED'])
  assert.match(edge.quarantined().get('example.') ?? '', /DIGEST_MISMATCH: example\./)
  assert.equal(store.get('example.')?.header.state.version, 1n)
  receive(second) // a good one, but snapshots of this version are not looked at now
  await until(5)
  await clock.pass({ seconds: 7 })
  assert.equal(fetches.length, 0)
  await clock.pass({ seconds: 1 })
  assert.equal(fetches[0]?.target.version, 2n)
  await clock.pass({ seconds: 14 })
  assert.equal(fetches.length, 1)
  await clock.pass({ seconds: 1 })
  assert.equal(fetches.length, 2)
  receive(wholeOf(zones.commit('example.', ['www A 192.0.2.3'])))
  await until(6)
  assert.equal(store.get('example.')?.header.state.version, 3n)
  assert.equal(edge.quarantined().size, 0)
  assert.equal(edge.refused().size, 0)
})

/** The whole zone, whatever is there. */
function wholeOf(commit: Commit): FollowResponse {
  const delta = { removed: new Uint8Array(0), added: packRRs(commit.rrs) }
  return releaseOf({ ...commit, base: undefined, delta })
}

/** The same without its content. */
function brokenOf(message: FollowResponse): FollowResponse {
  if (message.kind !== 'release' || message.body.kind !== 'delta') return message
  const content = { ...(message.body.content as object), delta: { removed: new Uint8Array(0), added: new Uint8Array(0) } }
  return { ...message, body: { ...message.body, content } }
}

/** Takes what the store has as if it came from a publisher. */
async function wholeFrom(store: ZoneStore, { zone, shard, mend }: FetchOrder): Promise<Fetched> {
  const stage = store.beginStage({ zone, shard, mend })
  const view = store.view(zone) as NonNullable<ReturnType<ZoneStore['view']>>
  const { header } = view.stored
  const range = nextRange(view.pages, firstKey(0), 1_000_000)
  await stage.begin(header, false)
  await stage.range({ ...range, version: header.state.version, sha256: rangeHash(range.pages, sha256) })
  const { state, placement } = header
  return { state, placement, flip: (written) => stage.end(header, written), abort: () => stage.abort() }
}

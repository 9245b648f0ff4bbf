/** FetchZone from a real store into a real store, while the zone moves and the publisher starts again. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readWalk, stateToMessage, tokenToMessage, type WalkPart } from '@zonecast/contract'
import { FetchZoneRequestSchema } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { create } from '@bufbuild/protobuf'
import { silentLogger, systemClock } from '@zonecast/runtime'
import type { ResumeToken, ZoneState } from '@zonecast/zone'
import { openZoneStore, type Stage, type ZoneStore } from '@zonecast/zone-store'
import { afterEach, test } from 'vitest'
import { Contents } from '../ingest/contents.ts'
import { emptyNote, RecentDeltas } from '../ingest/recent-deltas.ts'
import {
  addressRR,
  deltaBetween,
  shard,
  someVersion,
  wholeOf,
  withRR,
  zone,
  type TestVersion,
} from '../test-system/test-content.ts'
import { fetchZone } from './fetch-zone.ts'
import { Gate } from './gate.ts'

const edge = { edgeId: 'edge-1', placements: ['default'] }
const log = silentLogger()
const damage = { has: () => false, found: (name: string, reason: string) => assert.fail(`${name}: ${reason}`) }
const folders: string[] = []
const stores: ZoneStore[] = []

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

async function openStore(kind: 'publisher' | 'edge-writer', folder = mkdtempSync(join(tmpdir(), 'zonecast-fetch-'))) {
  if (!folders.includes(folder)) folders.push(folder)
  const store = await openZoneStore({ folder, kind, log })
  stores.push(store)
  return { store, folder }
}

function contentsOf(store: ZoneStore): Contents {
  const ports = { store, recent: new RecentDeltas(), clock: systemClock, log }
  return new Contents({ ...ports, onStored: () => {}, onRefused: (name) => assert.fail(name) })
}

async function accept(contents: Contents, next: TestVersion, before?: TestVersion): Promise<void> {
  const named = before
    ? { base: before.header.state, target: next.header, delta: deltaBetween(before, next) }
    : { base: undefined, target: next.header, delta: wholeOf(next) }
  contents.accept({ zone, shard, position: next.header.state.version }, named, emptyNote)
  await contents.settled(zone, next.header.state)
}

function walk(contents: Contents, { resume, base }: { resume?: ResumeToken | undefined; base?: ZoneState } = {}) {
  const request = create(FetchZoneRequestSchema, {
    zone,
    ...(resume && { resume: tokenToMessage(resume) }),
    ...(base && { base: stateToMessage(base) }),
  })
  return readWalk(fetchZone({ contents, damage, gate: new Gate(4) }, request, edge, new AbortController().signal))
}

/** Takes parts into a stage; `between` runs after each range. Gives what came. */
async function receive(
  parts: AsyncIterable<WalkPart>,
  stage: Stage,
  between: (ranges: number) => Promise<boolean | void> = async () => {},
): Promise<string[]> {
  const kinds: string[] = []
  let ranges = 0
  for await (const part of parts) {
    kinds.push(part.kind === 'begin' && part.resumed ? 'resumed' : part.kind)
    if (part.kind === 'begin') await stage.begin(part.header, part.resumed)
    else if (part.kind === 'range') {
      await stage.range(part.range)
      if ((await between(++ranges)) === false) return kinds
    } else if (part.kind === 'catch-up') await stage.catchUp(part.catchUp)
    else await stage.end(part.header, { position: 1n })
  }
  return kinds
}

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')
const same = (store: ZoneStore, version: TestVersion) =>
  assert.equal(hex(store.get(zone)?.header.state.digest), hex(version.header.state.digest))

test('a zone that moves while it is fetched is caught up, before and behind the place where the walk is', async () => {
  const contents = contentsOf((await openStore('publisher')).store)
  const { store } = await openStore('edge-writer')
  let newest = someVersion(60_000)
  await accept(contents, newest)
  const move = async (owner: string) => {
    const next = withRR(newest, addressRR(owner, '192.0.2.251'))
    await accept(contents, next, newest)
    newest = next
  }
  const kinds = await receive(walk(contents), store.beginStage({ zone, shard }), async (ranges) => {
    if (ranges === 1) await move('aaa')
    if (ranges === 2) await move('zzz')
  })
  assert.deepEqual(kinds.slice(0, 5), ['begin', 'range', 'catch-up', 'range', 'catch-up'])
  assert.equal(kinds.at(-1), 'end')
  same(store, newest)
})

test('a cut fetch goes on at a publisher that started again, though the zone has moved, and is not sent twice', async () => {
  const { store: first, folder } = await openStore('publisher')
  const { store } = await openStore('edge-writer')
  const version = someVersion(60_000)
  await accept(contentsOf(first), version)
  const stage = store.beginStage({ zone, shard })
  await receive(walk(contentsOf(first)), stage, async (ranges) => ranges < 3)
  await first.close()
  stores.splice(stores.indexOf(first), 1)
  const contents = contentsOf((await openStore('publisher', folder)).store)
  const next = withRR(version, addressRR('aaa', '192.0.2.251'))
  await accept(contents, next, version)
  const before = stage.octets()
  const kinds = await receive(walk(contents, { resume: stage.token() }), stage)
  assert.deepEqual(kinds.slice(0, 2), ['resumed', 'catch-up'])
  same(store, next)
  // Pages are a little more than their RRs.
  assert.ok(stage.octets() - before < 1.1 * next.header.contentOctets - before)
})

test('where the zone was replaced since, the fetch begins anew', async () => {
  const contents = contentsOf((await openStore('publisher')).store)
  const { store } = await openStore('edge-writer')
  const version = someVersion(30_000)
  await accept(contents, version)
  const stage = store.beginStage({ zone, shard })
  const next = withRR(version, addressRR('aaa', '192.0.2.251'))
  const cut = receive(walk(contents), stage, async () => accept(contents, next))
  await assert.rejects(cut, /no longer kept/)
  const kinds = await receive(walk(contents, { resume: stage.token() }), stage)
  assert.equal(kinds[0], 'begin')
  same(store, next)
})

test('an edge that names what it has is sent the change alone', async () => {
  const contents = contentsOf((await openStore('publisher')).store)
  const version = someVersion(3_000)
  await accept(contents, version)
  const next = withRR(version, addressRR('aaa', '192.0.2.251'))
  await accept(contents, next, version)
  const parts: WalkPart[] = []
  for await (const part of walk(contents, { base: version.header.state })) parts.push(part)
  assert.deepEqual(
    parts.map(({ kind }) => kind),
    ['begin', 'catch-up', 'end'],
  )
  const [begin, change] = parts
  assert.equal(begin?.kind === 'begin' && begin.delta, true)
  assert.ok(change?.kind === 'catch-up')
  assert.deepEqual(Buffer.from(change.named.delta.added), Buffer.from(deltaBetween(version, next).added))
})

test('a zone of another placement is not handed out, and one that is not there is not found', async () => {
  const contents = contentsOf((await openStore('publisher')).store)
  await assert.rejects(walk(contents).next(), /there is no zone/)
  await accept(contents, someVersion(10))
  const other = { edgeId: 'edge-1', placements: ['elsewhere'] }
  const request = create(FetchZoneRequestSchema, { zone })
  const parts = fetchZone({ contents, damage, gate: new Gate(1) }, request, other, new AbortController().signal)
  await assert.rejects(parts.next(), /does not carry/)
})

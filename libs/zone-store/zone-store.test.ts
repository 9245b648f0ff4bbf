/** The store against real LMDB: what it takes, what it refuses, and what is there after a restart. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'vitest'
import { decodeRR, encodeRR, formatRR, parseName, parseRDATAText, TYPE, typeFromText } from '@zonecast/dns'
import { DataFolderInUse, sha256, silentLogger } from '@zonecast/runtime'
import {
  arrayReader,
  applyDelta,
  diffSorted,
  digestOf,
  nextRange,
  rangeHash,
  storedKey,
  compareKeys,
  packRRs,
  walkRRs,
  type VersionHeader,
} from '@zonecast/zone'
import { openZoneStore, StoreRefusal, type ZoneStore } from './index.ts'

const zone = 'example.'
const shard = 3
const folders: string[] = []
const stores: ZoneStore[] = []

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-store-'))
  folders.push(folder)
  return folder
}

async function openStore(folder = newFolder(), more = {}): Promise<ZoneStore> {
  const store = await openZoneStore({ folder, kind: 'edge-writer', log: silentLogger(), ...more })
  stores.push(store)
  return store
}

const apex = parseName(zone)

function stored(owner: string, type: string, text: string, ttl = 300): Uint8Array {
  const number = typeFromText(type) as number
  return encodeRR({ owner: parseName(owner, apex), type: number, ttl, rdata: parseRDATAText(number, text, apex) })
}

/** The RRs of a made-up zone of about `count` names, in canonical order. */
function contentOf(count: number, change = 0): Uint8Array[] {
  const rrs = [stored('example.', 'NS', 'ns1')]
  for (let i = 0; i < count; i++) rrs.push(stored(`host-${i}`, 'A', `192.0.2.${(i + change) % 250}`))
  return rrs.toSorted((a, b) => compareKeys(storedKey(a), storedKey(b)))
}

function headerOf(rrs: Uint8Array[], version: bigint, generation = 1n): VersionHeader {
  const serial = Number(version)
  const soa = stored('example.', 'SOA', `ns1 hostmaster ${serial} 14400 3600 1209600 300`)
  const settings = new Uint8Array(0)
  return {
    state: { generation, version, serial, digest: digestOf(rrs, soa, settings, sha256), deleted: false },
    soa,
    settings,
    settingsVersion: 1n,
    rrCount: rrs.length + 1,
    rrsetCount: rrs.length + 1,
    contentOctets: packRRs(rrs).length + soa.length,
    placement: 'default',
  }
}

const wholeOf = (rrs: Uint8Array[]) => ({ removed: new Uint8Array(0), added: packRRs(rrs) })
const textOf = (store: ZoneStore, name = zone) => {
  const view = store.view(name)
  return view && [...walkRRs(view.pages)].map((rr) => formatRR(decodeRR(rr)))
}
const refusalOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof StoreRefusal, `expected a refusal, got ${String(error)}`)
  return error.reason
}

async function withZone(count: number): Promise<{ store: ZoneStore; rrs: Uint8Array[]; header: VersionHeader }> {
  const store = await openStore()
  const rrs = contentOf(count)
  const header = headerOf(rrs, 1n)
  await store.apply({ zone, shard, position: 1n, header, delta: wholeOf(rrs) })
  return { store, rrs, header }
}

test('a zone goes in whole, a delta changes it, and both are there after a restart', async () => {
  const { store, rrs, header } = await withZone(2_000)
  assert.equal(textOf(store)?.length, rrs.length)
  const next = contentOf(2_000).with(5, contentOf(2_000, 7)[5] as Uint8Array)
  const nextHeader = headerOf(next, 2n)
  const levels = { logId: new Uint8Array(16).fill(9), positions: new Map([[shard, 2n]]) }
  await store.apply({ zone, shard, position: 2n, header: nextHeader, base: header.state, delta: diffSorted(rrs, next), levels })
  const expected = textOf(store)
  assert.equal(expected?.length, next.length)
  const folder = folders.at(-1) as string
  await stores.pop()?.close()
  const again = await openStore(folder)
  assert.deepEqual(textOf(again), expected)
  assert.deepEqual(again.get(zone)?.header, nextHeader)
  assert.deepEqual(again.levels(), levels)
})

test('changes of one turn share a transaction, each building on the one before', async () => {
  const { store, rrs } = await withZone(3_000)
  const versions = Array.from({ length: 8 }, (_, i) => rrs.with(i * 300, contentOf(3_000, 3)[i * 300] as Uint8Array))
  const steps = versions.map((next, i) => {
    const before = i === 0 ? rrs : (versions[i - 1] as Uint8Array[])
    const base = headerOf(before, BigInt(i + 1)).state
    return store.apply({
      zone,
      shard,
      position: BigInt(i + 2),
      header: headerOf(next, BigInt(i + 2)),
      base,
      delta: diffSorted(before, next),
    })
  })
  await Promise.all(steps)
  assert.deepEqual(
    textOf(store),
    versions.at(-1)?.map((rr) => formatRR(decodeRR(rr))),
  )
  const delta = store.deltaFrom(zone, headerOf(versions[2] as Uint8Array[], 4n).state)
  assert.deepEqual(delta?.delta, diffSorted(versions[2] as Uint8Array[], versions[7] as Uint8Array[]))
})

test('one refused change takes nothing from the others of its transaction', async () => {
  const { store, rrs, header } = await withZone(10)
  const next = rrs.slice(0, -1)
  const good = store.apply({
    zone,
    shard,
    position: 2n,
    header: headerOf(next, 2n),
    base: header.state,
    delta: diffSorted(rrs, next),
  })
  const bad = store.apply({
    zone,
    shard,
    position: 3n,
    header: headerOf(rrs, 2n),
    base: header.state,
    delta: diffSorted(next, rrs),
  })
  await good
  assert.equal(await refusalOf(bad), 'NOT_NEWER')
  assert.equal(store.get(zone)?.header.state.version, 2n)
})

test('what does not fit is refused and changes nothing', async () => {
  const { store, rrs, header } = await withZone(20)
  const before = textOf(store)
  const next = rrs.slice(1)
  const delta = diffSorted(rrs, next)
  const at = { zone, shard, position: 9n }
  const good = headerOf(next, 2n)
  const wrongDigest = { ...good, state: { ...good.state, digest: new Uint8Array(32).fill(1) } }
  const otherBase = { ...header.state, digest: new Uint8Array(32).fill(2) }
  const far = { ...good, state: { ...good.state, version: 2n ** 33n } }
  const torn = { removed: delta.removed.subarray(0, delta.removed.length - 1), added: delta.added }
  assert.equal(await refusalOf(store.apply({ ...at, header, base: header.state, delta })), 'NOT_NEWER')
  assert.equal(await refusalOf(store.apply({ ...at, header: wrongDigest, base: header.state, delta })), 'DIGEST_MISMATCH')
  assert.equal(await refusalOf(store.apply({ ...at, header: good, base: otherBase, delta })), 'BASE_MISMATCH')
  assert.equal(await refusalOf(store.apply({ ...at, header: far, base: header.state, delta })), 'VERSION_JUMP')
  assert.equal(await refusalOf(store.apply({ ...at, header: good, base: header.state, delta: torn })), 'MALFORMED')
  assert.equal(
    await refusalOf(store.apply({ ...at, header: good, delta: { removed: rrs[0] as Uint8Array, added: packRRs(next) } })),
    'MALFORMED',
  )
  assert.equal(await refusalOf(store.apply({ ...at, header: good, delta: wholeOf(rrs) })), 'DIGEST_MISMATCH')
  assert.deepEqual(textOf(store), before)
  await store.apply({ ...at, header: good, base: header.state, delta })
})

test('a tombstone removes the zone and stays as a fence; a new generation passes it', async () => {
  const { store, rrs, header } = await withZone(5)
  const state = { ...header.state, version: 2n, digest: new Uint8Array(0), deleted: true }
  await store.remove({ zone, shard, position: 5n, state, placement: 'default' })
  assert.equal(store.view(zone), undefined)
  assert.equal(store.enclosing(parseName('host-1.example.')), undefined)
  assert.equal(
    await refusalOf(store.apply({ zone, shard, position: 6n, header: headerOf(rrs, 2n), delta: wholeOf(rrs) })),
    'NOT_NEWER',
  )
  await store.apply({ zone, shard, position: 7n, header: headerOf(rrs, 3n, 2n), delta: wholeOf(rrs) })
  assert.equal(textOf(store)?.length, rrs.length)
})

test('the longest apex at or above a name answers for it', async () => {
  const { store } = await withZone(2)
  const child = 'sub.example.'
  const rrs = [encodeRR({ owner: parseName(child), type: TYPE.NS, ttl: 1, rdata: parseName('ns.example.') })]
  await store.apply({ zone: child, shard, position: 2n, header: headerOf(rrs, 1n), delta: wholeOf(rrs) })
  for (const [name, expected] of [
    ['EXAMPLE.', zone],
    ['a.b.example.', zone],
    ['Sub.Example.', child],
    ['x.sub.example.', child],
    ['xsub.example.', zone],
    ['.', undefined],
    ['org.', undefined],
  ] as const)
    assert.equal(store.enclosing(parseName(name))?.stored.zone, expected, name)
})

test('a walk is staged, cut, resumed while the zone moves, and flipped by its digest', async () => {
  const first = contentOf(9_000)
  const second = first.slice(0, -3)
  const pages = applyDelta(arrayReader([]), wholeOf(first)).puts
  const later = applyDelta(arrayReader([]), wholeOf(second)).puts
  const store = await openStore()
  const stage = store.beginStage({ zone, shard })
  await stage.begin(headerOf(first, 1n), false)
  const range = nextRange(arrayReader(pages), new Uint8Array([0]), 64_000)
  await stage.range({ ...range, version: 1n, sha256: rangeHash(range.pages, sha256) })
  assert.equal(store.view(zone), undefined, 'a stage is invisible')

  const token = stage.token()
  assert.ok(token)
  const rest = nextRange(arrayReader(later), token.key, 10_000_000)
  assert.equal(await refusalOf(stage.range({ ...rest, version: 2n, sha256: rangeHash(rest.pages, sha256) })), 'MALFORMED')

  await stage.begin(headerOf(second, 2n), true)
  await stage.catchUp({ fromVersion: 1n, toVersion: 2n, delta: diffSorted(first, second) })
  await stage.range({ ...rest, version: 2n, sha256: rangeHash(rest.pages, sha256) })
  await stage.end(headerOf(second, 2n), { position: 4n })
  assert.deepEqual(
    textOf(store),
    second.map((rr) => formatRR(decodeRR(rr))),
  )
})

test('a stage that was not flipped is gone after a restart, and so is a replaced content', async () => {
  const { store, rrs, header } = await withZone(3_000)
  const stage = store.beginStage({ zone: 'other.', shard })
  await stage.begin(headerOf(rrs, 1n), false)
  const range = nextRange(arrayReader(applyDelta(arrayReader([]), wholeOf(rrs)).puts), new Uint8Array([0]), 32_000)
  await stage.range({ ...range, version: 1n, sha256: rangeHash(range.pages, sha256) })
  await store.apply({ zone, shard, position: 2n, header: headerOf(rrs, header.state.version + 1n), delta: wholeOf(rrs) })
  const folder = folders.at(-1) as string
  await stores.pop()?.close()
  const again = await openStore(folder)
  await stores.pop()?.close()
  const third = await openStore(folder)
  assert.deepEqual(
    [...third.zones()].map((known) => known.zone),
    [zone],
  )
  assert.equal(textOf(third)?.length, rrs.length)
  assert.equal(again.storeId, third.storeId)
})

test('a view taken in one turn never mixes two versions', async () => {
  const { store, header, rrs } = await withZone(200)
  const all = [rrs, contentOf(200, 1)]
  let base = header
  const writing = (async () => {
    for (let version = 2n; version < 60n; version++) {
      const from = all[Number(version % 2n)] as Uint8Array[]
      const to = all[Number((version + 1n) % 2n)] as Uint8Array[]
      const next = headerOf(to, version)
      await store.apply({ zone, shard, position: version, header: next, base: base.state, delta: diffSorted(from, to) })
      base = next
    }
  })()
  let looks = 0
  const watch = { done: false }
  void writing.finally(() => (watch.done = true))
  while (!watch.done) {
    const view = store.view(zone)
    assert.ok(view)
    const { state, soa, settings } = view.stored.header
    assert.deepEqual(digestOf(walkRRs(view.pages), soa, settings, sha256), state.digest)
    looks++
    await new Promise(setImmediate)
  }
  await writing
  assert.ok(looks > 50)
})

test('a second process, or a second opening, is refused', async () => {
  await openStore()
  const folder = folders.at(-1) as string
  await assert.rejects(openZoneStore({ folder, kind: 'edge-writer', log: silentLogger() }), DataFolderInUse)
})

test('positions and marks: listed in order, summed up, voided by a restart, and kept over reopening', async () => {
  const { store, rrs } = await withZone(3)
  const logId = new Uint8Array(16).fill(1)
  await store.restart({ logId, placements: ['default'] }, [shard])
  assert.deepEqual(store.stamped(shard, 0n, 10), [], 'what was there before the restart has no position')
  for (const [i, name] of ['b.', 'a.', 'c.'].entries()) {
    const position = BigInt(10 - i)
    const mark = { logId, shard, position, answered: 1n }
    await store.apply({ zone: name, shard, position, header: headerOf(rrs, 1n), delta: wholeOf(rrs), mark })
  }
  await store.stamp(
    [
      { zone, position: 20n },
      { zone: 'b.', position: 4n },
      { zone: 'nowhere.', position: 5n },
    ],
    { logId, shard, position: 20n, answered: 8n },
  )
  const listed = () => store.stamped(shard, 8n, 10).map((known) => [known.zone, known.position])
  assert.deepEqual(listed(), [
    ['a.', 9n],
    ['b.', 10n],
    [zone, 20n],
  ])
  assert.equal(store.stampedDigest(shard).zones, 4)
  await store.mark({ logId: new Uint8Array(16).fill(2), shard, position: 99n, answered: 99n })
  assert.deepEqual(store.marks().shards[shard], { shard, position: 20n, answered: 8n }, 'a mark of another log is void')

  const digest = store.stampedDigest(shard)
  const folder = folders.at(-1) as string
  await stores.pop()?.close()
  const again = await openStore(folder)
  assert.deepEqual(again.stampedDigest(shard), digest)
  assert.deepEqual(again.marks().shards[shard], { shard, position: 20n, answered: 8n })
  await again.restart({ logId, placements: ['default'] }, [shard])
  assert.equal(again.stampedDigest(shard).zones, 0)
  assert.deepEqual(again.marks().shards[shard], { shard, position: 0n, answered: 0n })
  assert.equal(textOf(again)?.length, rrs.length, 'the data stays')
})

test('a zone that could not be served is refused', async () => {
  const store = await openStore()
  const rrs = contentOf(3)
  const header = headerOf(rrs, 1n)
  for (const soa of [new Uint8Array(0), rrs[0] as Uint8Array]) {
    const digest = digestOf(rrs, soa, header.settings, sha256)
    const broken = { ...header, soa, state: { ...header.state, digest } }
    assert.equal(await refusalOf(store.apply({ zone, shard, position: 1n, header: broken, delta: wholeOf(rrs) })), 'MALFORMED')
  }
  assert.equal(store.get(zone), undefined)
})

test('writes are durable in the order in which they were asked for', async () => {
  const { store, rrs, header } = await withZone(3)
  const done: string[] = []
  const note = (name: string) => () => void done.push(name)
  const next = headerOf(rrs, 2n)
  const logId = new Uint8Array(16).fill(7)
  const mark = { logId, shard, position: 9n, answered: 0n }
  await Promise.all([
    store.restart({ logId, placements: ['default'] }, [shard]).then(note('restart')),
    store
      .apply({
        zone,
        shard,
        position: 5n,
        header: next,
        base: header.state,
        delta: { removed: new Uint8Array(0), added: new Uint8Array(0) },
      })
      .then(note('apply')),
    refusalOf(store.apply({ zone, shard, position: 6n, header: next, delta: wholeOf(rrs) })).then(note('refused')),
    store.mark(mark).then(note('mark')),
    store.stamp([{ zone, position: 8n }], mark).then(note('stamp')),
  ])
  assert.deepEqual(done.toSorted(), ['apply', 'mark', 'refused', 'restart', 'stamp'])
  assert.deepEqual(
    store.stamped(shard, 0n, 10).map(({ position }) => position),
    [8n],
  )
  assert.deepEqual(store.marks().shards[shard], { shard, position: 9n, answered: 0n })
})

test('the journal keeps the newest versions, and a few more at most', async () => {
  const store = await openStore(newFolder(), { journalVersions: 20 })
  const rrs = contentOf(3)
  const empty = { removed: new Uint8Array(0), added: new Uint8Array(0) }
  const states = Array.from({ length: 100 }, (_, i) => headerOf(rrs, BigInt(i + 1)))
  await store.apply({ zone, shard, position: 1n, header: states[0] as VersionHeader, delta: wholeOf(rrs) })
  for (const [i, header] of states.slice(1).entries()) {
    await store.apply({ zone, shard, position: BigInt(i + 2), header, base: states[i]!.state, delta: empty })
  }
  const known = states.filter(({ state }) => store.deltaFrom(zone, state) !== undefined).length
  assert.ok(known >= 19 && known <= 28, `${known} versions are known`)
})

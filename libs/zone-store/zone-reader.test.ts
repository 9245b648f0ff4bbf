/** Another thread reads what the store has committed, at once. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, test } from 'vitest'
import { encodeRR, parseName, parseRDATAText, TYPE } from '@zonecast/dns'
import { sha256, silentLogger } from '@zonecast/runtime'
import { compareStored, diffSorted, digestOf, packRRs, type VersionHeader } from '@zonecast/zone'
import { openZoneStore, VersionSignals, type ZoneStore } from './index.ts'

const shard = 3
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function openStore(): Promise<{ store: ZoneStore; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-reader-'))
  const store = await openZoneStore({ folder, kind: 'edge-writer', log: silentLogger() })
  closing.push(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return { store, folder }
}

async function startReader(folder: string, { memory }: VersionSignals) {
  const worker = new Worker(new URL('./test-reader.ts', import.meta.url), { workerData: { folder, memory } })
  closing.push(async () => {
    worker.postMessage(null, [])
    await once(worker, 'exit')
  })
  return async (name: string) => {
    worker.postMessage(name, [])
    const [answer] = await once(worker, 'message')
    return answer as { zone: string; version: bigint; rrs: number; scans: number } | undefined
  }
}

function hostOf(i: number, last: bigint): Uint8Array {
  const apex = parseName('example.')
  const rdata = parseRDATAText(TYPE.A, `192.0.2.${last % 250n}`, apex)
  return encodeRR({ owner: parseName(`host-with-a-long-name-${i}`, apex), type: TYPE.A, ttl: 60, rdata })
}

function headerOf(rrs: Uint8Array[], version: bigint): VersionHeader {
  const apex = parseName('example.')
  const text = `ns1 hostmaster ${version} 14400 3600 1209600 300`
  const soa = encodeRR({ owner: apex, type: TYPE.SOA, ttl: 60, rdata: parseRDATAText(TYPE.SOA, text, apex) })
  const settings = new Uint8Array(0)
  return {
    state: { generation: 1n, version, serial: Number(version), digest: digestOf(rrs, soa, settings, sha256), deleted: false },
    soa,
    settings,
    settingsVersion: 1n,
    rrCount: rrs.length + 1,
    rrsetCount: rrs.length + 1,
    contentOctets: packRRs(rrs).length + soa.length,
    placement: 'default',
  }
}

async function put(store: ZoneStore, zone: string, version: bigint): Promise<void> {
  const apex = parseName(zone)
  const rr = (type: number, text: string) => encodeRR({ owner: apex, type, ttl: 60, rdata: parseRDATAText(type, text, apex) })
  const rrs = [rr(TYPE.A, `192.0.2.${version % 250n}`), rr(TYPE.NS, 'ns1')]
  const soa = rr(TYPE.SOA, `ns1 hostmaster ${version} 14400 3600 1209600 300`)
  const settings = new Uint8Array(0)
  const digest = digestOf(rrs, soa, settings, sha256)
  const header: VersionHeader = {
    state: { generation: 1n, version, serial: Number(version), digest, deleted: false },
    soa,
    settings,
    settingsVersion: 1n,
    rrCount: 3,
    rrsetCount: 3,
    contentOctets: packRRs(rrs).length + soa.length,
    placement: 'default',
  }
  const delta = { removed: new Uint8Array(0), added: packRRs(rrs) }
  await store.apply({ zone, shard, position: version, header, delta })
}

test('a reader in another thread has every version as soon as it is committed', async () => {
  const { store, folder } = await openStore()
  const versionOf = await startReader(folder, store.signals)
  assert.equal(await versionOf('www.example.'), undefined)
  for (let version = 1n; version <= 100n; version++) {
    await put(store, 'example.', version)
    assert.equal((await versionOf('www.example.'))?.version, version)
  }
})

test('a reader finds the zone with the longest apex, whatever comes and goes', async () => {
  const { store, folder } = await openStore()
  const versionOf = await startReader(folder, store.signals)
  await put(store, 'example.', 1n)
  assert.equal((await versionOf('a.sub.example.'))?.zone, 'example.')
  const before = store.signals.liveZones
  await put(store, 'sub.example.', 1n)
  assert.notEqual(store.signals.liveZones, before)
  assert.equal((await versionOf('A.SUB.example.'))?.zone, 'sub.example.')
  const state = { generation: 1n, version: 2n, serial: 0, digest: new Uint8Array(0), deleted: true }
  await store.remove({ zone: 'sub.example.', shard, position: 2n, state, placement: 'default' })
  assert.equal((await versionOf('a.sub.example.'))?.zone, 'example.')
})

test('page keys are read again when some came or went, and only then', async () => {
  const { store, folder } = await openStore()
  const look = await startReader(folder, store.signals)
  let rrs: Uint8Array[] = []
  let base: VersionHeader | undefined
  async function write(version: bigint, count: number): Promise<void> {
    const next = Array.from({ length: count }, (_, i) => hostOf(i, i === Number(version) ? version : 1n)).toSorted(compareStored)
    const header = headerOf(next, version)
    const delta = base === undefined ? { removed: new Uint8Array(0), added: packRRs(next) } : diffSorted(rrs, next)
    const from = base && { base: base.state }
    rrs = next
    base = header
    await store.apply({ zone: 'example.', shard, position: version, header, delta, ...from })
  }

  for (let version = 1n; version <= 40n; version++) {
    // Every tenth version adds so much that pages are split; the others change one address.
    const count = 200 * (1 + Number(version / 10n))
    // Asked while it is written, the reader meets versions that are not announced yet.
    const [between] = await Promise.all([look('www.example.'), write(version, count)])
    assert.equal((between?.rrs ?? 0) % 200, 0, `${between?.rrs} RRs of version ${between?.version}`)
    const after = await look('www.example.')
    assert.deepEqual([after?.version, after?.rrs], [version, count])
  }
  const scans: number[] = []
  for (let version = 41n; version <= 60n; version++) {
    await write(version, 1_000)
    scans.push((await look('www.example.'))!.scans)
  }
  assert.equal(scans.at(-1), scans[0])
})

test('stamps move with the versions of their zone, and with no other zone', async () => {
  const { store } = await openStore()
  await put(store, 'example.', 1n)
  await put(store, 'other.', 1n)
  const elsewhere = new VersionSignals(store.signals.memory)
  const slots = ['example.', 'other.'].map((zone) => elsewhere.slotOf(parseName(zone))) as [number, number]
  const stamps = () => slots.map((slot) => elsewhere.stampOf(slot))
  const { commits, liveZones } = elsewhere
  const [example, other] = stamps()
  await put(store, 'example.', 2n)
  assert.deepEqual(stamps(), [example! + 1, other])
  assert.equal(elsewhere.slotOf(parseName('EXAMPLE.')), slots[0])
  assert.equal(elsewhere.commits, commits + 1)
  assert.equal(elsewhere.liveZones, liveZones)
  elsewhere.sawNewer(parseName('other.'))
  assert.deepEqual(stamps(), [example! + 1, other! + 1])
})

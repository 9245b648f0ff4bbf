/** Bits that flip on disk: what is read is right or an error, a scrub finds them, and a store beyond reading is kept aside. */
import { strict as assert } from 'node:assert'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'vitest'
import { encodeRR, parseName, parseRDATAText, typeFromText } from '@zonecast/dns'
import { sha256, silentLogger } from '@zonecast/runtime'
import { compareKeys, digestOf, packRRs, storedKey, walkRRs, type Delta, type VersionHeader } from '@zonecast/zone'
import { openZoneStore, StoreDamage, type ScrubOutcome, type ZoneStore } from './index.ts'

const zone = 'example.'
const apex = parseName(zone)
const nothing = new Uint8Array(0)
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-damage-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  return folder
}

async function openStore(folder: string, onDamage = (_zone: string, _reason: string) => {}): Promise<ZoneStore> {
  const store = await openZoneStore({ folder, kind: 'edge-writer', log: silentLogger(), onDamage })
  closing.push(() => store.close())
  return store
}

function rr(owner: string, type: string, text: string): Uint8Array {
  const number = typeFromText(type) as number
  return encodeRR({ owner: parseName(owner, apex), type: number, ttl: 60, rdata: parseRDATAText(number, text, apex) })
}

/** Several pages of TXT RRs, each with a text of its own. */
function contentOf(changed = ''): Uint8Array[] {
  const texts = Array.from({ length: 400 }, (_, i) => rr(`host-${i}`, 'TXT', `"text of host ${i} ${i === 7 ? changed : ''}"`))
  return [rr('@', 'NS', 'ns1'), ...texts].toSorted((a, b) => compareKeys(storedKey(a), storedKey(b)))
}

function headerOf(rrs: Uint8Array[], version: bigint): VersionHeader {
  const soa = rr('@', 'SOA', `ns1 hostmaster ${version} 14400 3600 1209600 300`)
  const count = rrs.length + 1
  return {
    state: { generation: 1n, version, serial: Number(version), digest: digestOf(rrs, soa, nothing, sha256), deleted: false },
    soa,
    settings: nothing,
    settingsVersion: 1n,
    rrCount: count,
    rrsetCount: count,
    contentOctets: packRRs(rrs).length + soa.length,
    placement: 'default',
  }
}

async function putWhole(store: ZoneStore): Promise<void> {
  const rrs = contentOf()
  const delta: Delta = { removed: nothing, added: packRRs(rrs) }
  await store.apply({ zone, shard: 3, position: 1n, header: headerOf(rrs, 1n), delta })
}

/** Flips one bit of the store's file, in the octet that stands `at` octets after a text; in each copy that LMDB has of it. */
function flipAfter(folder: string, text: string, at: number): void {
  const file = join(folder, 'zones.mdb')
  const bytes = readFileSync(file)
  let found = bytes.indexOf(text)
  assert.ok(found >= 0, `${text} is not in the store`)
  // In place: whoever has mapped the file sees it at once.
  const descriptor = openSync(file, 'r+')
  for (; found >= 0; found = bytes.indexOf(text, found + 1))
    writeSync(descriptor, Buffer.of(bytes[found + at]! ^ 4), 0, 1, found + at)
  closeSync(descriptor)
}

function scrubbed(store: ZoneStore): ScrubOutcome {
  const scrub = store.scrub(zone)
  for (;;) {
    const outcome = scrub.step(4_096)
    if (outcome.kind !== 'more') return outcome
  }
}

test('a sound zone is found sound, also when it moves in the middle of the scrub', async () => {
  const store = await openStore(newFolder())
  await putWhole(store)
  const scrub = store.scrub(zone)
  assert.equal(scrub.step(10).kind, 'more')
  const [before, after] = [contentOf(), contentOf('anew')]
  const without = (one: Uint8Array[], other: Uint8Array[]) => one.filter((a) => !other.some((b) => Buffer.compare(a, b) === 0))
  const delta = { removed: packRRs(without(before, after)), added: packRRs(without(after, before)) }
  const base = headerOf(before, 1n).state
  await store.apply({ zone, shard: 3, position: 2n, header: headerOf(after, 2n), base, delta })
  let outcome = scrub.step(10)
  for (; outcome.kind === 'more';) outcome = scrub.step(10)
  assert.equal(outcome.kind, 'sound')
})

test('a bit that flipped while the store was closed is an error and never an answer', async () => {
  const folder = newFolder()
  const first = await openStore(folder)
  await putWhole(first)
  await first.close()
  closing.pop()
  flipAfter(folder, 'text of host 250', 3)
  const told: string[] = []
  const store = await openStore(folder, (damaged) => told.push(damaged))
  assert.throws(() => [...walkRRs(store.view(zone)!.pages)], StoreDamage)
  assert.deepEqual(told, [zone])
  assert.equal(scrubbed(store).kind, 'damaged')
})

test('a bit that flipped in a page that was read before is found by the scrub, and is no answer from then on', async () => {
  const folder = newFolder()
  const store = await openStore(folder)
  await putWhole(store)
  assert.equal([...walkRRs(store.view(zone)!.pages)].length, 401)
  flipAfter(folder, 'text of host 250', 3)
  assert.equal(scrubbed(store).kind, 'damaged')
  store.doubt(zone)
  assert.throws(() => [...walkRRs(store.view(zone)!.pages)], StoreDamage)
})

test('a zone whose record was altered is gone, and its shards are listed anew', async () => {
  const folder = newFolder()
  const first = await openStore(folder)
  await putWhole(first)
  const followed = { logId: Buffer.alloc(16, 1), placements: ['default'] }
  await first.restart(followed, [3])
  await first.mark({ logId: followed.logId, shard: 3, position: 9n, answered: 9n })
  await first.close()
  closing.pop()
  // The SOA stands in the record and nowhere else.
  flipAfter(folder, 'hostmaster', 2)
  const store = await openStore(folder)
  assert.equal(store.get(zone), undefined)
  assert.equal(store.marks().shards[3]?.position, 0n)
  await putWhole(store)
  assert.equal(scrubbed(store).kind, 'sound')
})

test('a file that is no store is kept aside, and a new one begun', async () => {
  const folder = newFolder()
  const first = await openStore(folder)
  await putWhole(first)
  await first.close()
  closing.pop()
  const file = join(folder, 'zones.mdb')
  const bytes = readFileSync(file)
  bytes.fill(0xa5, 0, 8_192)
  writeFileSync(file, bytes)
  const store = await openStore(folder)
  assert.deepEqual([...store.zones()], [])
  assert.ok(existsSync(`${file}.damaged`))
  await putWhole(store)
  assert.equal(scrubbed(store).kind, 'sound')
})

test('a store that kills whoever reads it is kept aside at the third start', async () => {
  const folder = newFolder()
  const first = await openStore(folder)
  await putWhole(first)
  await first.close()
  closing.pop()
  const file = join(folder, 'zones.mdb')
  const bytes = readFileSync(file)
  // Offsets of nodes in the B-tree that lead far outside the page.
  for (let page = 2 * 4_096; page < bytes.length; page += 4_096) bytes.fill(0xff, page + 24, page + 64)
  writeFileSync(file, bytes)
  writeFileSync(join(folder, 'starts'), '2\n')
  const store = await openStore(folder)
  assert.deepEqual([...store.zones()], [])
  assert.ok(existsSync(`${file}.damaged`))
})

/** Tombstones and records that a store loses: they are missed, and come again. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { afterEach, test } from 'vitest'
import { parseName } from '@zonecast/dns'
import { silentLogger } from '@zonecast/runtime'
import { openZoneStore, type ZoneStore } from './index.ts'
import { metaKey, zoneRecordKey } from './layout.ts'
import { storeFile, storeOptions } from './store-file.ts'

const shard = 3
const followed = { logId: Buffer.alloc(16, 1), placements: ['default'] }
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-tombstones-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  return folder
}

async function opened(folder: string): Promise<ZoneStore> {
  const store = await openZoneStore({ folder, kind: 'edge-writer', log: silentLogger() })
  closing.push(() => store.close())
  return store
}

async function closed(store: ZoneStore): Promise<void> {
  closing.pop()
  await store.close()
}

function bury(store: ZoneStore, zone: string, version = 2n) {
  const state = { generation: 1n, version, serial: 1, digest: new Uint8Array(0), deleted: true }
  return store.remove({ zone, shard, position: version, state, placement: 'default' })
}

/** What a bad disk does, by the one who can: the keys are gone. */
async function lose(folder: string, ...keys: Uint8Array[]): Promise<void> {
  const database = open<Uint8Array, Uint8Array>({ ...storeOptions, path: join(folder, storeFile) })
  for (const key of keys) await database.remove(key)
  await database.close()
}

async function withTombstones(folder: string): Promise<void> {
  const store = await opened(folder)
  await store.restart(followed, [shard])
  // Two share a transaction, and one is buried again.
  await Promise.all([bury(store, 'one.'), bury(store, 'two.')])
  await bury(store, 'two.', 3n)
  await closed(store)
}

test('a store that has all of its tombstones misses none', async () => {
  const folder = newFolder()
  await withTombstones(folder)
  assert.deepEqual((await opened(folder)).lostTombstones(), [])
})

test('a tombstone that is lost is missed at every start, until its shard is listed again', async () => {
  const folder = newFolder()
  await withTombstones(folder)
  await lose(folder, zoneRecordKey(parseName('two.')))
  for (let starts = 0; starts < 2; starts++) {
    const store = await opened(folder)
    assert.deepEqual(store.lostTombstones(), [shard])
    await closed(store)
  }
  const store = await opened(folder)
  await store.restart(followed, [shard])
  assert.deepEqual(store.lostTombstones(), [])
  await bury(store, 'two.', 3n)
  await closed(store)
  assert.deepEqual((await opened(folder)).lostTombstones(), [])
})

test('a tombstone that no publisher names any more is missed once', async () => {
  const folder = newFolder()
  await withTombstones(folder)
  await lose(folder, zoneRecordKey(parseName('two.')))
  const store = await opened(folder)
  await store.acceptLoss([shard])
  await closed(store)
  assert.deepEqual((await opened(folder)).lostTombstones(), [])
})

test('a store of before, without sums, is taken as it is', async () => {
  const folder = newFolder()
  await withTombstones(folder)
  await lose(folder, metaKey(`tombstones.${shard}`))
  const store = await opened(folder)
  assert.deepEqual(store.lostTombstones(), [])
  await closed(store)
  await lose(folder, zoneRecordKey(parseName('one.')))
  assert.deepEqual((await opened(folder)).lostTombstones(), [shard])
})

test('a record that is lost under a running store is known from memory: it fences, and is written again', async () => {
  const folder = newFolder()
  const store = await opened(folder)
  await bury(store, 'one.')
  assert.ok(store.holds('one.'))
  const other = open<Uint8Array, Uint8Array>({ ...storeOptions, path: join(folder, storeFile) })
  await other.remove(zoneRecordKey(parseName('one.')))
  assert.equal(store.scrub('one.').step(1).kind, 'lost')
  await assert.rejects(bury(store, 'one.', 1n), /NOT_NEWER|newer/)
  await store.touch('one.', 0n)
  assert.equal(store.scrub('one.').step(1).kind, 'gone')
  await other.close()
  await closed(store)
  assert.deepEqual((await opened(folder)).lostTombstones(), [])
})

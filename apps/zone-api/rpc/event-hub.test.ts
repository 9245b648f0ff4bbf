/** The memory of recent commits is bounded, and says so. */
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { changeSet, newZone, put, zone } from '../database/suite/fixture.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { EventHub } from './event-hub.ts'

let folder: string
let database: ZoneDatabase
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zonecast-hub-'))
  const failed = (error: Error) => {
    throw error
  }
  database = await openDatabase({ folder, log: silentLogger(), metrics: createMetrics('test'), failed })
  await database.createZone(newZone())
})
afterEach(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

async function change(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await database.applyChanges(changeSet([put('www', 'A', `192.0.2.${i}`)]))
}

test('a watcher within the memory gets every event after its position, one before it is told of a gap', async () => {
  const hub = await EventHub.open({ database, events: 3 })
  const { shard } = (await database.headOf(zone))!
  await change(5)
  const positions = (from: bigint) => {
    const { events, gap } = hub.watch(new Map([[shard, from]])).take(1 << 20)
    return { positions: events.map(({ head }) => Number(head.position)), gap }
  }
  assert.deepEqual(positions(3n), { positions: [4, 5, 6], gap: false })
  assert.deepEqual(positions(5n), { positions: [6], gap: false })
  assert.equal(positions(2n).gap, true)
  assert.equal(positions(0n).gap, true)
  hub.close()
})

test('what was committed before the hub was opened is a gap', async () => {
  await change(2)
  const hub = await EventHub.open({ database })
  const { shard, position } = (await database.headOf(zone))!
  assert.equal(hub.watch(new Map([[shard, position - 1n]])).take(1).gap, true)
  assert.equal(hub.watch(new Map([[shard, position]])).take(1).gap, false)
  hub.close()
})

test('a watcher takes events in portions, and waits where there are none', async () => {
  const hub = await EventHub.open({ database })
  const { shard, position } = (await database.headOf(zone))!
  const watcher = hub.watch(new Map([[shard, position]]))
  const waiting = watcher.wait()
  await change(3)
  await waiting
  assert.equal(watcher.take(1).events.length, 1)
  assert.equal(watcher.take(1 << 20).events.length, 2)
  hub.close()
  await watcher.wait()
  assert.equal(watcher.closed, true)
})

test('twenty thousand small changes held twice the memory that was allowed for', async () => {
  const hub = await EventHub.open({ database, octets: 10_000 })
  const { shard, position } = (await database.headOf(zone))!
  await change(6)
  const { events, gap } = hub.watch(new Map([[shard, position + 3n]])).take(1 << 20)
  assert.deepEqual([events.length, gap], [3, false])
  assert.equal(hub.watch(new Map([[shard, position + 2n]])).take(1 << 20).gap, true)
  hub.close()
})

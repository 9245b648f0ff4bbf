/** Request ids are remembered for 24 hours, across restarts, and not longer. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { openEngine } from './engine.ts'
import { openSqlite } from './sqlite/dialect.ts'
import { changeSet, context, newZone, put, zone } from './suite/fixture.ts'
import { Refused } from './refused.ts'

const day = 24 * 3_600_000

test('a request id gives the same answer until 24 hours are over, and then stands for a new request', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-request-ids-'))
  let nowMs = 1_700_000_000_000
  const open = () => openEngine({ database: openSqlite(join(folder, 'zone-api.db')), now: () => nowMs })
  let engine = await open()
  const committed = async <Value>(work: Promise<Value>): Promise<Value> => {
    const value = await work
    await engine.parts.transaction.flush()
    engine.parts.transaction.committed()
    return value
  }
  await committed(engine.operations.createZone(newZone()))
  const input = { ...changeSet([put('www', 'A', '192.0.2.7')]), ...context({ requestId: 'r1', body: 'x' }) }
  const other = { ...input, ops: [put('www', 'A', '192.0.2.8')], ...context({ requestId: 'r1', body: 'y' }) }
  const sets = { ...context({ requestId: 'r1', body: 'x' }), dryRun: false, force: false }
  const set = { zone, ops: [put('ftp', 'A', '192.0.2.7')], expectedVersion: 0n, expectedGeneration: 0n }
  const first = await committed(engine.operations.applyChanges(input))
  // The same id is another one for another method.
  const second = await committed(engine.operations.applyChangeSets({ ...sets, sets: [set] }))
  assert.equal(second.effects[0]!.state.version, 3n)
  await engine.db.destroy()

  nowMs += day - 1
  engine = await open()
  while (await engine.operations.maintain());
  assert.deepEqual(await engine.operations.applyChanges(input), first)
  assert.deepEqual(await engine.operations.applyChangeSets({ ...sets, sets: [set] }), second)
  await assert.rejects(engine.operations.applyChanges(other), Refused)

  nowMs += 1
  assert.equal((await engine.operations.applyChanges(other)).effect.state.version, 4n)
  await engine.db.destroy()
  rmSync(folder, { recursive: true })
})

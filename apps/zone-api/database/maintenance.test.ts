/** What history lets go of stays in the audit log. */
import { parseName } from '@zonecast/dns'
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { openEngine } from './engine.ts'
import { openSqlite } from './sqlite/dialect.ts'
import { changeSet, newZone, put, zone } from './suite/fixture.ts'
import { defaultSettings } from './zone-database.ts'

test('a change that is pruned from history keeps its line in the audit log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-maintenance-'))
  const database = openSqlite(join(folder, 'zone-api.db'))
  const { db, operations } = await openEngine({ database, now: Date.now, retention: { versions: 1, ms: -1000 } })
  const { changeId } = await operations.createZone(newZone())
  const { changeId: newest } = await operations.applyChanges(changeSet([put('www', 'A', '192.0.2.7')]))
  while (await operations.maintain());
  assert.equal(await operations.getChange(changeId), undefined)
  assert.equal((await operations.getChange(newest))?.principal, 'alice')
  const columns = 'principal, method, zone_key, change_id, reason, rrs_before, rrs_after'
  const linesOf = (table: string) =>
    database
      .prepare(`select ${columns} from ${table}`)
      .all()
      .map(({ ...line }) => line)
  const line = { principal: 'alice', zone_key: zone, reason: 'a test' }
  assert.deepEqual(linesOf('audit'), [{ ...line, method: 'CreateZone', change_id: changeId, rrs_before: 0, rrs_after: 3 }])
  assert.deepEqual(linesOf('changes'), [{ ...line, method: 'ApplyChanges', change_id: newest, rrs_before: 3, rrs_after: 4 }])
  await db.destroy()
  rmSync(folder, { recursive: true })
})

test('nothing is left of versions that are let go of, purged or not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-maintenance-'))
  const database = openSqlite(join(folder, 'zone-api.db'))
  const { db, operations } = await openEngine({ database, now: Date.now, retention: { versions: 1, ms: -1000 } })
  await operations.createZone(newZone())
  for (const [name, address] of [
    ['ann', '192.0.2.1'],
    ['bob', '192.0.2.2'],
    ['ann', '192.0.2.3'],
    ['last', '192.0.2.4'],
  ] as const) {
    await operations.applyChanges(changeSet([put(name, 'A', address), put('both', 'A', address)]))
  }
  await operations.purgeHistory({ zone, owner: parseName('ann.example.com.'), principal: 'bob', reason: '' })
  while (await operations.maintain());
  const count = (table: string) => database.prepare(`select count(*) as n from ${table}`).get()?.['n']
  assert.deepEqual([count('versions'), count('changes'), count('change_names'), count('audit')], [1, 1, 2, 5])
  await db.destroy()
  rmSync(folder, { recursive: true })
})

for (const { name, common, own, kept } of [
  { name: 'more versions', common: { versions: 1, days: 1 }, own: { historyVersions: 3 }, kept: 3 },
  { name: 'fewer versions', common: { versions: 5, days: 1 }, own: { historyVersions: 2 }, kept: 2 },
  { name: 'more days', common: { versions: 1, days: 1 }, own: { historyDays: 3 }, kept: 6 },
  { name: 'fewer days', common: { versions: 1, days: 7 }, own: { historyDays: 1 }, kept: 1 },
  {
    name: 'fewer days, but more versions',
    common: { versions: 1, days: 7 },
    own: { historyVersions: 4, historyDays: 1 },
    kept: 4,
  },
])
  test(`a zone that asks for ${name} of history keeps them, whatever others keep`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zonecast-maintenance-'))
    const database = openSqlite(join(folder, 'zone-api.db'))
    const dayMs = 24 * 3_600_000
    let now = Date.now()
    const retention = { versions: common.versions, ms: common.days * dayMs }
    const { db, operations } = await openEngine({ database, now: () => now, retention })
    const other = 'other.example.'
    for (const [key, asked] of [
      [zone, own],
      [other, {}],
    ] as const) {
      await operations.createZone(newZone({ apex: parseName(key), settings: { ...defaultSettings, ...asked } }))
      for (let i = 1; i <= 5; i++)
        await operations.applyChanges(changeSet([put(`www.${key}`, 'A', `192.0.2.${i}`)], { zone: key }))
    }
    now += 2 * dayMs
    while (await operations.maintain());
    const versionsOf = async (key: string) => (await operations.listVersions({ zone: key, limit: 10 })).versions.length
    assert.equal(await versionsOf(zone), kept)
    assert.equal(await versionsOf(other), common.days > 2 ? 6 : common.versions)
    await db.destroy()
    rmSync(folder, { recursive: true })
  })

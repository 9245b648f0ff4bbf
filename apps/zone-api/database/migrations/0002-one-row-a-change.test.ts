/** A database of before keeps its audit log. */
import { Kysely } from 'kysely'
import { strict as assert } from 'node:assert'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'vitest'
import { SqliteConnection, sqliteDialect } from '../sqlite/dialect.ts'
import { zones } from './0001-zones.ts'
import { migrate, migrations, sqliteTypes } from './index.ts'

test('lines of changes that are there move into their rows, lines of those that are gone stay', async () => {
  const database = new DatabaseSync(':memory:')
  const db = new Kysely<any>({ dialect: sqliteDialect(new SqliteConnection(database)) })
  await migrate(db, [zones], sqliteTypes)
  const change = { principal: 'ann', reason: 'why', outcome: new Uint8Array(1), committed_at: 5 }
  await db
    .insertInto('changes')
    .values({ change_id: 'kept', ...change })
    .execute()
  const line = { at: 5, principal: 'ann', method: 'ApplyChanges', zone_key: 'a.', reason: 'why', rrs_before: 1, rrs_after: 2 }
  for (const changeId of ['pruned', 'kept'])
    await db
      .insertInto('audit')
      .values({ change_id: changeId, ...line })
      .execute()
  await db.insertInto('outbox').values({ shard: 1, position: 1, zone: 1, version: 1 }).execute()

  await migrate(db, migrations, sqliteTypes)

  const columns = ['change_id', 'method', 'zone_key', 'rrs_before', 'rrs_after'] as const
  assert.deepEqual(
    (await db.selectFrom('changes').select(columns).execute()).map((row) => ({ ...row })),
    [{ change_id: 'kept', method: 'ApplyChanges', zone_key: 'a.', rrs_before: 1, rrs_after: 2 }],
  )
  assert.deepEqual(
    (await db.selectFrom('audit').select('change_id').execute()).map(({ change_id: id }) => id as string),
    ['pruned'],
  )
})

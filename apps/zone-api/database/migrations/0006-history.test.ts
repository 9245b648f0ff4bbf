/** A database of before knows which of its versions are too large for the index of names. */
import { Kysely } from 'kysely'
import { strict as assert } from 'node:assert'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'vitest'
import { SqliteConnection, sqliteDialect } from '../sqlite/dialect.ts'
import { history } from './0006-history.ts'
import { migrate, migrations, sqliteTypes } from './index.ts'

test('versions that touch something and are indexed under no name get a mark', async () => {
  const db = new Kysely<any>({ dialect: sqliteDialect(new SqliteConnection(new DatabaseSync(':memory:'))) })
  await migrate(db, migrations.slice(0, migrations.indexOf(history)), sqliteTypes)
  const some = new Uint8Array([1])
  const none = new Uint8Array()
  const row = { generation: 1, serial: 1, digest: some, soa: some, settings: some, settings_version: 1, placement: 'default' }
  const counts = { rr_count: 1, rrset_count: 1, content_octets: 1, deleted: 0, change_id: '', committed_at: 1 }
  for (const [version, step, removed, added] of [
    [1, 'none', null, null],
    [2, 'inline', none, some],
    [3, 'inline', none, none],
    [4, 'pieces', null, null],
    [5, 'inline', some, none],
  ] as const) {
    await db
      .insertInto('versions')
      .values({ zone: 1, version, ...row, ...counts, step, removed, added })
      .execute()
  }
  await db.insertInto('change_names').values({ zone: 1, owner: some, version: 2 }).execute()

  await migrate(db, migrations, sqliteTypes)

  const marked = await db.selectFrom('change_names').select('version').where('owner', '=', none).orderBy('version').execute()
  assert.deepEqual(
    marked.map(({ version }) => version as number),
    [1, 4, 5],
  )
})

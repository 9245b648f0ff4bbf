/** Migrations go forward, once. */
import { Kysely } from 'kysely'
import { strict as assert } from 'node:assert'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'vitest'
import { SqliteConnection, sqliteDialect } from '../sqlite/dialect.ts'
import { migrate, type Migration, SchemaTooNew, sqliteTypes } from './migration.ts'

const makes = (table: string): Migration => ({
  name: table,
  async up(db) {
    await db.schema.createTable(table).addColumn('a', 'integer').execute()
  },
})

function open() {
  const database = new DatabaseSync(':memory:')
  const tables = () =>
    database
      .prepare("select name from sqlite_master where type = 'table'")
      .all()
      .map(({ name }) => name)
  return { db: new Kysely<unknown>({ dialect: sqliteDialect(new SqliteConnection(database)) }), tables }
}

test('each migration runs once, and later ones are added', async () => {
  const { db, tables } = open()
  await migrate(db, [makes('one')], sqliteTypes)
  await migrate(db, [makes('one'), makes('two')], sqliteTypes)
  assert.deepEqual(tables(), ['migrations', 'one', 'two'])
})

test('one that fails leaves nothing behind', async () => {
  const { db, tables } = open()
  const broken: Migration = {
    name: 'broken',
    async up(transaction, types) {
      await makes('half').up(transaction, types)
      throw new Error('no')
    },
  }
  await assert.rejects(migrate(db, [makes('one'), broken], sqliteTypes), /no/)
  assert.deepEqual(tables(), ['migrations', 'one'])
})

test('a database of a newer program is refused', async () => {
  const { db } = open()
  await migrate(db, [makes('one'), makes('two')], sqliteTypes)
  await assert.rejects(
    migrate(db, [makes('one')], sqliteTypes),
    (error) => error instanceof SchemaTooNew && error.exitCode === 64,
  )
})

/** Forward-only migrations of the schema. */
import { type ColumnDataType, type CreateTableBuilder, type Kysely, sql } from 'kysely'

export interface Migration {
  readonly name: string
  up(db: Kysely<any>, engine: EngineTypes): Promise<void>
}

/** What engines spell differently. */
export interface EngineTypes {
  readonly bytes: ColumnDataType
  /**
   * Adds a primary key that counts by itself. `forEver`: a number is not given again even after its row has gone, which costs a
   * write more for each row.
   */
  autoNumber<Table extends string, Columns extends string>(
    table: CreateTableBuilder<Table, Columns>,
    column: string,
    options?: { forEver: boolean },
  ): CreateTableBuilder<Table, Columns>
  /** Keeps the rows in the primary key itself, where an engine can: a row is then one page to write instead of two. */
  clustered<Table extends string, Columns extends string>(
    table: CreateTableBuilder<Table, Columns>,
  ): CreateTableBuilder<Table, Columns>
  /** Rows that matter only while programs run: an engine may forget them in a crash, and need not sync them. */
  passing<Table extends string, Columns extends string>(
    table: CreateTableBuilder<Table, Columns>,
  ): CreateTableBuilder<Table, Columns>
  /** Keeps values of these columns out of the row and as they are, where an engine would else compress them. */
  uncompressed(db: Kysely<any>, table: string, columns: readonly string[]): Promise<void>
}

export const sqliteTypes: EngineTypes = {
  bytes: 'blob',
  autoNumber: (table, column, options) =>
    table.addColumn(column, 'integer', (c) =>
      options?.forEver ? c.primaryKey().autoIncrement() : c.primaryKey(),
    ) as typeof table,
  clustered: (table) => table.modifyEnd(sql`without rowid`),
  passing: (table) => table,
  uncompressed: async () => {},
}

/** Brings the schema up to date, each step in a transaction of its own; a database that is ahead of this program is refused. */
export async function migrate(db: Kysely<any>, migrations: readonly Migration[], engine: EngineTypes): Promise<void> {
  await createMigrations(db)
  const applied = await migrationsOf(db)
  const unknown = [...applied].filter((name) => !migrations.some((migration) => migration.name === name))
  if (unknown.length > 0) {
    throw new SchemaTooNew(`the database was written by a newer zone API (it has ${unknown.join(', ')}); run that one`)
  }
  for (const migration of migrations.filter(({ name }) => !applied.has(name))) {
    await db.transaction().execute((transaction) => apply(transaction as Kysely<any>, migration, engine))
  }
}

/** Applies these migrations, in the transaction that is open. */
export async function migrateWithin(db: Kysely<any>, migrations: readonly Migration[], engine: EngineTypes): Promise<void> {
  await createMigrations(db)
  for (const migration of migrations) await apply(db, migration, engine)
}

async function createMigrations(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('name', 'text', (c) => c.primaryKey())
    .execute()
}

async function apply(db: Kysely<any>, migration: Migration, engine: EngineTypes): Promise<void> {
  await migration.up(db, engine)
  await db.insertInto('migrations').values({ name: migration.name }).execute()
}

/** The migrations that a database has. */
export async function migrationsOf(db: Kysely<any>): Promise<Set<string>> {
  return new Set((await db.selectFrom('migrations').select('name').execute()).map(({ name }) => name as string))
}

/** A newer program has written the database. */
export class SchemaTooNew extends Error {
  readonly exitCode = 64
}

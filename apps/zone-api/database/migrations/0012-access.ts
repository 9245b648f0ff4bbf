/** Principals, their grants and credentials, and the owners of zones; denials name the zone and the RRset. */
import { type Kysely, sql } from 'kysely'
import type { EngineTypes, Migration } from './migration.ts'

export const access: Migration = {
  name: '0012-access',
  async up(db: Kysely<any>, engine) {
    await principals(db, engine)
    await credentials(db, engine)
    await engine
      .clustered(db.schema.createTable('zone_owners').addColumn('zone_key', 'text', (c) => c.notNull()))
      .addColumn('principal', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('zone_owners_pk', ['zone_key', 'principal'])
      .execute()
    await db.schema.createIndex('zone_owners_by_principal').on('zone_owners').columns(['principal', 'zone_key']).execute()
    // One row, which every write of these tables counts up first: who holds it is alone.
    await db.schema
      .createTable('access_state')
      .addColumn('one', 'integer', (c) => c.primaryKey())
      .addColumn('revision', 'bigint', (c) => c.notNull())
      .execute()
    await sql`insert into access_state (one, revision) values (1, 0)`.execute(db)
    for (const column of ['zone_key', 'rrset']) {
      await db.schema
        .alterTable('denials')
        .addColumn(column, 'text', (c) => c.notNull().defaultTo(''))
        .execute()
    }
    await db.schema.createIndex('denials_by_zone').on('denials').columns(['zone_key', 'number']).execute()
  },
}

async function principals(db: Kysely<any>, { bytes, clustered }: EngineTypes): Promise<void> {
  await clustered(db.schema.createTable('principals').addColumn('name', 'text', (c) => c.primaryKey()))
    // The octets of the name, which every engine sorts alike.
    .addColumn('sort_key', bytes, (c) => c.notNull().unique())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('display', 'text', (c) => c.notNull())
    .addColumn('disabled', 'integer', (c) => c.notNull())
    .addColumn('placements', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .execute()
  await clustered(db.schema.createTable('grants').addColumn('id', 'text', (c) => c.primaryKey()))
    .addColumn('principal', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('permissions', 'text', (c) => c.notNull())
    .addColumn('zones', 'text', (c) => c.notNull())
    .addColumn('names', 'text', (c) => c.notNull())
    .addColumn('types', 'text', (c) => c.notNull())
    .addColumn('apex', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('grants_by_principal').on('grants').columns(['principal', 'id']).execute()
}

async function credentials(db: Kysely<any>, { bytes, clustered }: EngineTypes): Promise<void> {
  await clustered(db.schema.createTable('principal_credentials').addColumn('id', 'text', (c) => c.primaryKey()))
    .addColumn('principal', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('sha256', bytes)
    .addColumn('phc', 'text', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('label', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint', (c) => c.notNull())
    .execute()
  const table = 'principal_credentials'
  await db.schema.createIndex('principal_credentials_by_principal').on(table).columns(['principal', 'id']).execute()
  await db.schema.createIndex('principal_credentials_by_sha256').unique().on(table).column('sha256').execute()
  await db.schema.createIndex('principal_credentials_by_fingerprint').on(table).columns(['fingerprint', 'id']).execute()
  await db.schema.createIndex('principal_credentials_by_subject').on(table).columns(['subject', 'id']).execute()
}

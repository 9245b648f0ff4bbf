/** Sealed secrets, and the TSIG keys whose secrets they are. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const secrets: Migration = {
  name: '0015-secrets',
  async up(db: Kysely<any>, { bytes, clustered }) {
    await clustered(db.schema.createTable('secrets').addColumn('kind', 'text', (c) => c.notNull()))
      .addColumn('sort_key', bytes, (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('seal_key', 'text', (c) => c.notNull())
      .addColumn('sealed', bytes, (c) => c.notNull())
      .addPrimaryKeyConstraint('secrets_pk', ['kind', 'sort_key'])
      .execute()
    await db.schema.createIndex('secrets_by_seal_key').on('secrets').columns(['seal_key', 'kind', 'sort_key']).execute()
    // In canonical order of their names.
    await clustered(db.schema.createTable('tsig_keys').addColumn('sort_key', bytes, (c) => c.primaryKey()))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('algorithm', 'text', (c) => c.notNull())
      .addColumn('secret_octets', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('created_by', 'text', (c) => c.notNull())
      .execute()
  },
}

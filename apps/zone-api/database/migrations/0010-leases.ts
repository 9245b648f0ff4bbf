/** Who does what only one zone API is to do at a time. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const leases: Migration = {
  name: '0010-leases',
  async up(db: Kysely<any>, { passing }) {
    await passing(db.schema.createTable('leases'))
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('holder', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('until_ms', 'bigint', (c) => c.notNull())
      .execute()
  },
}

/** Generations and serials that edges have seen of zones that the database does not have. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const serialFloors: Migration = {
  name: '0007-serial-floors',
  async up(db: Kysely<any>, { clustered }) {
    await clustered(db.schema.createTable('serial_floors'))
      .addColumn('zone_key', 'text', (c) => c.primaryKey())
      .addColumn('generation', 'bigint', (c) => c.notNull())
      .addColumn('serial', 'bigint', (c) => c.notNull())
      .execute()
  },
}

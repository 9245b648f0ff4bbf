/** Denials say what was wrong with a credential. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const faultsOfCredentials: Migration = {
  name: '0016-faults-of-credentials',
  async up(db: Kysely<any>) {
    await db.schema
      .alterTable('denials')
      .addColumn('fault', 'text', (c) => c.notNull().defaultTo(''))
      .execute()
  },
}

/** Tags of zones, as text beside the head. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const zoneTags: Migration = {
  name: '0014-zone-tags',
  async up(db: Kysely<any>) {
    await db.schema
      .alterTable('zones')
      .addColumn('tags', 'text', (c) => c.notNull().defaultTo(''))
      .execute()
  },
}

/** Quotas of principals, what they have used of them, and who made which zone. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const quotas: Migration = {
  name: '0013-quotas',
  async up(db: Kysely<any>, { clustered }) {
    await clustered(db.schema.createTable('quotas').addColumn('principal', 'text', (c) => c.primaryKey()))
      .addColumn('zones', 'bigint')
      .addColumn('rrsets_per_zone', 'bigint')
      .addColumn('changes_per_minute', 'bigint')
      .addColumn('burst', 'bigint')
      .execute()
    // A row of somebody who is bounded; who holds it counts alone.
    await clustered(db.schema.createTable('quota_uses').addColumn('principal', 'text', (c) => c.primaryKey()))
      .addColumn('level', 'bigint', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .execute()
    await clustered(db.schema.createTable('zone_makers').addColumn('zone_key', 'text', (c) => c.primaryKey()))
      .addColumn('principal', 'text', (c) => c.notNull())
      .execute()
    await db.schema.createIndex('zone_makers_by_principal').on('zone_makers').columns(['principal', 'zone_key']).execute()
  },
}

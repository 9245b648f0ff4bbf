/** How far the events of each shard have been put into a log apart from the zone API. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const relayPositions: Migration = {
  name: '0004-relay-positions',
  async up(db: Kysely<any>, { clustered }) {
    await clustered(db.schema.createTable('relay_positions'))
      .addColumn('log', 'text', (c) => c.notNull())
      .addColumn('shard', 'integer', (c) => c.notNull())
      .addColumn('position', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('relay_positions_key', ['log', 'shard'])
      .execute()
  },
}

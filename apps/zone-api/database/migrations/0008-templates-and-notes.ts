/** Templates of zones, comments and tags on RRsets, and the details that the audit log has of a change. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const templatesAndNotes: Migration = {
  name: '0008-templates-and-notes',
  async up(db: Kysely<any>, { bytes, autoNumber, clustered }) {
    await clustered(db.schema.createTable('templates').addColumn('name', 'text', (c) => c.primaryKey()))
      .addColumn('definition', 'text', (c) => c.notNull())
      .addColumn('version', 'bigint', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('changed_at', 'bigint', (c) => c.notNull())
      .execute()
    await autoNumber(db.schema.createTable('change_details'), 'number')
      .addColumn('change_id', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('before', 'text', (c) => c.notNull())
      .addColumn('after', 'text', (c) => c.notNull())
      .addColumn('zone', bytes, (c) => c.notNull())
      .addColumn('owner', bytes, (c) => c.notNull())
      .addColumn('type', 'integer', (c) => c.notNull())
      .addColumn('version', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema.createIndex('change_details_by_change').on('change_details').columns(['change_id', 'number']).execute()
    await db.schema.createIndex('change_details_by_zone').on('change_details').columns(['zone', 'version', 'number']).execute()
    // A zone stands here by its sort key, so that what is found in many zones is found in their order.
    await clustered(db.schema.createTable('notes').addColumn('zone', bytes, (c) => c.notNull()))
      .addColumn('place', bytes, (c) => c.notNull())
      .addColumn('owner', bytes, (c) => c.notNull())
      .addColumn('type', 'integer', (c) => c.notNull())
      .addColumn('note', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('notes_pk', ['zone', 'place'])
      .execute()
    await clustered(db.schema.createTable('note_tags').addColumn('tag', 'text', (c) => c.notNull()))
      .addColumn('zone', bytes, (c) => c.notNull())
      .addColumn('place', bytes, (c) => c.notNull())
      .addColumn('value', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('note_tags_pk', ['tag', 'zone', 'place'])
      .execute()
    await db.schema.createIndex('note_tags_by_value').on('note_tags').columns(['tag', 'value', 'zone', 'place']).execute()
    await db.schema
      .alterTable('zones')
      .addColumn('notes', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
  },
}

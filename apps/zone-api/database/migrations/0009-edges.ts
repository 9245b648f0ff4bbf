/** Edges are seen to by people: who moved one on stays, and the audit log tells of it. */
import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'

export const edges: Migration = {
  name: '0009-edges',
  async up(db: Kysely<any>) {
    await db.schema
      .alterTable('edges')
      .addColumn('set_by', 'text', (c) => c.notNull().defaultTo(''))
      .execute()
    for (const column of ['edge_id', 'state_before', 'state_after']) {
      await db.schema
        .alterTable('audit')
        .addColumn(column, 'text', (c) => c.notNull().defaultTo(''))
        .execute()
    }
  },
}

/** A stage says which run of the program fills it, and large values are stored as they are. */
import type { Migration } from './migration.ts'

export const runsOfStages: Migration = {
  name: '0003-runs-of-stages',
  async up(db, { uncompressed }) {
    await db.schema
      .alterTable('contents')
      .addColumn('run', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await uncompressed(db, 'pages', ['page'])
    await uncompressed(db, 'delta_pieces', ['removed', 'added'])
  },
}

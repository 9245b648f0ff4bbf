/** Whether a version has a step in pieces under a content is asked whenever a content is dropped. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from './migration.ts'

export const piecesOfVersions: Migration = {
  name: '0011-pieces-of-versions',
  async up(db: Kysely<any>) {
    await db.schema
      .createIndex('versions_by_pieces')
      .on('versions')
      .column('delta_content')
      .where(sql.ref('delta_content'), 'is not', null)
      .execute()
  },
}

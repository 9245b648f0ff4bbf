/** Audit lines know their version, denials are kept, and versions too large for the index of names are found by a mark in it. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from './migration.ts'

export const history: Migration = {
  name: '0006-history',
  async up(db: Kysely<any>, { autoNumber }) {
    for (const column of ['generation', 'version']) {
      await db.schema
        .alterTable('audit')
        .addColumn(column, 'bigint', (c) => c.notNull().defaultTo(0))
        .execute()
    }
    await db.schema.createIndex('audit_by_time').on('audit').columns(['at', 'number']).execute()
    await db.schema.createIndex('audit_by_zone').on('audit').columns(['zone_key', 'at', 'number']).execute()
    await autoNumber(db.schema.createTable('denials'), 'number')
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('last_at', 'bigint', (c) => c.notNull())
      .addColumn('principal', 'text', (c) => c.notNull())
      .addColumn('method', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('permission', 'text', (c) => c.notNull())
      .addColumn('count', 'bigint', (c) => c.notNull())
      .execute()
    await markLargeVersions(db)
  },
}

/** Those that touch something and stand in the index under no name. The mark is the empty owner name. */
async function markLargeVersions(db: Kysely<any>): Promise<void> {
  const isStep = sql<boolean>`step <> 'inline' or length(removed) + length(added) > 0`
  const unnamed = db
    .selectFrom('versions')
    .select(['zone', 'version'])
    .where(isStep)
    .except(db.selectFrom('change_names').select(['zone', 'version']))
  await db
    .insertInto('change_names')
    .columns(['zone', 'owner', 'version'])
    .expression(
      db
        .selectFrom('versions as v')
        .innerJoin(unnamed.as('u'), (join) => join.onRef('u.zone', '=', 'v.zone').onRef('u.version', '=', 'v.version'))
        .select(['v.zone', sql<Uint8Array>`substr(v.digest, 1, 0)`.as('owner'), 'v.version']),
    )
    .execute()
}

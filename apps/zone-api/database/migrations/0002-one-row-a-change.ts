/** A change and its line of the audit log in one row; the outbox, which nobody read, goes. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from './migration.ts'

const texts = ['method', 'zone_key'] as const
const counts = ['rrs_before', 'rrs_after'] as const

export const oneRowAChange: Migration = {
  name: '0002-one-row-a-change',
  async up(db: Kysely<any>) {
    for (const column of texts) await addColumn(db, column, 'text', '')
    for (const column of counts) await addColumn(db, column, 'bigint', 0)
    await db
      .updateTable('changes')
      .from('audit')
      .set(Object.fromEntries([...texts, ...counts].map((column) => [column, sql.ref(`audit.${column}`)])))
      .whereRef('audit.change_id', '=', 'changes.change_id')
      .execute()
    // What stays are the lines of changes that history has let go of.
    await db.deleteFrom('audit').where('change_id', 'in', db.selectFrom('changes').select('change_id')).execute()
    await db.schema.dropTable('outbox').execute()
  },
}

async function addColumn(db: Kysely<any>, name: string, type: 'text' | 'bigint', value: string | number): Promise<void> {
  await db.schema
    .alterTable('changes')
    .addColumn(name, type, (c) => c.notNull().defaultTo(value))
    .execute()
}

/** What PostgreSQL spells in its own way: types of columns, and values on the wire. */
import { sql } from 'kysely'
import { types } from 'pg'
import type { EngineTypes } from '../migrations/migration.ts'

export const postgresTypes: EngineTypes = {
  bytes: 'bytea',
  autoNumber: (table, column) =>
    table.addColumn(column, 'bigint', (c) => c.generatedByDefaultAsIdentity().primaryKey()) as typeof table,
  clustered: (table) => table,
  passing: (table) => table.modifyFront(sql`unlogged`),
  // Pages hold what hardly compresses, and are read whole.
  async uncompressed(db, table, columns) {
    for (const column of columns) {
      await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} set storage external`.execute(db)
    }
  },
}

const { BYTEA, INT8 } = types.builtins

/**
 * Numbers stand for 64-bit integers below 2⁵³, and octets belong to whoever reads them. Values come as text: the client reads every
 * value as UTF-8, which octets of the binary format do not survive.
 */
export const valueTypes = {
  getTypeParser(oid: number): (value: any) => unknown {
    if (oid === INT8) return Number
    if (oid === BYTEA) return octetsOf
    return types.getTypeParser(oid, 'text') as (value: any) => unknown
  },
}

/** `\x` and hexadecimal digits. */
function octetsOf(text: string): Uint8Array {
  const octets = Buffer.from(text.slice(2), 'hex')
  return octets.length === octets.buffer.byteLength ? new Uint8Array(octets.buffer) : new Uint8Array(octets)
}

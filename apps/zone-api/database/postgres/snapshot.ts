/** One state of a PostgreSQL, read by a connection of its own for as long as it takes. */
import { Kysely } from 'kysely'
import type { PostgresAddress } from '../protocol.ts'
import type { Tables } from '../schema.ts'
import type { PostgresConnection } from './connection.ts'
import { postgresDialect } from './dialect.ts'
import { using } from './schema-state.ts'

/** A slice is read in far less, also where the server is busy. */
const longestMs = 600_000

export function withSnapshot<Result>(address: PostgresAddress, read: (db: Kysely<Tables>) => Promise<Result>): Promise<Result> {
  const run = async (connection: PostgresConnection) => {
    await connection.send('SET idle_in_transaction_session_timeout = 0')
    await connection.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return read(new Kysely<Tables>({ dialect: postgresDialect(connection) }))
  }
  return using(address, run, longestMs)
}

/** A PostgreSQL, filled from a backup while no zone API uses it. */
import { Kysely, sql } from 'kysely'
import { highestNumber, type Target } from '../backup/restore-backup.ts'
import { numbered } from '../backup/tables.ts'
import type { PostgresAddress } from '../protocol.ts'
import type { Tables } from '../schema.ts'
import type { PostgresConnection } from './connection.ts'
import { postgresDialect } from './dialect.ts'
import { lockClasses, wholes } from './locks.ts'
import { using } from './schema-state.ts'
import { checkServer, runsOf } from './session.ts'
import { postgresTypes } from './types.ts'

/** Somebody works with the database that is to be replaced. */
class DatabaseInUse extends Error {
  readonly exitCode = 69
}

const longestMs = 600_000

export function intoPostgres<Result>(address: PostgresAddress, fill: (target: Target) => Promise<Result>): Promise<Result> {
  const run = async (connection: PostgresConnection) => {
    await checkServer(connection)
    await connection.send('SET idle_in_transaction_session_timeout = 0')
    await connection.send(`BEGIN; SELECT pg_advisory_xact_lock(${lockClasses.whole}, ${wholes.migrate})`)
    const runs = await runsOf(connection)
    if (runs > 0)
      throw new DatabaseInUse(
        `${runs === 1 ? 'a zone API is' : `${runs} zone APIs are`} at work on the database; stop them first`,
      )
    const db = new Kysely<Tables>({ dialect: postgresDialect(connection) })
    const result = await fill({ db, types: postgresTypes, renumber: () => renumber(db) })
    await connection.send('COMMIT')
    return result
  }
  return using(address, run, longestMs)
}

async function renumber(db: Kysely<Tables>): Promise<void> {
  for (const table of numbered) {
    const next = (await highestNumber(db, table)) + 1
    await sql`alter table ${sql.table(table)} alter column number restart with ${sql.lit(next)}`.execute(db)
  }
}

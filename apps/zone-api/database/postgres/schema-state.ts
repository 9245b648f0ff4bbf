/** The schema of a PostgreSQL, looked at and brought up to date by a connection of its own. */
import { Kysely } from 'kysely'
import { DatabaseUnavailable } from '../open-database.ts'
import type { PostgresAddress } from '../protocol.ts'
import type { Tables } from '../schema.ts'
import type { Found } from '../schema-state.ts'
import { PostgresConnection } from './connection.ts'
import { postgresDialect } from './dialect.ts'
import { awayText, isAway } from './faults.ts'
import { beginSession, prepareDatabase } from './session.ts'

const statementMs = 8_000

export function lookAtPostgres(address: PostgresAddress): Promise<Found> {
  return using(address, async (connection) => {
    const { rows } = await connection.send(`SELECT to_regclass('migrations') IS NOT NULL AS there`)
    if (!(rows[0] as { there: boolean }).there) return { applied: [], logId: undefined }
    const applied = await connection.send('SELECT name FROM migrations ORDER BY name')
    const ids = await connection.send(`SELECT encode(value, 'hex') AS id FROM meta WHERE name = 'log id'`)
    const [row] = ids.rows as { id: string }[]
    return { applied: (applied.rows as { name: string }[]).map(({ name }) => name), logId: row?.id }
  })
}

export function migratePostgres(address: PostgresAddress): Promise<void> {
  return using(address, async (connection) => {
    await prepareDatabase(connection, new Kysely<Tables>({ dialect: postgresDialect(connection) }))
  })
}

/** Runs something on a connection of its own. */
export async function using<Result>(
  address: PostgresAddress,
  run: (connection: PostgresConnection) => Promise<Result>,
  longestMs = statementMs,
): Promise<Result> {
  const opened = (connection: PostgresConnection) => beginSession(connection, undefined)
  const connection = new PostgresConnection({ ...address, statementMs: longestMs, opened })
  try {
    await connection.open()
    return await run(connection)
  } catch (error) {
    throw isAway(error) ? new DatabaseUnavailable(awayText(error), 69) : error
  } finally {
    await connection.close()
  }
}

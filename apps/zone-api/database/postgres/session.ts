/** What is asked of a PostgreSQL before anything is kept in it, and of each connection to it. */
import type { Kysely } from 'kysely'
import { logIdOf } from '../engine.ts'
import { migrate, migrations } from '../migrations/index.ts'
import type { Tables } from '../schema.ts'
import type { PostgresConnection } from './connection.ts'
import { lockClasses, wholes } from './locks.ts'
import { postgresTypes } from './types.ts'

/** The server cannot keep zones, or the database is another one than before. */
export class WrongDatabase extends Error {
  readonly exitCode = 64
}

/** A commit that has returned is on disk, whatever the role's or the database's default says. */
const session = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

/** Called on each new connection. With a log id: that it still leads to the database of before. */
export async function beginSession(connection: PostgresConnection, logId: Uint8Array | undefined): Promise<void> {
  await connection.send(session)
  if (logId === undefined) return
  const { rows } = await connection.send(`SELECT encode(value, 'hex') AS id FROM meta WHERE name = 'log id'`)
  const found = (rows[0] as { id: string } | undefined)?.id
  if (found !== Buffer.from(logId).toString('hex'))
    throw new WrongDatabase('the connection leads to another database than before')
}

/** Brings the schema up to date, one zone API at a time, and gives the log id. */
export async function prepareDatabase(connection: PostgresConnection, db: Kysely<Tables>): Promise<Uint8Array> {
  await checkServer(connection)
  const lock = `${lockClasses.whole}, ${wholes.migrate}`
  await connection.send(`SET statement_timeout = 0; SELECT pg_advisory_lock(${lock})`)
  try {
    await migrate(db, migrations, postgresTypes)
    return await logIdOf(db)
  } finally {
    await connection.send(`SELECT pg_advisory_unlock(${lock}); RESET statement_timeout`).catch(() => {})
  }
}

export async function checkServer(connection: PostgresConnection): Promise<void> {
  const settings = ['server_version_num', 'server_version', 'server_encoding', 'fsync', 'full_page_writes']
  const { rows } = await connection.send(`SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`).join()}`)
  const [found] = rows as Record<string, string>[]
  const wrong = [
    ...(Number(found!['server_version_num']) < 150_000
      ? [`PostgreSQL is ${found!['server_version']}; 15 is the oldest that will do`]
      : []),
    ...(found!['server_encoding'] === 'UTF8'
      ? []
      : [`the database's encoding is ${found!['server_encoding']}; make it with UTF8`]),
    ...['fsync', 'full_page_writes']
      .filter((name) => found![name] !== 'on')
      .map((name) => `${name} is off, so that a loss of power loses zones; turn it on`),
  ]
  if (wrong.length > 0) throw new WrongDatabase(wrong.join('; '))
}

/** The runs of zone APIs that live: each holds a lock. */
const holders = `SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = ${lockClasses.run}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

/** How many zone APIs use the database. */
export async function runsOf(connection: PostgresConnection): Promise<number> {
  const { rows } = await connection.send(`SELECT count(*)::int AS runs FROM (${holders}) AS held`)
  return (rows[0] as { runs: number }).runs
}

const ofNobody = `state = 'stage' AND run NOT IN (${holders})`

/** Stages whose zone API holds no lock at this moment: it has gone, or has lost its connection and comes back. */
export async function stagesOfNobody(connection: PostgresConnection): Promise<number[]> {
  const { rows } = await connection.send(`SELECT number FROM contents WHERE ${ofNobody}`)
  return (rows as { number: number }[]).map(({ number }) => number)
}

/** Drops the stages of a run that ends: nobody goes on with them. */
export async function dropStagesOf(connection: PostgresConnection, run: number): Promise<void> {
  await connection.send(`UPDATE contents SET state = 'dropped' WHERE state = 'stage' AND run = ${run}`)
}

/** Drops those of these stages that are nobody's still. */
export async function sweepStages(connection: PostgresConnection, stages: readonly number[]): Promise<void> {
  if (stages.length === 0) return
  await connection.send(`UPDATE contents SET state = 'dropped' WHERE number IN (${stages.join()}) AND ${ofNobody}`)
}

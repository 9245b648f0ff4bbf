/** What a database has of the schema, and bringing it up to date before the program that needs it starts. */
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { migrations } from './migrations/index.ts'
import { openDatabase } from './open-database.ts'
import type { PostgresAddress } from './protocol.ts'

export interface SchemaState {
  readonly engine: 'SQLite' | 'PostgreSQL'
  /** Where zones are kept, without a password. */
  readonly place: string
  /** Migrations that it has, in the order of their names. */
  readonly applied: readonly string[]
  /** Those that this program would add. */
  readonly pending: readonly string[]
  /** Those of a newer program: this one does not open it. */
  readonly unknown: readonly string[]
  /** In hexadecimal; absent while there is no schema. */
  readonly logId?: string | undefined
}

export interface Place {
  readonly folder: string
  readonly postgres: PostgresAddress | undefined
}

/** What a look at a database has found. */
export interface Found {
  readonly applied: readonly string[]
  readonly logId: string | undefined
}

/** Changes nothing, and may be asked while zone APIs run. */
export async function schemaState({ folder, postgres }: Place): Promise<SchemaState> {
  if (!postgres) {
    const file = join(folder, 'zone-api.db')
    return stateOf('SQLite', file, lookIntoFile(file))
  }
  const { lookAtPostgres } = await import('./postgres/schema-state.ts')
  const { protocol, host, pathname } = new URL(postgres.url)
  return stateOf('PostgreSQL', `${protocol}//${host}${pathname}`, await lookAtPostgres(postgres))
}

/** Applies what is missing. On PostgreSQL zone APIs may run meanwhile. */
export async function bringUpToDate({ folder, postgres }: Place): Promise<void> {
  if (postgres) {
    const { migratePostgres } = await import('./postgres/schema-state.ts')
    return migratePostgres(postgres)
  }
  const failed = (error: Error) => {
    throw error
  }
  const database = await openDatabase({ folder, log: silentLogger(), metrics: createMetrics('db'), failed })
  await database.close()
}

function stateOf(engine: SchemaState['engine'], place: string, { applied, logId }: Found): SchemaState {
  const known = migrations.map(({ name }) => name)
  return {
    engine,
    place,
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
    logId,
  }
}

function lookIntoFile(file: string): Found {
  if (!existsSync(file)) return { applied: [], logId: undefined }
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const applied = database.prepare('SELECT name FROM migrations ORDER BY name').all()
    const [row] = database.prepare("SELECT lower(hex(value)) AS id FROM meta WHERE name = 'log id'").all()
    return { applied: applied.map(({ name }) => name as string), logId: row?.['id'] as string | undefined }
  } finally {
    database.close()
  }
}

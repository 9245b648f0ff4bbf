/** Kysely over the SQLite that Node brings. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { dialectOver } from '../dialect.ts'

export function sqliteDialect(connection: SqliteConnection): Dialect {
  return dialectOver({
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    begin: 'BEGIN IMMEDIATE',
    open: async () => connection,
    close: async () => connection.close(),
  })
}

/** Opens the file so that a commit that has returned survives a loss of power: WAL, and a sync for each commit. */
export function openSqlite(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
    'temp_store = MEMORY',
    'cache_size = -16384',
    // COMMIT copies so many pages into the database at a time, and whoever comes next waits for it.
    'wal_autocheckpoint = 1000',
    'journal_size_limit = 67108864',
  ]) {
    database.exec(`PRAGMA ${pragma}`)
  }
  return database
}

interface Prepared {
  readonly statement: StatementSync
  readonly returnsRows: boolean
}

export class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  /** Compiled statements by their text; the texts are ours, so there are few. */
  readonly #prepared = new Map<string, Prepared>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, returnsRows } = this.#prepare(sql)
    const values = parameters as SQLInputValue[]
    if (returnsRows) return { rows: statement.all(...values) as Row[] }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  async *streamQuery<Row>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    for (const row of this.#prepare(sql).statement.iterate(...(parameters as SQLInputValue[]))) yield { rows: [row as Row] }
  }

  close(): void {
    this.#prepared.clear()
    this.#database.close()
  }

  #prepare(sql: string): Prepared {
    let prepared = this.#prepared.get(sql)
    if (!prepared) {
      const statement = this.#database.prepare(sql)
      prepared = { statement, returnsRows: statement.columns().length > 0 }
      this.#prepared.set(sql, prepared)
    }
    return prepared
  }
}

/** Kysely over PostgreSQL. */
import { type Dialect, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import { dialectOver } from '../dialect.ts'
import type { PostgresConnection } from './connection.ts'

export function postgresDialect(connection: PostgresConnection): Dialect {
  return dialectOver({
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    begin: 'BEGIN',
    async open() {
      await connection.open()
      return connection
    },
    close: () => connection.close(),
  })
}

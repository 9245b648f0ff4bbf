/** Kysely over one connection that is never shared between two tasks: its owner runs one at a time. */
import { CompiledQuery, type DatabaseConnection, type Dialect, type Driver } from 'kysely'

/** What engines differ in. */
export interface ConnectionKind extends Omit<Dialect, 'createDriver'> {
  /** Begins a transaction. */
  readonly begin: string
  /** Gives the connection once statements can be sent. */
  open(): Promise<DatabaseConnection>
  close(): Promise<void>
}

export function dialectOver(kind: ConnectionKind): Dialect {
  return {
    createAdapter: () => kind.createAdapter(),
    createDriver: () => driverOver(kind),
    createIntrospector: (db) => kind.createIntrospector(db),
    createQueryCompiler: () => kind.createQueryCompiler(),
  }
}

function driverOver({ begin, open, close }: ConnectionKind): Driver {
  const runs = (statement: string) => async (connection: DatabaseConnection) => {
    await connection.executeQuery(CompiledQuery.raw(statement))
  }
  return {
    init: async () => {},
    acquireConnection: open,
    beginTransaction: runs(begin),
    commitTransaction: runs('COMMIT'),
    rollbackTransaction: runs('ROLLBACK'),
    releaseConnection: async () => {},
    destroy: close,
  }
}

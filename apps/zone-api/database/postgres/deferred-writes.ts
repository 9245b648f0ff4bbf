/** Statements that give no rows go ahead without being waited for, until the transaction asks how they ended. */
import type { CompiledQuery, DatabaseConnection, QueryResult, RootOperationNode } from 'kysely'
import type { PostgresConnection } from './connection.ts'

/** What prepared queries of a transaction run on. It tells nobody how many rows a write has touched. */
export class DeferredWrites implements DatabaseConnection {
  readonly #connection: PostgresConnection
  #pending: Promise<unknown>[] = []

  constructor(connection: PostgresConnection) {
    this.#connection = connection
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = this.#connection.executeQuery<Row>(query)
    if (givesRows(query.query)) return result
    // What fails is told by `settle`, and nobody need hear of it before.
    result.catch(() => {})
    this.#pending.push(result)
    return { rows: [] }
  }

  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    yield* this.#connection.streamQuery<Row>()
  }

  /** Settles when all of them have ended; rejects with the first failure, which is why the others failed. */
  async settle(): Promise<void> {
    for (const statement of this.#pending.splice(0)) await statement
  }

  /** Forgets them. */
  reset(): void {
    this.#pending = []
  }
}

function givesRows(query: RootOperationNode): boolean {
  const writes = query.kind === 'InsertQueryNode' || query.kind === 'UpdateQueryNode' || query.kind === 'DeleteQueryNode'
  return !writes || query.returning !== undefined
}

/** One connection to PostgreSQL that is made when it is needed and made anew when it was lost. */
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { Client, DatabaseError, type QueryConfig, type QueryResult as Answer } from 'pg'
import { type Access, clientConfig } from './client-config.ts'
import { ConnectionLost } from './faults.ts'

export interface ConnectionOptions extends Access {
  /** Called on each new connection before anything else runs on it. */
  readonly opened?: (connection: PostgresConnection) => Promise<void>
  readonly notified?: () => void
}

/** After a connection that failed, the next attempt is made after this time; until then callers hear the same. */
const pauseMs = 200
const closeMs = 1_000
/** Texts beyond so many are not prepared. Ours are few. */
const mostPrepared = 1_000

/** Names of prepared statements by their text. */
const names = new Map<string, string>()

function nameOf(text: string): string | undefined {
  let name = names.get(text)
  if (name === undefined && names.size < mostPrepared) names.set(text, (name = `z${names.size}`))
  return name
}

/** Statements are sent at once and answered in order: those that nobody waits for share a journey with the next. */
export class PostgresConnection implements DatabaseConnection {
  readonly #options: ConnectionOptions
  #client: Client | undefined
  #opening: Promise<void> | undefined
  #failure: { readonly error: unknown; readonly untilMs: number } | undefined
  #closed = false
  /** Statements so far that may have written. */
  writes = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#client !== undefined
  }

  /** Settles when statements can be sent. */
  async open(): Promise<void> {
    if (this.#client) return
    if (this.#closed) throw new Error('the connection is closed')
    if (this.#failure && this.#failure.untilMs > performance.now()) throw this.#failure.error
    await (this.#opening ??= this.#connect().finally(() => (this.#opening = undefined)))
  }

  async #connect(): Promise<void> {
    const client = new Client(clientConfig(this.#options))
    const lost = () => {
      if (this.#client === client) this.#client = undefined
    }
    client.on('error', lost)
    client.on('end', lost)
    try {
      await client.connect()
      const { processID: self } = client as Client & { processID?: number }
      client.on('notification', ({ processId }) => processId !== self && this.#options.notified?.())
      this.#client = client
      await this.#options.opened?.(this)
      this.#failure = undefined
    } catch (error) {
      const cause = error instanceof DatabaseError ? error : new ConnectionLost(error)
      this.#failure = { error: cause, untilMs: performance.now() + pauseMs }
      this.drop()
      cut(client)
      throw cause
    }
  }

  /** Sends a statement, in the simple protocol: several with semicolons between them are allowed. */
  send(text: string): Promise<Answer> {
    return this.#query({ text })
  }

  async executeQuery<Row>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<Row>> {
    // What is not known to read may write.
    if (query.kind !== 'SelectQueryNode') this.writes++
    const { rows } = await this.#query({ name: nameOf(sql), text: sql, values: parameters.map(withoutNul) })
    return { rows: rows as Row[] }
  }

  // eslint-disable-next-line require-yield
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('nothing here reads by a cursor')
  }

  /** Ends the connection at once: nobody can tell what became of what was sent. */
  drop(): void {
    const client = this.#client
    this.#client = undefined
    cut(client)
  }

  async close(): Promise<void> {
    this.#closed = true
    const client = this.#client
    this.#client = undefined
    // A server that says nothing any more does not say goodbye either.
    const insist = setTimeout(() => cut(client), closeMs)
    await client?.end().catch(() => {})
    clearTimeout(insist)
  }

  async #query(config: QueryConfig): Promise<Answer> {
    const client = this.#client
    if (!client) throw new ConnectionLost(new Error('the connection was lost'))
    try {
      return await client.query(config)
    } catch (error) {
      if (error instanceof DatabaseError) throw error
      if (this.#client === client) this.drop()
      throw new ConnectionLost(error)
    }
  }
}

/** PostgreSQL's text has no NUL, which reasons and request ids may hold. */
function withoutNul(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}

/** Ends the socket without a word, which the client's type hides. */
function cut(client: Client | undefined): void {
  const { connection } = (client ?? {}) as { connection?: { stream: { destroy(): void } } }
  connection?.stream.destroy()
}

/** What the PostgreSQL client is told: where, as whom, how long. */
import type { ClientConfig, CustomTypesConfig } from 'pg'
import { valueTypes } from './types.ts'

export interface Access {
  readonly url: string
  readonly password?: string | undefined
  /** How long a statement may take; what waits for another's lock waits as long. */
  readonly statementMs: number
}

/** How long a new connection may take. */
const connectMs = 3_000
/** A transaction whose program stands still is ended by the server, so that others go on. */
const idleInTransactionMs = 4_000

export function clientConfig({ url, password, statementMs }: Access): ClientConfig {
  return {
    connectionString: withPassword(url, password),
    ...(mayBeOverheard(url) && { ssl: true }),
    application_name: 'zonecast',
    keepAlive: true,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    // Behind the server's own limit: for a server or a network that says nothing any more.
    query_timeout: statementMs + 2_000,
    pipeline: true,
    types: valueTypes as CustomTypesConfig,
  } as ClientConfig
}

/** A parameter of the URL: beside the URL, the client forgets it. */
function withPassword(url: string, password: string | undefined): string {
  const parts = new URL(url)
  if (password !== undefined) parts.searchParams.set('password', password)
  return parts.href
}

/** True where the way leaves the machine and the URL says nothing of TLS: it is then used, and the certificate is checked. */
function mayBeOverheard(url: string): boolean {
  const { hostname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? hostname
  const isLocal = host === '' || host.startsWith('/') || /^(localhost|127\.[\d.]+|\[::1\])$/.test(host)
  return !isLocal && !searchParams.has('sslmode') && !searchParams.has('ssl')
}

/** What an error of PostgreSQL or of the way to it means for whoever called. */
import { DatabaseError } from 'pg'
import { Refused } from '../refused.ts'

/** The code of what PostgreSQL itself has said (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
function codeOf(error: unknown): string {
  return error instanceof DatabaseError ? (error.code ?? '') : ''
}

/** A deadlock or a clash that PostgreSQL solved by ending this transaction: it may be done again at once. */
export function isClash(error: unknown): boolean {
  return codeOf(error).startsWith('40')
}

/** The server has no room for more. */
export function isServerFull(error: unknown): boolean {
  return codeOf(error) === '53100'
}

/** Starting, stopping, refusing to write, out of connections, or too slow. */
const passing = /^(08...|57P0.|57014|55P03|53[023]00|25006|25P03|28...|3D000)$/

/** True when the server is away or too slow, so that the same may succeed later. */
export function isAway(error: unknown): boolean {
  return error instanceof ConnectionLost || passing.test(codeOf(error))
}

/** The connection has ended, or was never made. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'ConnectionLost'
  }
}

/** The error as its caller is to see it. */
export function forCallerOfPostgres(error: unknown): unknown {
  if (isAway(error) || isClash(error)) return new Refused({ kind: 'away' })
  return isServerFull(error) ? new Refused({ kind: 'full' }) : error
}

/** For whoever starts a program. */
export function awayText(error: unknown): string {
  return `the database of ZONECAST_DATABASE_URL cannot be used: ${(error as Error).message}`
}

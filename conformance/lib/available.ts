/** Calls to programs that may be unable to serve for a moment, and that say so. */
import { Code, ConnectError } from '@connectrpc/connect'
import { untilDone } from './until.ts'

/**
 * Calls again for as long as the answer is `unavailable`. An edge asks a publisher about credentials, and the publisher a zone
 * API: while one of them is killed or stands still, the edge says to try again.
 */
export function available<T>(what: string, call: () => Promise<T>): Promise<T> {
  return untilDone(what, call, (error) => ConnectError.from(error).code === Code.Unavailable)
}

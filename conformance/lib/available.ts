/** Calls to programs that may be unable to serve for a moment, and that say so. */
import { Code, ConnectError } from '@connectrpc/connect'
import { until } from './until.ts'

/**
 * Calls again for as long as the answer is `unavailable`. An edge asks a publisher about credentials, and the publisher a zone
 * API: while one of them is killed or stands still, the edge says to try again.
 */
export async function available<T>(what: string, call: () => Promise<T>): Promise<T> {
  let outcome: { readonly value: T } | undefined
  await until(what, async () => {
    try {
      outcome = { value: await call() }
      return true
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unavailable) throw error
      return false
    }
  })
  return outcome!.value
}

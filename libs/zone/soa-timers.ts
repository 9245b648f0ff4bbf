/** Timers of a SOA by which secondaries or resolvers suffer. */
import { equalBytes, type Name, soaFields } from '@zonecast/dns'
import { type Problem, soaTimerOdd } from './problem.ts'

/** Negative answers that are kept for more than a day have been found to be problematic (RFC 2308 §5). */
const longestNegativeSeconds = 86_400

interface Timers {
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** True when a secondary that has missed one refresh gives the zone up before it has tried again (RFC 1912 §2.2). */
export function expiresEarly({ refresh, retry, expire }: Omit<Timers, 'minimum'>): boolean {
  return expire < refresh + retry
}

/** What is odd about the RDATA of a SOA; nothing where the timers are those of the one before. */
export function* soaTimerProblems(apex: Name, rdata: Uint8Array, before?: Uint8Array): Generator<Problem> {
  if (before !== undefined && equalBytes(rdata.subarray(-16), before.subarray(-16))) return
  const { refresh, retry, expire, minimum } = soaFields(rdata)
  if (refresh === 0) yield soaTimerOdd(apex, 'refresh', 'is 0: secondaries ask for the SOA without a pause', 'RFC 1912 §2.2')
  if (retry === 0) yield soaTimerOdd(apex, 'retry', 'is 0: secondaries that fail try again without a pause', 'RFC 1912 §2.2')
  if (expiresEarly({ refresh, retry, expire }))
    yield soaTimerOdd(
      apex,
      'expire',
      `is ${expire}, below refresh and retry together, ${refresh + retry}: secondaries give the zone up before they try again`,
      'RFC 1912 §2.2',
    )
  if (minimum > longestNegativeSeconds)
    yield soaTimerOdd(
      apex,
      'minimum',
      `is ${minimum}: resolvers may hold that a name does not exist for more than a day after it was made`,
      'RFC 2308 §5',
    )
}

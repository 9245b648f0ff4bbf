/** The Refusal of the RPC layer that a refusal of the database stands for. */
import {
  alreadyExists,
  exhausted,
  invalidRequest,
  notFound,
  preconditionFailed,
  type Refusal,
  unavailable,
  versionMoved,
} from '@zonecast/rpc'
import type { RefusalData } from './refused.ts'

/** About what a restart takes. */
const restartMs = 2_000

/** About what the start of a database server takes, or the promotion of its standby. */
const awayMs = 1_000

/** Nothing was changed; reading goes on. */
export function diskFull(): Refusal {
  return exhausted('disk', "the zone API's disk is full, and nothing was changed; make room in its data folder and try again")
}

export function toRefusal(data: RefusalData): Refusal {
  switch (data.kind) {
    case 'invalid':
      return invalidRequest(data.violations)
    case 'precondition':
      return preconditionFailed(data.violations)
    case 'moved':
      return versionMoved(data.metadata, data.message)
    case 'not-found':
      return notFound(data.type, data.name)
    case 'exists':
      return alreadyExists(data.type, data.name)
    case 'full':
      return diskFull()
    case 'broken':
      return unavailable(
        restartMs,
        'the database could not be written and restarts; repeat the call with its request_id to learn its outcome',
      )
    case 'away':
      return unavailable(awayMs, 'the database is away or too slow, and nothing was changed; try again')
    case 'doubt':
      return unavailable(
        awayMs,
        'the database went away during the commit; repeat the call with its request_id to learn its outcome',
      )
  }
}

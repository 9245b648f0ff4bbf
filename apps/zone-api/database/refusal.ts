/** The Refusal of the RPC layer that a refusal of the database stands for. */
import {
  alreadyExists,
  exhausted,
  invalidRequest,
  notFound,
  preconditionFailed,
  quotaExceeded,
  type Refusal,
  unavailable,
  versionMoved,
  zoneOfOthers,
} from '@zonecast/rpc'
import type { QuotaExceeded } from './quotas/quota-port.ts'
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
      return alreadyExists(data.type, data.name, data.message)
    case 'nested':
      return zoneOfOthers('zone.create', data.zone, data.where, data.other)
    case 'quota':
      return quotaExceeded(data.exceeded, textOf(data.exceeded))
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

function textOf({ principal, quota, limit, present, zone, retryMs = 0 }: QuotaExceeded): string {
  switch (quota) {
    case 'zones':
      return `${principal} has made ${present} zones, and its quota is ${limit}; delete one, or ask for a larger quota`
    case 'rrsets_per_zone':
      return `${zone} would have ${present} RRsets, and the quota of ${principal} is ${limit} a zone; remove some, or ask for a larger quota`
    case 'changes_per_minute':
      return `${principal} has used its ${limit} changes a minute; try again in ${Math.ceil(retryMs / 1000)} s`
  }
}

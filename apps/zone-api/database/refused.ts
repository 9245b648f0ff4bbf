/** Refusals as plain data, so that they can cross from the database's thread. */
import type { Violation } from '@zonecast/dns'
import type { QuotaExceeded } from './quotas/quota-port.ts'

export type RefusalData =
  | { readonly kind: 'invalid' | 'precondition'; readonly violations: readonly Violation[] }
  | { readonly kind: 'moved'; readonly metadata: Readonly<Record<string, string>>; readonly message: string }
  | { readonly kind: 'not-found'; readonly type: string; readonly name: string }
  | { readonly kind: 'exists'; readonly type: string; readonly name: string; readonly message?: string }
  | { readonly kind: 'nested'; readonly zone: string; readonly where: 'inside' | 'around'; readonly other: string }
  | { readonly kind: 'quota'; readonly exceeded: QuotaExceeded }
  /** The disk has no room, or fails. */
  | { readonly kind: 'full' | 'broken' }
  /** The database is away or slow: nothing was changed; in doubt where a commit was on its way. */
  | { readonly kind: 'away' | 'doubt' }

/** Thrown inside the engine; the caller of the database sees the Refusal that it stands for. */
export class Refused extends Error {
  readonly data: RefusalData

  constructor(data: RefusalData) {
    super(`refused: ${data.kind}`)
    this.name = 'Refused'
    this.data = data
  }
}

/** What is wrong with the request itself, whatever the zone holds. */
const ofTheRequest = new Set([
  'NAME_INVALID',
  'OUT_OF_ZONE',
  'TYPE_INVALID',
  'RDATA_INVALID',
  'TTL_INVALID',
  'CHANGES_CONTRADICT',
])

export function refuseViolations(violations: readonly Violation[]): Refused {
  return new Refused({ kind: violations.some(({ reason }) => ofTheRequest.has(reason)) ? 'invalid' : 'precondition', violations })
}

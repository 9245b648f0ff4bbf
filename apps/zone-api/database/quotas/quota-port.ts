/** What the zone API asks of the database about quotas. */
import type { WriteContext } from '../write-port.ts'

/** What is absent is not bounded. */
export interface QuotaLimits {
  /** Live zones that the principal has made. */
  readonly zones?: number
  readonly rrsetsPerZone?: number
  readonly changesPerMinute?: number
  /** Changes at once; absent means as many as a minute brings. */
  readonly burst?: number
}

export interface QuotaState {
  /** Undefined where the defaults are in force. */
  readonly own: QuotaLimits | undefined
  readonly zones: number
  /** Changes that the bucket holds, of its own quotas or else of the defaults; absent where their rate is not bounded. */
  readonly changesNow?: number
}

export interface QuotaReads {
  quotasOf(principal: string): Promise<QuotaState>
}

export interface SetQuotasInput extends WriteContext {
  /** Whose quotas they are. */
  readonly of: string
  /** Undefined puts the defaults in force again. */
  readonly limits: QuotaLimits | undefined
}

export interface QuotaWrites {
  setQuotas(input: SetQuotasInput): Promise<void>
}

export type QuotaName = 'zones' | 'rrsets_per_zone' | 'changes_per_minute'

/** What was asked for goes beyond a quota. */
export interface QuotaExceeded {
  readonly principal: string
  readonly quota: QuotaName
  readonly limit: number
  /** What there is now, or would be. */
  readonly present: number
  /** The zone that is full, where it is one. */
  readonly zone?: string
  /** When there is room again, where that is known. */
  readonly retryMs?: number
}

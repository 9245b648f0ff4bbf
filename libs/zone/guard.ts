/** The guard against emptying a zone by accident (DESIGN.md §6, invariant 5). */
import type { Violation } from '@zonecast/dns'

/** Zones with fewer RRsets are not guarded: in them a single removal is a large part. */
export const guardedFrom = 10
/** The part of a zone, in percent, that may go without being asked for by name. */
export const defaultGuardPercent = 30

export interface Removal {
  /** RRsets of the zone before, counted by owner and type, the SOA included. */
  readonly before: number
  /** How many of them would be gone. */
  readonly removed: number
  /** The zone's limit; 100 lets everything pass. */
  readonly percent?: number
}

/** The refusal of a removal that is larger than the zone's guard allows. */
export function massDeleteGuard({ before, removed, percent = defaultGuardPercent }: Removal): Violation | undefined {
  if (before < guardedFrom || removed * 100 <= percent * before) return undefined
  const share = Math.floor((removed * 100) / before)
  return {
    field: 'force',
    reason: 'MASS_DELETE',
    subject: `${removed} of ${before} RRsets`,
    message: `this removes ${removed} of ${before} RRsets (${share} %), and the zone's guard allows ${percent} %; repeat it with force if it is meant`,
  }
}

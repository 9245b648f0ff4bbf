/** The SOA in what a dry run shows: an edit of it is no part of a delta. */
import { compareBytes } from '@zonecast/dns'
import type { Delta } from '@zonecast/zone'
import { serialOf, soaWithSerial } from './engine-parts.ts'

/** One RR each way, before all others, where more of the stored SOA changes than its serial. */
export function withPlannedSOA({ removed, added }: Delta, before: Uint8Array, after: Uint8Array): Delta {
  if (compareBytes(soaWithSerial(after, serialOf(before)), before) === 0) return { removed, added }
  return { removed: Buffer.concat([before, removed]), added: Buffer.concat([after, added]) }
}

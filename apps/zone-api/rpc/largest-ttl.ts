/** The largest TTL in a zone: so long caches may answer with what the zone no longer says. */
import { decodeRR, ownerEnd, ttlAt } from '@zonecast/dns'
import { firstKey, pageCount, rrStart } from '@zonecast/zone'
import type { ZoneDatabase, ZoneRecord } from '../database/zone-database.ts'

/** Pages in one read. */
const rangeOctets = 768 << 10
/** So much of a zone is looked at, which is some 500 000 RRs and takes a fifth of a second. */
const mostOctets = 32 << 20

/**
 * In seconds, over all RRs and the SOA. Of a zone of more than 32 MiB it is the largest of what comes first in it and of the TTLs that its
 * settings name, `default_ttl` and `max_ttl`. Changes go on meanwhile.
 */
export async function largestTtl(
  database: Pick<ZoneDatabase, 'readRange'>,
  { zone, header, settings }: ZoneRecord,
): Promise<number> {
  let largest = decodeRR(header.soa).ttl
  let seen = 0
  for (let fromKey: Uint8Array | undefined = firstKey(0); fromKey;) {
    if (seen >= mostOctets) return Math.max(largest, settings.defaultTtl, settings.maxTtl)
    const range = await database.readRange({ zone, fromKey, maxOctets: rangeOctets })
    for (const { content } of range.pages) {
      seen += content.length
      largest = Math.max(largest, largestIn(content))
    }
    fromKey = range.nextKey
  }
  return largest
}

function largestIn(page: Uint8Array): number {
  let largest = 0
  for (let index = 0; index < pageCount(page); index++) {
    const ttl = ttlAt(page, ownerEnd(page, rrStart(page, index)))
    if (ttl > largest) largest = ttl
  }
  return largest
}

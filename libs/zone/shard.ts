/** The shard of a zone. */
import { foldName, type Name } from '@zonecast/dns'
import type { Sha256 } from './sum256.ts'

/** The number of shards, fixed for ever. */
export const shardCount = 64

/** The first octet of SHA-256 of the zone in lower-cased wire form, modulo 64. */
export function shardOf(zone: Name, sha256: Sha256): number {
  return sha256(foldName(zone)).charCodeAt(0) % shardCount
}

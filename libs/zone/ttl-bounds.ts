/** The bounds that a zone sets to TTLs. */
import { type Name, TYPE } from '@zonecast/dns'
import { type Problem, ttlOutOfBounds } from './problem.ts'

export interface TtlBounds {
  /** Seconds; 0 means no bound. */
  readonly minTtl: number
  readonly maxTtl: number
}

/** What is wrong with a TTL that is given to an RRset. DNSSEC sets the TTLs of its own types (RFC 4034 §3, RFC 9077). */
export function ttlProblem({ minTtl, maxTtl }: TtlBounds, owner: Name, type: number, ttl: number): Problem | undefined {
  const isOutside = ttl < minTtl || (maxTtl > 0 && ttl > maxTtl)
  if (!isOutside || type === TYPE.RRSIG || type === TYPE.NSEC || type === TYPE.NSEC3) return undefined
  return ttlOutOfBounds(owner, type, ttl, { minTtl, maxTtl })
}

/** What a reader of zone files says of one. */

/** A record with its RDATA in wire format, as upper-case hexadecimal. */
export interface WireRecord {
  readonly owner: string
  readonly ttl: number
  readonly type: number
  readonly rdata: string
}

/** `rrs` is undefined where the zone was refused, and empty with a judge that only says yes. */
export interface Verdict {
  readonly rrs?: readonly WireRecord[]
  readonly message: string
}

/** The records as lines in one order, for comparison. Owner names are folded: judges may give them in the case of the first. */
export function linesOf(rrs: readonly WireRecord[]): string[] {
  return rrs.map(({ owner, ttl, type, rdata }) => `${owner.toLowerCase()} ${ttl} ${type} ${rdata}`).toSorted()
}

/** RRsets inside the sections of a message, and the glue among them. */
import type { Message } from './message.ts'
import { equalNames, isAtOrBelow } from './name.ts'
import { type RR, rrsigCovered } from './rr.ts'
import { TYPE } from './types.ts'

/** The index after the RRset at `start`: RRs with one owner and type, RRSIGs also with one type covered (RFC 4034 §3). */
export function rrsetEnd(rrs: readonly RR[], start: number): number {
  const first = rrs[start]!
  let end = start + 1
  while (end < rrs.length && isSameRRset(first, rrs[end]!)) end++
  return end
}

function isSameRRset(a: RR, b: RR): boolean {
  if (a.type !== b.type || !(a.owner === b.owner || equalNames(a.owner, b.owner))) return false
  return a.type !== TYPE.RRSIG || rrsigCovered(a.rdata) === rrsigCovered(b.rdata)
}

/** Addresses of name servers inside the zone that a referral points to: without them it leads nowhere (RFC 9471 §3.1). */
export function requiredGlue({ answers, authorities, additionals }: Message): ReadonlySet<RR> {
  const cut = authorities.find((rr) => rr.type === TYPE.NS)?.owner
  const endsInAlias = answers.at(-1) === undefined || answers.some((rr) => rr.type === TYPE.CNAME)
  if (cut === undefined || !endsInAlias) return new Set()
  return new Set(additionals.filter((rr) => (rr.type === TYPE.A || rr.type === TYPE.AAAA) && isAtOrBelow(rr.owner, cut)))
}

/** RRsets inside the sections of a message. */
import { equalNames } from './name.ts'
import { type RR, rrsigCovered } from './rr.ts'
import { TYPE } from './types.ts'

/** RRs cut into RRsets: neighbours with one owner and type, RRSIGs also with one type covered (RFC 4034 §3). */
export function rrsetsIn(rrs: readonly RR[]): (readonly RR[])[] {
  const rrsets: (readonly RR[])[] = []
  for (let start = 0; start < rrs.length;) {
    let end = start + 1
    while (end < rrs.length && isSameRRset(rrs[start]!, rrs[end]!)) end++
    rrsets.push(rrs.slice(start, end))
    start = end
  }
  return rrsets
}

function isSameRRset(a: RR, b: RR): boolean {
  if (a.type !== b.type || !(a.owner === b.owner || equalNames(a.owner, b.owner))) return false
  return a.type !== TYPE.RRSIG || rrsigCovered(a.rdata) === rrsigCovered(b.rdata)
}

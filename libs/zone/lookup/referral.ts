/** Referrals: what the parent side of a zone cut says (RFC 1034 §4.3.2 step 3b). */
import { ownerOf, TYPE } from '@zonecast/dns'
import { addGlue } from './additional.ts'
import type { StoredAnswer } from './answer.ts'
import { type LookupContext, signaturesFor } from './context.ts'
import type { Denial } from './denial.ts'
import { type Node, rrsetOf } from './node.ts'

/** The name servers of the cut with their glue; where DNSSEC is asked for, DS or the proof that there is none (RFC 4035 §3.1.4). */
export function refer(context: LookupContext, denial: Denial, cut: Node): StoredAnswer {
  const { out } = context
  // NS RRs at a cut are not authoritative and so not signed (RFC 4035 §2.2).
  const servers = rrsetOf(cut, TYPE.NS)!
  out.authority(servers)
  // In an unsigned zone nobody could trust a DS.
  if (context.dnssecOk && context.facts.denial !== 'none') {
    const ds = rrsetOf(cut, TYPE.DS)
    if (ds !== undefined) out.authority(ds, signaturesFor(context, cut, TYPE.DS))
    else denial.unsignedReferral(cut)
  }
  addGlue(context, ownerOf(cut), servers)
  return out.finish('referral')
}

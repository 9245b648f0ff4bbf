/** The additional section: glue of referrals, and addresses of the names in an answer. */
import { equalNames, isAtOrBelow, type Name, namesIn, type RR, rrsIn, type StoredRRset, TYPE, u16At } from '@zonecast/dns'
import { type LookupContext, signaturesFor } from './context.ts'
import { locate } from './locate.ts'
import { type Node, nodeAt, rrsetOf } from './node.ts'
import { wildcardBelow } from './wildcard.ts'

/** Addresses of at most so many names are added to one answer; they are a courtesy, and a client asks for what it misses. */
const maxTargets = 32

/**
 * Glue for the name servers of a cut. What lies at or below the cut cannot be found without it and is required (RFC 9471 §3.1);
 * names elsewhere in the zone, below a sibling cut too, are added behind it while there is room (§3.2).
 */
export function addGlue(context: LookupContext, cut: Name, servers: StoredRRset): void {
  const targets = targetsInZone(context, servers)
  for (const target of targets) if (isAtOrBelow(target, cut)) addStoredAddresses(context, target, true)
  for (const target of targets) if (!isAtOrBelow(target, cut)) addStoredAddresses(context, target, false)
}

/**
 * Addresses of the hosts that an answer names (RFC 1035 §3.3.9 and §3.3.11, RFC 2782, RFC 9460 §4.1). Those of name servers may
 * be glue; for other types only authoritative data is given.
 */
export function addTargets(context: LookupContext, rrset: StoredRRset): void {
  const { type } = rrset
  if (type !== TYPE.NS && type !== TYPE.MX && type !== TYPE.SRV && type !== TYPE.SVCB && type !== TYPE.HTTPS) return
  for (const target of targetsInZone(context, rrset)) {
    if (type === TYPE.NS) {
      addStoredAddresses(context, target, false)
      continue
    }
    const place = locate(context, target)
    if (place.kind === 'node') addAddresses(context, place.node)
    if (place.kind !== 'missing') continue
    const wildcard = wildcardBelow(context, place.encloser)
    if (wildcard !== undefined) addAddresses(context, wildcard, target)
  }
}

function targetsInZone({ view }: LookupContext, rrset: StoredRRset): Name[] {
  const targets: Name[] = []
  for (const rr of rrsIn(rrset)) {
    const target = targetOf(rr)
    if (target === undefined || !isAtOrBelow(target, view.apex)) continue
    if (!targets.some((known) => equalNames(known, target))) targets.push(target)
    if (targets.length === maxTargets) break
  }
  return targets
}

/** The host an RR names. The root means "no such service" (RFC 2782, RFC 7505), and "the owner itself" in a SVCB service. */
function targetOf(rr: RR): Name | undefined {
  const target = namesIn(rr.type, rr.rdata)[0]
  if (target === undefined || target.length > 1) return target
  const isService = rr.type === TYPE.SVCB || rr.type === TYPE.HTTPS
  // RFC 9460 §2.5.2: in ServiceMode, priority above 0, TargetName `.` is the owner.
  return isService && u16At(rr.rdata, 0) > 0 ? rr.owner : undefined
}

function addStoredAddresses(context: LookupContext, target: Name, required: boolean): void {
  const node = nodeAt(context.view.pages, target)
  if (node !== undefined) addAddresses(context, node, undefined, required)
}

/** Glue is not signed (RFC 4035 §2.2): where there are signatures, the addresses are authoritative. */
function addAddresses(context: LookupContext, node: Node, owner?: Name, required = false): void {
  addRRset(context, node, TYPE.A, owner, required)
  addRRset(context, node, TYPE.AAAA, owner, required)
}

function addRRset(context: LookupContext, node: Node, type: number, owner: Name | undefined, required: boolean): void {
  const rrset = rrsetOf(node, type, owner && { owner })
  if (rrset === undefined) return
  context.out.additional(rrset, required ? undefined : signaturesFor(context, node, type, owner), required)
}

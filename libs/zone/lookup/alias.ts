/** CNAMEs that are stored, and those that a DNAME makes. */
import { concatNames, maxNameOctets, type Name, namesIn, RCODE, type RR, TYPE } from '@zonecast/dns'
import type { Answer } from './answer.ts'
import { type LookupContext, withSignatures } from './context.ts'
import { type Node, rrsetOf } from './node.ts'

/** Adds the CNAME of a node to the answer, if it has one, and returns the name it leads to (RFC 1034 §4.3.2 step 3a). */
export function aliasOf(context: LookupContext, node: Node, owner?: Name): { readonly alias: Name } | undefined {
  const rrset = withSignatures(context, node, TYPE.CNAME, owner)
  const target = rrset.length > 0 ? namesIn(TYPE.CNAME, rrset[0]!.rdata)[0] : undefined
  if (target === undefined) return undefined
  context.out.answer(rrset)
  return { alias: target }
}

/**
 * Adds the DNAME above a name and the CNAME it makes for it, with the DNAME's TTL and no signature (RFC 6672 §3.1 and §5.3.1).
 * YXDOMAIN when the new name would be too long (§2.2).
 */
export function substitute(context: LookupContext, node: Node, name: Name): Answer | { readonly alias: Name } {
  const dname = rrsetOf(node, TYPE.DNAME)[0]!
  const target = namesIn(TYPE.DNAME, dname.rdata)[0]!
  const { out } = context
  // A chain may pass below one DNAME several times.
  if (!out.hasAnswer(node.owner, TYPE.DNAME)) out.answer(withSignatures(context, node, TYPE.DNAME))
  const labels = name.length - node.owner.length
  if (labels + target.length > maxNameOctets) return out.finish('answer', RCODE.YXDOMAIN)
  const prefix = new Uint8Array(labels + 1)
  prefix.set(name.subarray(0, labels))
  const alias = concatNames(prefix, target)
  const cname: RR = { owner: name, type: TYPE.CNAME, ttl: dname.ttl, rdata: alias }
  out.answer([cname])
  // The CNAME that was made is all that was asked for.
  if (context.type === TYPE.CNAME || context.type === TYPE.ANY) return out.finish('answer')
  return { alias }
}

/** CNAMEs that are stored, and those that a DNAME makes. */
import { concatNames, maxNameOctets, type Name, namesIn, ownerOf, RCODE, storedRRset, TYPE, ttlAt } from '@zonecast/dns'
import type { StoredAnswer } from './answer.ts'
import { type LookupContext, signaturesFor } from './context.ts'
import { firstRDATA, type Node, rrsetOf } from './node.ts'

/** Adds the CNAME of a node to the answer, if it has one, and returns the name it leads to (RFC 1034 §4.3.2 step 3a). */
export function aliasOf(context: LookupContext, node: Node, owner?: Name): { readonly alias: Name } | undefined {
  const cname = rrsetOf(node, TYPE.CNAME, owner && { owner })
  const target = cname && namesIn(TYPE.CNAME, firstRDATA(cname))[0]
  if (target === undefined) return undefined
  context.out.answer(cname!, signaturesFor(context, node, TYPE.CNAME, owner))
  return { alias: target }
}

/**
 * Adds the DNAME above a name and the CNAME it makes for it, with the DNAME's TTL and no signature (RFC 6672 §3.1 and §5.3.1).
 * YXDOMAIN when the new name would be too long (§2.2).
 */
export function substitute(context: LookupContext, node: Node, name: Name): StoredAnswer | { readonly alias: Name } {
  const dname = rrsetOf(node, TYPE.DNAME)!
  const target = namesIn(TYPE.DNAME, firstRDATA(dname))[0]!
  const { out } = context
  // A chain may pass below one DNAME several times.
  if (!out.hasAnswer(ownerOf(node), TYPE.DNAME)) out.answer(dname, signaturesFor(context, node, TYPE.DNAME))
  const labels = name.length - node.ownerOctets
  if (labels + target.length > maxNameOctets) return out.finish('answer', RCODE.YXDOMAIN)
  const prefix = new Uint8Array(labels + 1)
  prefix.set(name.subarray(0, labels))
  const alias = concatNames(prefix, target)
  const ttl = ttlAt(dname.bytes, dname.start + dname.ownerOctets)
  out.answer(storedRRset([{ owner: name, type: TYPE.CNAME, ttl, rdata: alias }]))
  // The CNAME that was made is all that was asked for.
  if (context.type === TYPE.CNAME || context.type === TYPE.ANY) return out.finish('answer')
  return { alias }
}

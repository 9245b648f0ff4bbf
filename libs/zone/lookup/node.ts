/** A name of a zone with its RRs, as lookup reads them from pages. */
import { equalNames, isAtOrBelow, type Name, type RR, rrsigCovered, TYPE, u16At, u32At } from '@zonecast/dns'
import { forward, ownerUnder, type PageReader, rrUnder, seekOwner } from '../reader.ts'

/** The RRs at one owner name, as stored and in canonical order; none at an empty non-terminal. */
export interface Node {
  /** The owner name, in the case it is stored in. */
  readonly owner: Name
  readonly rrs: readonly Uint8Array[]
}

/**
 * The node of a name; undefined when the name does not exist, which is when neither it nor anything below it has RRs. One search
 * tells both, since what is below a name follows it in canonical order.
 */
export function nodeAt(pages: PageReader, owner: Name): Node | undefined {
  let at = seekOwner(pages, owner)
  if (at === undefined) return undefined
  const first = ownerUnder(at)
  if (!equalNames(first, owner)) return isAtOrBelow(first, owner) ? { owner, rrs: [] } : undefined
  const rrs: Uint8Array[] = []
  for (; at !== undefined && equalNames(ownerUnder(at), owner); at = forward(pages, at)) rrs.push(rrUnder(at))
  return { owner: first, rrs }
}

/** The type of a stored RR; all RRs of a node have owner names of one length, so nothing needs to be scanned. */
export function typeIn(node: Node, index: number): number {
  return u16At(node.rrs[index]!, node.owner.length)
}

/** True when the node has an RR of the type. */
export function hasType(node: Node, type: number): boolean {
  for (let i = 0; i < node.rrs.length; i++) {
    const found = typeIn(node, i)
    if (found >= type) return found === type
  }
  return false
}

/** The RRset of a type, with the owner as stored, or with `owner` where a wildcard stands for it (RFC 4592 §3.3.2). */
export function rrsetOf(node: Node, type: number, owner?: Name): RR[] {
  const rrset: RR[] = []
  for (let i = 0; i < node.rrs.length; i++) {
    const found = typeIn(node, i)
    if (found > type) break
    if (found === type) rrset.push(rrIn(node, i, owner))
  }
  return rrset
}

/** The RRSIGs over a type at the node. */
export function signaturesOf(node: Node, covered: number, owner?: Name): RR[] {
  const rrset: RR[] = []
  for (let i = 0; i < node.rrs.length; i++) {
    const found = typeIn(node, i)
    if (found > TYPE.RRSIG) break
    if (found !== TYPE.RRSIG) continue
    const rr = rrIn(node, i, owner)
    if (rrsigCovered(rr.rdata) === covered) rrset.push(rr)
  }
  return rrset
}

function rrIn(node: Node, index: number, owner: Name | undefined): RR {
  const stored = node.rrs[index]!
  const at = node.owner.length
  return {
    owner: owner ?? stored.subarray(0, at),
    type: u16At(stored, at),
    ttl: u32At(stored, at + 4),
    rdata: stored.subarray(at + 10),
  }
}

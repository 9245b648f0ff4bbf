/** Negative answers, and the choice of proof that goes with them. */
import type { Name } from '@zonecast/dns'
import type { LookupContext } from './context.ts'
import type { Node } from './node.ts'
import { nsecDenial } from './nsec.ts'
import { nsec3Denial } from './nsec3.ts'

/** Proofs of what a zone does not have (RFC 4035 §3.1.3, RFC 5155 §7.2). Each adds its RRs to the authority section. */
export interface Denial {
  /** The name exists, and has no RRset of the type asked for. */
  noData(name: Name): void
  /** The name does not exist, and neither does the wildcard at its closest encloser. */
  noName(name: Name, encloser: Name, nextCloser: Name): void
  /** The wildcard stands for the name, and has no RRset of the type asked for. */
  noWildcardData(name: Name, encloser: Name, nextCloser: Name): void
  /** The name does not exist itself, so that the wildcard may stand for it. */
  expansion(name: Name, nextCloser: Name): void
  /** The delegation has no DS. */
  unsignedReferral(cut: Node): void
}

const nothing = (): void => {}
const noProof: Denial = {
  noData: nothing,
  noName: nothing,
  noWildcardData: nothing,
  expansion: nothing,
  unsignedReferral: nothing,
}

/** The proofs for this lookup: none unless the DO bit is set and the zone is signed. */
export function denialFor(context: LookupContext): Denial {
  if (!context.dnssecOk) return noProof
  if (context.facts.denial === 'nsec') return nsecDenial(context)
  if (context.facts.denial === 'nsec3' && context.sha1 !== undefined) return nsec3Denial(context, context.sha1)
  return noProof
}

/** The SOA of a negative answer, with its signatures where they are asked for (RFC 2308 §3, RFC 4035 §3.1.3). */
export function addNegativeSoa({ facts, dnssecOk, out }: LookupContext): void {
  out.authority(facts.negativeSoa, dnssecOk ? facts.negativeSoaSignatures : undefined)
}

/** Proofs of denial by NSEC (RFC 4034 §4, RFC 4035 §3.1.3). */
import { type Name, TYPE } from '@zonecast/dns'
import { previousOwner } from '../reader.ts'
import { type LookupContext, signaturesFor } from './context.ts'
import type { Denial } from './denial.ts'
import { locate } from './locate.ts'
import { hasType, type Node, nodeAt, rrsetOf } from './node.ts'
import { sourceOfSynthesis } from './wildcard.ts'

export function nsecDenial(context: LookupContext): Denial {
  const { view } = context
  const matching = (name: Name): boolean => addNsec(context, nodeAt(view.pages, name))
  const covering = (name: Name): void => {
    addNsec(context, nodeBefore(context, name))
  }
  const matchingOrCovering = (name: Name): void => {
    // An empty non-terminal has no NSEC of its own; the one before it spans it (RFC 4035 §3.1.3.1, RFC 4592 §2.2.2).
    if (!matching(name)) covering(name)
  }
  return {
    noData: matchingOrCovering,
    noName(name, encloser) {
      covering(name)
      covering(sourceOfSynthesis(encloser))
    },
    noWildcardData(name, encloser) {
      covering(name)
      matchingOrCovering(sourceOfSynthesis(encloser))
    },
    expansion: covering,
    unsignedReferral: (cut) => void addNsec(context, cut),
  }
}

function addNsec(context: LookupContext, node: Node | undefined): boolean {
  const nsec = node && rrsetOf(node, TYPE.NSEC)
  if (node === undefined || nsec === undefined) return false
  context.out.authority(nsec, signaturesFor(context, node, TYPE.NSEC))
  return true
}

/** The last node before a name that has an NSEC. Names below a cut or a DNAME have none; their ancestor's spans them. */
function nodeBefore(context: LookupContext, name: Name): Node | undefined {
  const { view } = context
  for (let owner = previousOwner(view.pages, name); owner !== undefined; owner = previousOwner(view.pages, owner)) {
    const node = nodeAt(view.pages, owner)
    if (node !== undefined && hasType(node, TYPE.NSEC)) return node
    const place = locate(context, owner)
    if ((place.kind === 'cut' || place.kind === 'dname') && hasType(place.node, TYPE.NSEC)) return place.node
  }
  return undefined
}

/** The wildcard that may stand for a name that does not exist. */
import { maxNameOctets, type Name, wildcardOf } from '@zonecast/dns'
import type { LookupContext } from './context.ts'
import { type Node, nodeAt } from './node.ts'

/** The node of the source of synthesis, if it exists. */
export function wildcardBelow({ view, facts }: LookupContext, encloser: Name): Node | undefined {
  return encloser === view.apex ? facts.apexWildcard : nodeAt(view.pages, sourceOfSynthesis(encloser))
}

/**
 * `*.encloser`, the source of synthesis (RFC 4592 §3.3.1). Below a name of 254 octets or more no wildcard fits, and no name
 * either that could be missing there, so that the encloser itself is returned.
 */
export function sourceOfSynthesis(encloser: Name): Name {
  return encloser.length + 2 > maxNameOctets ? encloser : wildcardOf(encloser)
}

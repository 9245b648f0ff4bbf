/** Where the answer to a name comes from, in a zone as it is after a change. */
import { ancestorAt, equalNames, isAtOrBelow, labelCount, type Name, parentOf, TYPE, wildcardOf } from '@zonecast/dns'
import type { RRsets } from './zone-edit.ts'

/** Names of a zone as it will be: a change set knows all of them, an import those that others point to. */
export interface ZoneNames {
  readonly apex: Name
  /** The RRsets of a name, the SOA of the apex left out. */
  rrsets(name: Name): RRsets
  /** True when the name has RRs, or is an empty non-terminal. */
  exists(name: Name): boolean
}

/** A wildcard is two octets longer than its parent, and a name has at most 255 (RFC 1035 §2.3.4). */
const longestParent = 253

/**
 * The name whose RRs answer for a target: itself, the wildcard that covers it (RFC 4592 §3.3.1), or nothing where the answer is
 * NXDOMAIN. `elsewhere` is outside of the zone, at or below a cut, or below a DNAME.
 */
export function answerSource(names: ZoneNames, target: Name): Name | 'elsewhere' | undefined {
  const { apex } = names
  if (!isAtOrBelow(target, apex)) return 'elsewhere'
  let encloser = apex
  for (const ancestor of ancestorsWithin(apex, target)) {
    if (names.rrsets(ancestor).has(TYPE.DNAME) || isCut(names, ancestor)) return 'elsewhere'
    if (!names.exists(ancestor)) break
    encloser = ancestor
  }
  if (isCut(names, target)) return 'elsewhere'
  if (names.exists(target)) return target
  const wildcard = wildcardBelow(encloser)
  return wildcard !== undefined && names.exists(wildcard) ? wildcard : undefined
}

/** All names that `answerSource` may ask for. */
export function* namesAsked(apex: Name, target: Name): Generator<Name, void, undefined> {
  for (const ancestor of ancestorsWithin(apex, target)) {
    yield ancestor
    const wildcard = wildcardBelow(ancestor)
    if (wildcard !== undefined) yield wildcard
  }
  yield target
}

/** Finds the topmost cut at or above an owner of the zone. */
export function cutsOf(names: ZoneNames): (owner: Name) => Name | undefined {
  const above = ofParents(names.apex, (parent) => {
    for (const ancestor of ancestorsWithin(names.apex, parent)) if (isCut(names, ancestor)) return ancestor
    return isCut(names, parent) ? parent : undefined
  })
  return (owner) => above(owner) ?? (isCut(names, owner) ? owner : undefined)
}

/**
 * What `find` says of the parents of owners, nothing for the apex. Most owners of a change set stand side by side: it is asked once for
 * those in a row that have the same parent.
 */
export function ofParents<T>(apex: Name, find: (parent: Name) => T): (owner: Name) => T | undefined {
  let last: Name | undefined
  let found: T | undefined
  return (owner) => {
    if (owner.length <= apex.length) return undefined
    const parent = parentOf(owner)!
    if (last === undefined || !equalNames(parent, last)) found = find(parent)
    last = parent
    return found
  }
}

/** The ancestors of a name inside the zone, from the apex down, the name itself left out. */
export function* ancestorsWithin(apex: Name, name: Name): Generator<Name, void, undefined> {
  const labels = labelCount(name)
  for (let depth = labelCount(apex); depth < labels; depth++) yield ancestorAt(name, depth)
}

function wildcardBelow(encloser: Name): Name | undefined {
  return encloser.length <= longestParent ? wildcardOf(encloser) : undefined
}

function isCut(names: ZoneNames, name: Name): boolean {
  return !equalNames(name, names.apex) && names.rrsets(name).has(TYPE.NS)
}

/** Where the answer to a name comes from, in a zone as it is after a change set. */
import { equalNames, isAtOrBelow, type Name, parentOf, TYPE, wildcardOf } from '@zonecast/dns'
import type { ZoneEdit } from './zone-edit.ts'

/** A wildcard is two octets longer than its parent, and a name has at most 255 (RFC 1035 §2.3.4). */
const longestParent = 253

/**
 * The name whose RRs answer for a target: itself, the wildcard that covers it (RFC 4592 §3.3.1), or nothing where the answer is
 * NXDOMAIN. `elsewhere` is outside of the zone, at or below a cut, or below a DNAME.
 */
export function answerSource(edit: ZoneEdit, target: Name): Name | 'elsewhere' | undefined {
  const { apex } = edit.view
  if (!isAtOrBelow(target, apex)) return 'elsewhere'
  let encloser = apex
  for (const ancestor of edit.ancestors(target)) {
    if (edit.rrsets(ancestor).has(TYPE.DNAME) || isCut(edit, ancestor)) return 'elsewhere'
    if (!edit.exists(ancestor)) break
    encloser = ancestor
  }
  if (isCut(edit, target)) return 'elsewhere'
  if (edit.exists(target)) return target
  const wildcard = encloser.length <= longestParent ? wildcardOf(encloser) : undefined
  return wildcard !== undefined && edit.exists(wildcard) ? wildcard : undefined
}

/** Finds the topmost cut at or above an owner of the zone. */
export function cutsOf(edit: ZoneEdit): (owner: Name) => Name | undefined {
  const above = ofParents(edit.view.apex, (parent) => {
    for (const ancestor of edit.ancestors(parent)) if (isCut(edit, ancestor)) return ancestor
    return isCut(edit, parent) ? parent : undefined
  })
  return (owner) => above(owner) ?? (isCut(edit, owner) ? owner : undefined)
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

function isCut(edit: ZoneEdit, name: Name): boolean {
  return !equalNames(name, edit.view.apex) && edit.rrsets(name).has(TYPE.NS)
}

/** Where the answer to a name comes from, in a zone as it is after a change set. */
import { equalNames, isAtOrBelow, type Name, TYPE, wildcardOf } from '@zonecast/dns'
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

/** The topmost cut at or above a name. */
export function cutAtOrAbove(edit: ZoneEdit, owner: Name): Name | undefined {
  for (const ancestor of edit.ancestors(owner)) if (isCut(edit, ancestor)) return ancestor
  return isCut(edit, owner) ? owner : undefined
}

function isCut(edit: ZoneEdit, name: Name): boolean {
  return !equalNames(name, edit.view.apex) && edit.rrsets(name).has(TYPE.NS)
}

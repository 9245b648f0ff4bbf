/** Names that a change points to: aliases of nothing or of themselves, and targets that are none. */
import { equalNames, isAtOrBelow, isWildcard, type Name, namesIn, TYPE } from '@zonecast/dns'
import { mustNotMeetAlias } from './alias-watch.ts'
import { answerSource } from './answer-source.ts'
import { isAddress } from './delegation-watch.ts'
import { cnameLoop, cnameTargetMissing, type Problem, targetIsAlias, targetMissing } from './problem.ts'
import { hasAddress, type OwnerEdit, valuesOf, type ZoneEdit } from './zone-edit.ts'

/** Resolvers follow about so many aliases; a loop that is longer goes unnoticed. */
const mostLinks = 16

export function* aliasProblems(edit: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  if (changed.includes(TYPE.CNAME) && touched.after.has(TYPE.CNAME)) {
    const target = aliasTarget(edit, touched.owner)!
    if (leadsBack(edit, touched.owner)) yield cnameLoop(touched.owner, target)
    else if (answerSource(edit, target) === undefined) yield cnameTargetMissing(touched.owner, target)
  }
  // A name that goes is from now on covered by the wildcard beside it, which may be an alias of just that name.
  if (touched.after.size > 0) return
  const source = answerSource(edit, touched.owner)
  if (source === undefined || source === 'elsewhere' || !isWildcard(source)) return
  const target = aliasTarget(edit, source)
  if (target !== undefined && equalNames(target, touched.owner)) yield cnameLoop(source, target)
}

/** Of targets that are new, or that have changed: the apex is asked for those, and the other steps speak for themselves. */
export function* targetProblems(edit: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  for (const type of changed.filter(mustNotMeetAlias)) yield* brokenTargets(edit, touched.owner, type, () => true)
  const isTargetChanged = changed.includes(TYPE.CNAME) || (changed.some(isAddress) && !hasAddress(touched.after))
  if (!isTargetChanged) return
  for (const type of [TYPE.NS, TYPE.MX]) {
    if (equalNames(touched.owner, edit.view.apex) && changed.includes(type)) continue
    yield* brokenTargets(edit, edit.view.apex, type, (target) => equalNames(target, touched.owner))
  }
}

function* brokenTargets(edit: ZoneEdit, owner: Name, type: number, concerns: (target: Name) => boolean): Generator<Problem> {
  for (const rr of valuesOf(edit.rrsets(owner), type)) {
    const [target] = namesIn(type, rr.rdata)
    // A root that is named says that there is no such service (RFC 2782, RFC 7505 §3).
    if (target === undefined || target.length === 1 || !isAtOrBelow(target, edit.view.apex) || !concerns(target)) continue
    if (edit.rrsets(target).has(TYPE.CNAME)) yield targetIsAlias(owner, type, target)
    // Below its own cut a server needs glue, of which others warn.
    else if (type !== TYPE.NS || !isAtOrBelow(target, owner)) yield* missingTarget(edit, owner, type, target)
  }
}

function* missingTarget(edit: ZoneEdit, owner: Name, type: number, target: Name): Generator<Problem> {
  const source = answerSource(edit, target)
  if (source === 'elsewhere') return
  const rrsets = source === undefined ? undefined : edit.rrsets(source)
  if (rrsets === undefined || !(hasAddress(rrsets) || rrsets.has(TYPE.CNAME)))
    yield targetMissing(owner, type, target, source !== undefined)
}

/** True when whoever follows the alias comes back to it, or to the wildcard that it is. */
function leadsBack(edit: ZoneEdit, owner: Name): boolean {
  let at = owner
  for (let links = 0; links < mostLinks; links++) {
    const target = aliasTarget(edit, at)
    const source = target && answerSource(edit, target)
    if (source === undefined || source === 'elsewhere') return false
    if (equalNames(source, owner)) return true
    at = source
  }
  return false
}

function aliasTarget(edit: ZoneEdit, owner: Name): Name | undefined {
  for (const { rdata } of valuesOf(edit.rrsets(owner), TYPE.CNAME)) return namesIn(TYPE.CNAME, rdata)[0]
  return undefined
}

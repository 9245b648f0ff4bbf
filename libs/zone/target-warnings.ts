/** Names that a change or an import points to: aliases of nothing or of themselves, and targets that are none. */
import { equalNames, isAtOrBelow, isWildcard, type Name, namesIn, TYPE } from '@zonecast/dns'
import { answerSource, type ZoneNames } from './answer-source.ts'
import { isAddress } from './delegation-watch.ts'
import { cnameLoop, cnameTargetMissing, type Problem, targetIsAlias, targetMissing } from './problem.ts'
import { hasAddress, type OwnerEdit, valuesOf, type ZoneEdit } from './zone-edit.ts'

/** True for types whose target is to be a host, and no alias (RFC 2181 §10.3, RFC 2782, RFC 9460 §10.2). */
export function namesHost(type: number): boolean {
  return type === TYPE.NS || type === TYPE.MX || type === TYPE.SRV || isServiceBinding(type)
}

/** Types whose targets at the apex are asked for again when the target changes. */
export const askedAtApex: readonly number[] = [TYPE.NS, TYPE.MX, TYPE.HTTPS]

/** Where an RR points to. */
export interface Pointer {
  readonly target: Name
  /** True where the target may bind the service in its turn, and needs no address then (RFC 9460 §2.4.2). */
  readonly isAliasMode: boolean
}

/** Views of a CNAME's, NS's, MX's, SRV's, SVCB's or HTTPS's RDATA, or of its owner; nothing where it says that there is no service. */
export function pointerOf(owner: Name, type: number, rdata: Uint8Array): Pointer | undefined {
  if (!isServiceBinding(type)) {
    const target = rdata.subarray(type === TYPE.MX ? 2 : type === TYPE.SRV ? 6 : 0) as Name
    return { target, isAliasMode: false }
  }
  const target = namesIn(type, rdata)[0]!
  const isAliasMode = rdata[0] === 0 && rdata[1] === 0
  if (target.length > 1) return { target, isAliasMode }
  // The root stands for no service in AliasMode, for the owner in ServiceMode (RFC 9460 §2.5).
  return isAliasMode ? undefined : { target: owner, isAliasMode }
}

function isServiceBinding(type: number): boolean {
  return type === TYPE.SVCB || type === TYPE.HTTPS
}

/** What is wrong with the target of an RR that stands at an owner. */
export function targetProblem(names: ZoneNames, owner: Name, type: number, pointer: Pointer): Problem | undefined {
  return type === TYPE.CNAME ? aliasProblem(names, owner, pointer.target) : brokenTarget(names, owner, type, pointer)
}

function aliasProblem(names: ZoneNames, owner: Name, target: Name): Problem | undefined {
  if (leadsBack(names, owner)) return cnameLoop(owner, target)
  return answerSource(names, target) === undefined ? cnameTargetMissing(owner, target) : undefined
}

function brokenTarget(names: ZoneNames, owner: Name, type: number, pointer: Pointer): Problem | undefined {
  const { target, isAliasMode } = pointer
  // A root that is named says that there is no such service (RFC 2782, RFC 7505 §3).
  if (target.length === 1 || !isAtOrBelow(target, names.apex)) return undefined
  if (names.rrsets(target).has(TYPE.CNAME)) return targetIsAlias(owner, type, target)
  // Below its own cut a server needs glue, of which others warn.
  if (type === TYPE.NS && isAtOrBelow(target, owner)) return undefined
  const source = answerSource(names, target)
  if (source === 'elsewhere') return undefined
  const rrsets = source === undefined ? undefined : names.rrsets(source)
  const bindsService = isAliasMode && rrsets?.has(type) && !equalNames(target, owner)
  const isThere = rrsets !== undefined && (hasAddress(rrsets) || rrsets.has(TYPE.CNAME) || bindsService)
  return isThere ? undefined : targetMissing(owner, type, target, source !== undefined)
}

/** Resolvers follow about so many aliases; a loop that is longer goes unnoticed. */
const mostLinks = 16

export function* aliasProblems(edit: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  if (changed.includes(TYPE.CNAME) && touched.after.has(TYPE.CNAME)) {
    const target = aliasTarget(edit, touched.owner)!
    const problem = aliasProblem(edit, touched.owner, target)
    if (problem !== undefined) yield problem
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
  for (const type of changed.filter(namesHost)) yield* brokenTargets(edit, touched.owner, type, () => true)
  const isTargetChanged = changed.includes(TYPE.CNAME) || (changed.some(isAddress) && !hasAddress(touched.after))
  if (!isTargetChanged) return
  for (const type of askedAtApex) {
    if (equalNames(touched.owner, edit.view.apex) && changed.includes(type)) continue
    yield* brokenTargets(edit, edit.view.apex, type, (target) => equalNames(target, touched.owner))
  }
}

/** So many targets of an RRset are named. */
export const mostTold = 20

/** Those that the change brings first. */
function* brokenTargets(edit: ZoneEdit, owner: Name, type: number, concerns: (target: Name) => boolean): Generator<Problem> {
  const before = edit.rrsetsBefore(owner).get(type)
  const values = [...(edit.rrsets(owner).get(type) ?? [])]
  const ordered = [...values.filter(([key]) => !before?.has(key)), ...values.filter(([key]) => before?.has(key))]
  let told = 0
  for (const [, { rdata }] of ordered) {
    const pointer = pointerOf(owner, type, rdata)
    const problem = pointer !== undefined && concerns(pointer.target) ? brokenTarget(edit, owner, type, pointer) : undefined
    if (problem !== undefined) yield problem
    if (problem !== undefined && ++told === mostTold) return
  }
}

/** True when whoever follows the alias comes back to it, or to the wildcard that it is. */
function leadsBack(names: ZoneNames, owner: Name): boolean {
  let at = owner
  for (let links = 0; links < mostLinks; links++) {
    const target = aliasTarget(names, at)
    const source = target && answerSource(names, target)
    if (source === undefined || source === 'elsewhere') return false
    if (equalNames(source, owner)) return true
    at = source
  }
  return false
}

function aliasTarget(names: ZoneNames, owner: Name): Name | undefined {
  for (const { rdata } of valuesOf(names.rrsets(owner), TYPE.CNAME)) return namesIn(TYPE.CNAME, rdata)[0]
  return undefined
}

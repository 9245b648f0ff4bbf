/** What a change set is allowed to do, though its author should know. */
import { equalNames, isAtOrBelow, type Name, namesIn, type RR, TYPE, type Violation, wildcardOf } from '@zonecast/dns'
import { fieldOf, tallyOf } from './change-rules.ts'
import { belongsAtCut, isAddress } from './delegation-watch.ts'
import { nsec3Warning } from './nsec3-cost.ts'
import { mustNotMeetAlias } from './alias-watch.ts'
import { associationProblem, isAssociation } from './association-length.ts'
import { hasOddLetters, nameProblems } from './odd-names.ts'
import { OwnerTally } from './owner-tally.ts'
import {
  cnameTargetMissing,
  glueMissing,
  occluded,
  type Problem,
  signaturesStale,
  targetIsAlias,
  violationOf,
  zonemdStale,
} from './problem.ts'
import type { OwnerEdit, RRsets, ZoneEdit } from './zone-edit.ts'

/** So many names below a new cut are looked at for data that it hides. */
const maxHiddenNames = 100

/** Warnings about the RRsets that differ from before. */
export function changeWarnings(edit: ZoneEdit): Violation[] {
  const warnings = new Map<string, Violation>()
  const tally = new OwnerTally()
  for (const touched of edit.edits()) {
    const changed = [...touched.fields.keys()].filter((type) => touched.after.get(type) !== touched.before.get(type))
    if (changed.length === 0) continue
    const about = [
      ...tallyOf(tally, touched.after)
        .warnings(touched.owner)
        .filter(({ type }) => type !== undefined && changed.includes(type)),
      ...glueProblems(edit, touched, changed),
      ...occlusionProblems(edit, touched, changed),
      ...aliasProblems(edit, touched, changed),
      ...targetProblems(edit, touched, changed),
      ...(hasOddLetters(touched.owner, touched.owner.length) || changed.includes(TYPE.SRV)
        ? nameProblems(
            touched.owner,
            changed.filter((type) => touched.after.has(type)),
          )
        : []),
      ...signatureProblems(edit),
      ...nsec3Problems(edit, touched, changed),
      ...associationProblems(touched, changed),
    ]
    for (const problem of about) {
      const key = `${problem.reason} ${problem.subject}`
      if (!warnings.has(key)) warnings.set(key, violationOf(fieldOf(touched, problem.type), problem))
    }
  }
  return [...warnings.values()]
}

function* glueProblems(edit: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  const { apex } = edit.view
  if (changed.includes(TYPE.NS)) yield* missingGlue(edit, touched.owner, () => true)
  if (!changed.some(isAddress) || hasAddress(touched.after)) return
  // The last address of a name is gone: was it the glue of the cut above, or of the apex?
  const cut = cutAtOrAbove(edit, touched.owner)
  for (const owner of cut === undefined ? [apex] : [apex, cut])
    yield* missingGlue(edit, owner, (target) => equalNames(target, touched.owner))
}

function* missingGlue(edit: ZoneEdit, owner: Name, concerns: (target: Name) => boolean): Generator<Problem> {
  for (const rr of valuesOf(edit.rrsets(owner), TYPE.NS)) {
    const target = namesIn(TYPE.NS, rr.rdata)[0]!
    if (isAtOrBelow(target, owner) && concerns(target) && !hasAddress(edit.rrsets(target))) yield glueMissing(owner, target)
  }
}

/** Data at or below a cut is not answered from here, unless it belongs to the cut or is glue. */
function* occlusionProblems(edit: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  const cut = cutAtOrAbove(edit, touched.owner)
  if (cut === undefined) return
  const hides = (owner: Name): boolean => {
    const isCut = equalNames(owner, cut)
    for (const type of edit.rrsets(owner).keys()) if (!isAddress(type) && !(isCut && belongsAtCut(type))) return true
    return false
  }
  if (hides(touched.owner)) yield occluded(touched.owner, cut)
  if (!equalNames(touched.owner, cut) || !changed.includes(TYPE.NS) || touched.before.has(TYPE.NS)) return
  let seen = 0
  for (const below of edit.storedBelow(cut)) {
    if (hides(below)) return yield occluded(below, cut)
    if (++seen === maxHiddenNames) return
  }
}

function* aliasProblems(edit: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  if (!changed.includes(TYPE.CNAME)) return
  const { apex } = edit.view
  for (const rr of valuesOf(touched.after, TYPE.CNAME)) {
    const target = namesIn(TYPE.CNAME, rr.rdata)[0]!
    if (!isAtOrBelow(target, apex) || equalNames(target, apex) || leadsSomewhere(edit, target)) continue
    yield cnameTargetMissing(touched.owner, target)
  }
}

/** Of targets that are new, or that have become an alias: the apex is asked for those, and the other steps speak for themselves. */
function* targetProblems(edit: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  for (const type of changed.filter(mustNotMeetAlias)) yield* aliasesAmong(edit, touched.owner, type, () => true)
  if (!changed.includes(TYPE.CNAME) || !touched.after.has(TYPE.CNAME)) return
  for (const type of [TYPE.NS, TYPE.MX])
    yield* aliasesAmong(edit, edit.view.apex, type, (target) => equalNames(target, touched.owner))
}

function* aliasesAmong(edit: ZoneEdit, owner: Name, type: number, concerns: (target: Name) => boolean): Generator<Problem> {
  for (const rr of valuesOf(edit.rrsets(owner), type)) {
    const [target] = namesIn(type, rr.rdata)
    if (target === undefined || !isAtOrBelow(target, edit.view.apex) || !concerns(target)) continue
    if (edit.rrsets(target).has(TYPE.CNAME)) yield targetIsAlias(owner, type, target)
  }
}

/** Every version has a new serial, so that the signature of the SOA, and a ZONEMD, are stale unless the change brings new ones. */
function* signatureProblems(edit: ZoneEdit): Generator<Problem> {
  const { apex } = edit.view
  const rrsets = edit.rrsets(apex)
  const isStale = (type: number): boolean => {
    if (!rrsets.has(type)) return false
    const apexEdit = [...edit.edits()].find(({ owner }) => equalNames(owner, apex))
    return apexEdit === undefined || apexEdit.before.get(type) === apexEdit.after.get(type)
  }
  if (isStale(TYPE.RRSIG)) yield signaturesStale(apex)
  if (isStale(TYPE.ZONEMD)) yield zonemdStale(apex)
}

function* nsec3Problems({ view: { apex } }: ZoneEdit, touched: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  if (!changed.includes(TYPE.NSEC3PARAM) || !equalNames(touched.owner, apex)) return
  for (const { rdata } of valuesOf(touched.after, TYPE.NSEC3PARAM)) {
    const problem = nsec3Warning(apex, rdata)
    if (problem !== undefined) yield problem
  }
}

function* associationProblems({ owner, after }: OwnerEdit, changed: readonly number[]): Generator<Problem> {
  for (const type of changed.filter(isAssociation)) {
    for (const { rdata } of valuesOf(after, type)) {
      const problem = associationProblem(owner, type, rdata)
      if (problem !== undefined) yield problem
    }
  }
}

/** True when a question for the name is not answered with NXDOMAIN from here. */
function leadsSomewhere(edit: ZoneEdit, target: Name): boolean {
  if (edit.exists(target)) return true
  let encloser = edit.view.apex
  for (const ancestor of edit.ancestors(target)) {
    const rrsets = edit.rrsets(ancestor)
    if (rrsets.has(TYPE.DNAME) || (rrsets.has(TYPE.NS) && !equalNames(ancestor, edit.view.apex))) return true
    if (!edit.exists(ancestor)) break
    encloser = ancestor
  }
  return encloser.length <= 253 && edit.exists(wildcardOf(encloser))
}

/** The topmost cut at or above a name. */
function cutAtOrAbove(edit: ZoneEdit, owner: Name): Name | undefined {
  const isCut = (name: Name): boolean => !equalNames(name, edit.view.apex) && edit.rrsets(name).has(TYPE.NS)
  for (const ancestor of edit.ancestors(owner)) if (isCut(ancestor)) return ancestor
  return isCut(owner) ? owner : undefined
}

function hasAddress(rrsets: RRsets): boolean {
  return rrsets.has(TYPE.A) || rrsets.has(TYPE.AAAA)
}

function valuesOf(rrsets: RRsets, type: number): Iterable<RR> {
  return rrsets.get(type)?.values() ?? []
}

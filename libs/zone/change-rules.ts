/** The rules a zone is held to after a change set, checked where it was touched. */
import { equalNames, type Name, rrsigCovered, TYPE, type Violation } from '@zonecast/dns'
import { ancestorsWithin, ofParents } from './answer-source.ts'
import { nsec3Violation } from './nsec3-cost.ts'
import { OwnerTally } from './owner-tally.ts'
import { apexNsMissing, belowDname, type Problem, violationOf } from './problem.ts'
import { type TtlBounds, ttlProblem } from './ttl-bounds.ts'
import type { OwnerEdit, RRsets, Values, ZoneEdit } from './zone-edit.ts'

/** All violations of the zone as it would be. What was not touched was checked when it came. */
export function ruleViolations(edit: ZoneEdit, bounds?: TtlBounds): Violation[] {
  const violations: Violation[] = []
  const tally = new OwnerTally()
  const { apex } = edit.view
  const dnameAbove = dnamesOf(edit)
  for (const touched of edit.edits()) {
    const isApex = equalNames(touched.owner, apex)
    const add = (problem: Problem): void => void violations.push(violationOf(fieldOf(touched, problem.type), problem))
    tallyOf(tally, touched.after)
    for (const problem of tally.violations(touched.owner, isApex)) add(problem)
    if (isApex && !touched.after.has(TYPE.NS)) add(apexNsMissing(apex))
    if (isApex) for (const problem of nsec3Problems(touched)) add(problem)
    for (const problem of dnameProblems(edit, touched, dnameAbove)) add(problem)
    if (bounds) for (const problem of ttlProblems(touched, bounds)) add(problem)
  }
  return violations
}

/** The field of the step that changed a type last, or the owner where there was none. */
export function fieldOf(touched: OwnerEdit, type: number | undefined): string {
  return (type === undefined ? undefined : touched.fields.get(type)) ?? touched.lastField
}

/** Counts what an owner has. */
export function tallyOf(tally: OwnerTally, rrsets: RRsets): OwnerTally {
  tally.reset()
  for (const [type, values] of rrsets) {
    for (const rr of values.values()) {
      const octets = rr.owner.length + 10 + rr.rdata.length
      if (type === TYPE.RRSIG) tally.addSignature(rrsigCovered(rr.rdata), octets)
      else tally.add(type, octets)
    }
  }
  return tally
}

/** One that stands there from before does not stop other changes. */
function* nsec3Problems({ owner, before, after }: OwnerEdit): Generator<Problem> {
  const parameters = after.get(TYPE.NSEC3PARAM)
  if (parameters === before.get(TYPE.NSEC3PARAM)) return
  for (const { rdata } of parameters?.values() ?? []) {
    const problem = nsec3Violation(owner, rdata)
    if (problem !== undefined) yield problem
  }
}

/** Finds the topmost DNAME above an owner of the zone. */
function dnamesOf(edit: ZoneEdit): (owner: Name) => Name | undefined {
  const isDname = (name: Name): boolean => edit.rrsets(name).has(TYPE.DNAME)
  return ofParents(edit.apex, (parent) => {
    for (const ancestor of ancestorsWithin(edit.apex, parent)) if (isDname(ancestor)) return ancestor
    return isDname(parent) ? parent : undefined
  })
}

/** Nothing stands below a DNAME (RFC 6672 §2.4), be it the DNAME or what is below it that is new. */
function dnameProblems(edit: ZoneEdit, { owner, before, after }: OwnerEdit, dnameAbove: ReturnType<typeof dnamesOf>): Problem[] {
  const above = dnameAbove(owner)
  // NSEC3 and its signatures stand at hashed names, which a DNAME at the apex does not redirect (RFC 5155 §1.3).
  if (above && hasOrdinary(after)) return [belowDname(owner, above)]
  if (!after.has(TYPE.DNAME) || before.has(TYPE.DNAME)) return []
  for (const below of edit.storedBelow(owner)) {
    // Edited names have spoken for themselves.
    if (!edit.isEdited(below)) return [belowDname(below, owner)]
  }
  return []
}

/** What has its TTL from before may keep it. */
function* ttlProblems({ owner, before, after, fields }: OwnerEdit, bounds: TtlBounds): Generator<Problem> {
  for (const type of fields.keys()) {
    const ttl = ttlOf(after.get(type))
    if (ttl === undefined || ttl === ttlOf(before.get(type))) continue
    const problem = ttlProblem(bounds, owner, type, ttl)
    if (problem) yield problem
  }
}

function ttlOf(values: Values | undefined): number | undefined {
  return values?.values().next().value?.ttl
}

function hasOrdinary(rrsets: RRsets): boolean {
  for (const [type, values] of rrsets) {
    if (type === TYPE.NSEC3) continue
    if (type !== TYPE.RRSIG) return true
    for (const rr of values.values()) if (rrsigCovered(rr.rdata) !== TYPE.NSEC3) return true
  }
  return false
}

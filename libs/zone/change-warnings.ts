/** What a change set is allowed to do, though its author should know. */
import { equalNames, isAtOrBelow, type Name, nameKey, namesIn, TYPE, type Violation } from '@zonecast/dns'
import { cutAtOrAbove } from './answer-source.ts'
import { fieldOf, tallyOf } from './change-rules.ts'
import { belongsAtCut, isAddress } from './delegation-watch.ts'
import { nsec3Warning } from './nsec3-cost.ts'
import { associationProblem, isAssociation } from './association-length.ts'
import { hasOddLetters, nameProblems } from './odd-names.ts'
import { OwnerTally } from './owner-tally.ts'
import { glueMissing, noGlue, occluded, type Problem, signaturesStale, violationOf, zonemdStale } from './problem.ts'
import type { SoaChange } from './soa-change.ts'
import { soaTimerProblems } from './soa-timers.ts'
import { aliasProblems, targetProblems } from './target-warnings.ts'
import { hasAddress, type OwnerEdit, type RRsets, valuesOf, type ZoneEdit } from './zone-edit.ts'

/** So many names below a new cut are looked at for data that it hides. */
const maxHiddenNames = 100

/** Warnings about the RRsets that differ from before, and the SOA. */
export function changeWarnings(edit: ZoneEdit, soa: SoaChange): Violation[] {
  const warnings = new Map<string, Violation>()
  const tally = new OwnerTally()
  const servers = namedServers(edit)
  for (const touched of edit.edits()) {
    const changed = [...touched.fields.keys()].filter((type) => touched.after.get(type) !== touched.before.get(type))
    if (changed.length === 0) continue
    const about = [
      ...tallyOf(tally, touched.after)
        .warnings(touched.owner)
        .filter(({ type }) => type !== undefined && changed.includes(type)),
      ...glueProblems(edit, touched, changed),
      ...occlusionProblems(edit, touched, changed, servers),
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
  const timers = soaTimerProblems(edit.view.apex, soa.rr.rdata, edit.view.soa.rdata)
  return [...warnings.values(), ...Array.from(timers, (problem) => violationOf(soa.field ?? '', problem))]
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

/** Data at or below a cut is not answered from here, unless it belongs to the cut or is glue (RFC 2136 §7.18). */
function* occlusionProblems(
  edit: ZoneEdit,
  touched: OwnerEdit,
  changed: readonly number[],
  servers: Set<string>,
): Generator<Problem> {
  const cut = cutAtOrAbove(edit, touched.owner)
  if (cut === undefined) return
  yield* hiddenAt(edit, touched.owner, cut, servers)
  if (!equalNames(touched.owner, cut) || !changed.includes(TYPE.NS)) return
  if (touched.before.has(TYPE.NS)) return yield* formerGlue(edit, touched, servers)
  let seen = 0
  for (const below of edit.storedBelow(cut)) {
    const [problem] = hiddenAt(edit, below, cut, servers)
    if (problem !== undefined) return yield problem
    if (++seen === maxHiddenNames) return
  }
}

function* hiddenAt(edit: ZoneEdit, owner: Name, cut: Name, servers: Set<string>): Generator<Problem> {
  const isCut = equalNames(owner, cut)
  const types = [...edit.rrsets(owner).keys()]
  if (types.some((type) => !isAddress(type) && !(isCut && belongsAtCut(type)))) yield occluded(owner, cut)
  else if (types.some(isAddress) && !servers.has(nameKey(owner)) && !isServerOf(edit, cut, owner)) yield noGlue(owner, cut)
}

/** Addresses of servers that the cut no longer names. */
function* formerGlue(edit: ZoneEdit, { owner, before }: OwnerEdit, servers: Set<string>): Generator<Problem> {
  for (const { rdata } of valuesOf(before, TYPE.NS)) {
    const server = namesIn(TYPE.NS, rdata)[0]!
    if (isAtOrBelow(server, owner) && !servers.has(nameKey(server)) && hasAddress(edit.rrsets(server)))
      yield noGlue(server, owner)
  }
}

/** Name servers that the apex and the delegations in the change name: those of others in the zone are not looked for. */
function namedServers(edit: ZoneEdit): Set<string> {
  const servers = new Set<string>()
  const take = (rrsets: RRsets): void => {
    for (const { rdata } of valuesOf(rrsets, TYPE.NS)) servers.add(nameKey(namesIn(TYPE.NS, rdata)[0]!))
  }
  take(edit.rrsets(edit.view.apex))
  for (const { after } of edit.edits()) take(after)
  return servers
}

function isServerOf(edit: ZoneEdit, cut: Name, owner: Name): boolean {
  for (const { rdata } of valuesOf(edit.rrsets(cut), TYPE.NS)) if (equalNames(namesIn(TYPE.NS, rdata)[0]!, owner)) return true
  return false
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

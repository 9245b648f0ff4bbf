/** What a change set is allowed to do, though its author should know. */
import { equalNames, isAtOrBelow, type Name, nameKey, namesIn, TYPE, type Violation } from '@zonecast/dns'
import { cutsOf } from './answer-source.ts'
import { fieldOf, tallyOf } from './change-rules.ts'
import { belongsAtCut, isAddress } from './delegation-watch.ts'
import { nsec3Warning } from './nsec3-cost.ts'
import { associationProblem, isAssociation } from './association-length.ts'
import { hasOddLetters, nameProblems } from './odd-names.ts'
import { OwnerTally } from './owner-tally.ts'
import {
  glueMissing,
  noGlue,
  occluded,
  type Problem,
  signaturesStale,
  targetIsAlias,
  violationOf,
  zonemdStale,
} from './problem.ts'
import type { SoaChange } from './soa-change.ts'
import { soaMailboxProblems } from './soa-mailbox.ts'
import { soaTimerProblems } from './soa-timers.ts'
import { aliasProblems, namesHost, targetProblems } from './target-warnings.ts'
import { hasAddress, type OwnerEdit, type RRsets, valuesOf, type ZoneEdit } from './zone-edit.ts'

/** So many names below a new cut are looked at for data that it hides. */
const maxHiddenNames = 100

/** What is worked out once for all owners of a change set. */
interface Watch {
  readonly edit: ZoneEdit
  readonly tally: OwnerTally
  /** Name servers that the apex and the delegations in the change name. */
  readonly servers: ReadonlySet<string>
  /** The topmost cut at or above an owner. */
  readonly cutOf: (owner: Name) => Name | undefined
}

/** Warnings about the RRsets that differ from before, and the SOA. */
export function changeWarnings(edit: ZoneEdit, soa: SoaChange): Violation[] {
  const warnings = new Map<string, Violation>()
  const watch = { edit, tally: new OwnerTally(), servers: namedServers(edit), cutOf: cutsOf(edit) }
  const stale = signatureProblems(edit)
  for (const touched of edit.edits()) {
    const changed = changedTypes(touched)
    if (changed.length === 0) continue
    // The first owner that changes speaks for the zone.
    for (const problem of [...problemsOf(watch, touched, changed), ...stale]) {
      const { message } = problem
      if (!warnings.has(message)) warnings.set(message, violationOf(fieldOf(touched, problem.type), problem))
    }
  }
  const edited = [edit.view.apex, soa.rr.rdata, edit.view.soa.rdata] as const
  const odd = [...soaTimerProblems(...edited), ...soaMailboxProblems(...edited)]
  return [...warnings.values(), ...odd.map((problem) => violationOf(soa.field ?? '', problem))]
}

function changedTypes({ before, after, fields }: OwnerEdit): number[] {
  const changed: number[] = []
  for (const type of fields.keys()) if (after.get(type) !== before.get(type)) changed.push(type)
  return changed
}

/** Asks only what may have an answer: almost every owner gets an RRset that none of this is about. */
function problemsOf({ edit, tally, servers, cutOf }: Watch, touched: OwnerEdit, changed: readonly number[]): Problem[] {
  const { owner, after } = touched
  const problems: Problem[] = []
  const cut = cutOf(owner)
  const losesAddress = changed.some(isAddress) && !hasAddress(after)
  const isAlias = changed.includes(TYPE.CNAME)
  const add = (more: Iterable<Problem>): void => void problems.push(...more)
  if (!tallyOf(tally, after).isPlain)
    add(tally.warnings(owner).filter(({ type }) => type !== undefined && changed.includes(type)))
  if (changed.includes(TYPE.NS)) add(missingGlue(edit, owner, () => true))
  if (losesAddress) add(lostGlue(edit, owner, cut))
  if (cut !== undefined) add(occlusionProblems(edit, touched, changed, cut, servers))
  if (isAlias || after.size === 0) add(aliasProblems(edit, touched, changed))
  if (isAlias || losesAddress || changed.some(namesHost)) add(targetProblems(edit, touched, changed))
  if (changed.includes(TYPE.SRV) || hasOddLetters(owner, owner.length))
    add(
      nameProblems(
        owner,
        changed.filter((type) => after.has(type)),
      ),
    )
  if (changed.includes(TYPE.NSEC3PARAM)) add(nsec3Problems(edit, touched))
  if (changed.some(isAssociation)) add(associationProblems(touched, changed))
  return problems
}

/** The last address of a name is gone: was it the glue of the cut above, or of the apex? */
function* lostGlue(edit: ZoneEdit, owner: Name, cut: Name | undefined): Generator<Problem> {
  const { apex } = edit.view
  for (const above of cut === undefined ? [apex] : [apex, cut])
    yield* missingGlue(edit, above, (target) => equalNames(target, owner))
}

function* missingGlue(edit: ZoneEdit, owner: Name, concerns: (target: Name) => boolean): Generator<Problem> {
  for (const rr of valuesOf(edit.rrsets(owner), TYPE.NS)) {
    const target = namesIn(TYPE.NS, rr.rdata)[0]!
    if (!isAtOrBelow(target, owner) || !concerns(target)) continue
    const rrsets = edit.rrsets(target)
    // An alias cannot be given an address.
    if (rrsets.has(TYPE.CNAME)) yield targetIsAlias(owner, TYPE.NS, target)
    else if (!hasAddress(rrsets)) yield glueMissing(owner, target)
  }
}

/** Data at or below a cut is not answered from here, unless it belongs to the cut or is glue (RFC 2136 §7.18). */
function* occlusionProblems(
  edit: ZoneEdit,
  touched: OwnerEdit,
  changed: readonly number[],
  cut: Name,
  servers: ReadonlySet<string>,
): Generator<Problem> {
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

function* hiddenAt(edit: ZoneEdit, owner: Name, cut: Name, servers: ReadonlySet<string>): Generator<Problem> {
  const isCut = equalNames(owner, cut)
  const types = [...edit.rrsets(owner).keys()]
  if (types.some((type) => !isAddress(type) && !(isCut && belongsAtCut(type)))) yield occluded(owner, cut)
  else if (types.some(isAddress) && !servers.has(nameKey(owner)) && !isServerOf(edit, cut, owner)) yield noGlue(owner, cut)
}

/** Addresses of servers that the cut no longer names. */
function* formerGlue(edit: ZoneEdit, { owner, before }: OwnerEdit, servers: ReadonlySet<string>): Generator<Problem> {
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
function signatureProblems(edit: ZoneEdit): Problem[] {
  const { apex } = edit.view
  const rrsets = edit.rrsets(apex)
  const before = edit.rrsetsBefore(apex)
  const isStale = (type: number): boolean => rrsets.has(type) && rrsets.get(type) === before.get(type)
  return [...(isStale(TYPE.RRSIG) ? [signaturesStale(apex)] : []), ...(isStale(TYPE.ZONEMD) ? [zonemdStale(apex)] : [])]
}

function* nsec3Problems({ view: { apex } }: ZoneEdit, touched: OwnerEdit): Generator<Problem> {
  if (!equalNames(touched.owner, apex)) return
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

/** The rules of a whole zone, checked while its sorted RRs stream by. */
import {
  decodeRR,
  equalNames,
  formatRR,
  isMetaType,
  type Name,
  ownerEnd,
  rdataStart,
  type RR,
  TYPE,
  typeAt,
  type Violation,
} from '@zonecast/dns'
import { associationProblem, isAssociation } from './association-length.ts'
import { DelegationWatch, isOwnerBelow } from './delegation-watch.ts'
import { spaceAt } from './key.ts'
import { nsec3Violation, nsec3Warning } from './nsec3-cost.ts'
import { compareData, compareOwners } from './order.ts'
import { hasOddLetters, nameProblems } from './odd-names.ts'
import { OwnerTally } from './owner-tally.ts'
import {
  apexNsMissing,
  metaType,
  outOfZone,
  type Problem,
  soaElsewhere,
  soaMany,
  soaMissing,
  ttlLowered,
  violationOf,
} from './problem.ts'
import { RRsetBuffer } from './rrset-buffer.ts'
import { type TargetList, TargetWatch } from './target-watch.ts'

export interface ZoneCheckerOptions {
  readonly apex: Name
  /** Takes each RR of the version in canonical order, the SOA left out: duplicates dropped, one TTL an RRset. */
  readonly emit: (stored: Uint8Array) => void
  /** So many violations, and so many warnings, are kept; the rest is counted. */
  readonly maxProblems?: number
  /** Where RRs of the zone point to that are new, so that there are warnings about it. */
  readonly targets?: TargetList | undefined
}

export interface ZoneCheck {
  /** Empty when the zone may be committed. */
  readonly violations: readonly Violation[]
  readonly violationCount: number
  readonly warnings: readonly Violation[]
  readonly warningCount: number
  readonly soa: RR | undefined
  /** RRs of the version, the SOA included. */
  readonly rrCount: number
  /** RRsets by owner and type, the SOA included. */
  readonly rrsetCount: number
  /** Octets of the RRs as stored, the SOA included. */
  readonly contentOctets: number
  /** Identical RRs that were given again and dropped. */
  readonly duplicates: number
}

/**
 * Takes stored RRs in canonical order (`compareStored`; equal ones may follow each other) and passes them on as an import keeps
 * them. Bytes given to `push` are held back and must not change until `end`. Memory: one RRset and, per zone cut,
 * the names of its servers; and what is known of the targets.
 */
export class ZoneChecker {
  readonly #apex: Name
  readonly #violations: ProblemList
  readonly #warnings: ProblemList
  readonly #tally = new OwnerTally()
  readonly #watch: DelegationWatch
  readonly #targets: TargetWatch | undefined
  readonly #buffer: RRsetBuffer
  #previous: Uint8Array | undefined
  #ownerEnd = 0
  #type = 0
  #space = 0
  #inZone = false
  #soa: RR | undefined
  #hasApexNs = false
  #rrsetCount = 0

  constructor({ apex, emit, maxProblems = 100, targets }: ZoneCheckerOptions) {
    this.#apex = apex
    this.#violations = new ProblemList(maxProblems)
    this.#warnings = new ProblemList(maxProblems)
    const warn = (problem: Problem): void => this.#warnings.add(problem)
    this.#watch = new DelegationWatch(apex, (problem) => this.#violations.add(problem), warn)
    this.#targets = targets && new TargetWatch(targets)
    this.#buffer = new RRsetBuffer(emit, (owner, type, ttl) => warn(ttlLowered(owner, type, ttl)))
  }

  push(stored: Uint8Array): void {
    const end = ownerEnd(stored, 0)
    const type = typeAt(stored, end)
    const space = spaceAt(stored, end)
    const previous = this.#previous
    if (previous === undefined || space !== this.#space || !this.#isSameOwner(previous, stored, end)) {
      this.#startOwner(stored, end, space)
      this.#startType(stored, end, type)
    } else {
      const order = compareData(previous, this.#ownerEnd, stored, end)
      if (order > 0) throw notSorted(previous, stored)
      if (order === 0) return this.#buffer.repeat(stored, end)
      if (type !== this.#type) this.#startType(stored, end, type)
    }
    this.#previous = stored
    if (this.#inZone) this.#take(stored, end, type)
  }

  /** Emits the RRset that is held: the caller knows that nothing more of it comes. */
  flush(): void {
    this.#buffer.flush()
  }

  /** Emits what is left and tells what was found. */
  end(): ZoneCheck {
    this.#finishOwner()
    this.#watch.end()
    for (const problem of this.#targets?.problems() ?? []) this.#warnings.add(problem)
    if (this.#soa === undefined) this.#violations.add(soaMissing(this.#apex))
    if (!this.#hasApexNs) this.#violations.add(apexNsMissing(this.#apex))
    const soa = this.#soa
    const { count, octets, duplicates } = this.#buffer
    return {
      violations: this.#violations.items,
      violationCount: this.#violations.count,
      warnings: this.#warnings.items,
      warningCount: this.#warnings.count,
      soa,
      rrCount: count + (soa === undefined ? 0 : 1),
      rrsetCount: this.#rrsetCount,
      contentOctets: octets + (soa === undefined ? 0 : soa.owner.length + 10 + soa.rdata.length),
      duplicates,
    }
  }

  #isSameOwner(previous: Uint8Array, stored: Uint8Array, end: number): boolean {
    if (end !== this.#ownerEnd) return false
    for (let i = 0; i < end; i++) if (previous[i] !== stored[i]) return compareOwners(previous, 0, stored, 0) === 0
    return true
  }

  #startOwner(stored: Uint8Array, end: number, space: number): void {
    this.#finishOwner()
    const previous = this.#previous
    if (previous !== undefined && (space - this.#space || compareOwners(stored, 0, previous, 0)) < 0)
      throw notSorted(previous, stored)
    this.#ownerEnd = end
    this.#space = space
    this.#inZone = isOwnerBelow(stored, end, this.#apex)
    if (!this.#inZone) this.#violations.add(outOfZone(stored.subarray(0, end), this.#apex))
    else if (space === 0) {
      this.#watch.startOwner(stored, end)
      this.#targets?.startOwner(stored, end)
    }
  }

  #startType(stored: Uint8Array, end: number, type: number): void {
    this.#type = type
    if (!this.#inZone) return
    this.#rrsetCount++
    if (isMetaType(type)) this.#violations.add(metaType(stored.slice(0, end), type))
  }

  #take(stored: Uint8Array, end: number, type: number): void {
    if (type === TYPE.SOA) return this.#takeSoa(stored)
    const covered = this.#buffer.push(stored, end, type)
    if (type === TYPE.RRSIG) this.#tally.addSignature(covered, stored.length)
    else this.#tally.add(type, stored.length)
    if (type === TYPE.NS) this.#watch.takeNs(stored, end)
    else if (type === TYPE.A || type === TYPE.AAAA) this.#watch.takeAddress()
    else if (type === TYPE.NSEC3PARAM && end === this.#apex.length) this.#takeNsec3param(stored.subarray(rdataStart(end)))
    else if (isAssociation(type)) this.#takeAssociation(stored, end, type)
    if (this.#space === 0) this.#targets?.take(stored, type)
  }

  #takeAssociation(stored: Uint8Array, end: number, type: number): void {
    const warning = associationProblem(stored.subarray(0, end), type, stored.subarray(rdataStart(end)))
    if (warning !== undefined) this.#warnings.add(warning)
  }

  #takeNsec3param(rdata: Uint8Array): void {
    const violation = nsec3Violation(this.#apex, rdata)
    const warning = nsec3Warning(this.#apex, rdata)
    if (violation !== undefined) this.#violations.add(violation)
    if (warning !== undefined) this.#warnings.add(warning)
  }

  #takeSoa(stored: Uint8Array): void {
    const soa = decodeRR(stored)
    if (!equalNames(soa.owner, this.#apex)) this.#violations.add(soaElsewhere(soa.owner, this.#apex))
    else if (this.#soa === undefined) this.#soa = { ...soa, owner: soa.owner.slice(), rdata: soa.rdata.slice() }
    else this.#violations.add(soaMany(this.#apex))
  }

  #finishOwner(): void {
    const previous = this.#previous
    if (previous === undefined || !this.#inZone) return
    const tally = this.#tally
    const isApex = this.#ownerEnd === this.#apex.length
    if (isApex && this.#space === 0) this.#hasApexNs = tally.has(TYPE.NS)
    if (!tally.isPlain) {
      const owner = previous.subarray(0, this.#ownerEnd)
      for (const problem of tally.violations(owner, isApex)) this.#violations.add(problem)
      for (const problem of tally.warnings(owner)) this.#warnings.add(problem)
    }
    if (hasOddLetters(previous, this.#ownerEnd) || tally.has(TYPE.SRV)) {
      for (const problem of nameProblems(previous.subarray(0, this.#ownerEnd), tally.types())) this.#warnings.add(problem)
    }
    if (this.#space === 0) this.#watch.finishOwner(tally)
    this.#buffer.flush()
    tally.reset()
  }
}

/** Problems up to a bound, and how many there were. */
class ProblemList {
  readonly items: Violation[] = []
  count = 0
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  add(problem: Problem): void {
    if (this.count++ < this.#max) this.items.push(violationOf('content', problem))
  }
}

function notSorted(previous: Uint8Array, stored: Uint8Array): Error {
  return new Error(`RRs are not in canonical order: ${formatRR(decodeRR(previous))} | ${formatRR(decodeRR(stored))}`)
}

/** Counts and sizes of the RRsets at one owner name, and the rules that one owner is held to. */
import { isWildcard, type Name, TYPE } from '@zonecast/dns'
import {
  cnameBeside,
  cnameMany,
  dnameBesideNs,
  dnameMany,
  largeRRset,
  largeRRsetValues,
  maxRRsetOctets,
  type Problem,
  rrsetTooLarge,
  wildcardDelegation,
} from './problem.ts'

/** Types that may stand beside a CNAME (RFC 2181 §10.1, RFC 4034 §2.5 and §3, RFC 3007 §3.1). */
export function mayStandBesideCname(type: number): boolean {
  return type === TYPE.CNAME || type === TYPE.RRSIG || type === TYPE.NSEC || type === TYPE.KEY
}

/** Made once and reused: a zone has as many owners as RRs, more or less. */
export class OwnerTally {
  readonly #types: number[] = []
  readonly #counts: number[] = []
  readonly #octets: number[] = []
  #length = 0

  reset(): void {
    this.#length = 0
  }

  /** Counts an RR of the type that takes so many octets as stored. RRSIGs are counted by `addSignature`. */
  add(type: number, octets: number): void {
    const slot = this.#slot(type)
    this.#counts[slot]!++
    this.#octets[slot]! += octets
  }

  /** Adds the octets of an RRSIG to the RRset it covers. */
  addSignature(covered: number, octets: number): void {
    const slot = this.#slot(covered)
    this.#octets[slot]! += octets
  }

  has(type: number): boolean {
    for (let i = 0; i < this.#length; i++) if (this.#types[i] === type) return this.#counts[i]! > 0
    return false
  }

  /** True when nothing here can break a rule: the case of almost every owner. */
  get isPlain(): boolean {
    for (let i = 0; i < this.#length; i++) {
      const type = this.#types[i]!
      if (type === TYPE.CNAME || type === TYPE.DNAME || type === TYPE.NS) return false
      if (this.#octets[i]! > maxRRsetOctets || this.#counts[i]! > largeRRsetValues) return false
    }
    return true
  }

  /** The types that have RRs, RRSIG not among them. */
  types(): number[] {
    return this.#types.slice(0, this.#length).filter((_, i) => this.#counts[i]! > 0)
  }

  /** What the owner may not have. The SOA at the apex is not counted and stands beside all else there. */
  violations(owner: Name, isApex: boolean): Problem[] {
    const problems: Problem[] = []
    if (this.has(TYPE.CNAME)) {
      const other = isApex ? TYPE.SOA : this.types().find((type) => !mayStandBesideCname(type))
      if (other !== undefined) problems.push(cnameBeside(owner, other))
      if (this.#countOf(TYPE.CNAME) > 1) problems.push(cnameMany(owner))
    }
    if (this.has(TYPE.DNAME)) {
      if (this.#countOf(TYPE.DNAME) > 1) problems.push(dnameMany(owner))
      if (this.has(TYPE.NS) && !isApex) problems.push(dnameBesideNs(owner))
    }
    for (let i = 0; i < this.#length; i++) {
      if (this.#octets[i]! > maxRRsetOctets) problems.push(rrsetTooLarge(owner, this.#types[i]!, this.#octets[i]!))
    }
    return problems
  }

  /** What the owner may have, though its author should know. */
  warnings(owner: Name): Problem[] {
    const problems: Problem[] = []
    for (let i = 0; i < this.#length; i++) {
      const type = this.#types[i]!
      if (this.#counts[i]! > largeRRsetValues) problems.push(largeRRset(owner, type, this.#counts[i]!))
      const isOdd = (type === TYPE.NS || type === TYPE.DNAME) && this.#counts[i]! > 0
      if (isOdd && isWildcard(owner)) problems.push(wildcardDelegation(owner, type))
    }
    return problems
  }

  #countOf(type: number): number {
    const slot = this.#types.indexOf(type)
    return slot >= 0 && slot < this.#length ? this.#counts[slot]! : 0
  }

  #slot(type: number): number {
    // RRs come sorted by type, so that the newest slot is the likely one.
    for (let i = this.#length - 1; i >= 0; i--) if (this.#types[i] === type) return i
    const slot = this.#length++
    this.#types[slot] = type
    this.#counts[slot] = 0
    this.#octets[slot] = 0
    return slot
  }
}

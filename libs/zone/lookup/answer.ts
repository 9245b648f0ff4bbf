/** What a zone answers, and the builder that collects it. */
import { equalNames, type Name, RCODE, type RR } from '@zonecast/dns'

/** A question to a zone, in class IN. */
export interface ZoneQuestion {
  readonly name: Name
  readonly type: number
  /** The DO bit (RFC 3225): signatures and proofs of denial are wanted. */
  readonly dnssecOk?: boolean
}

/**
 * The four kinds of RFC 2308 §2, and `refused` for a name that is not in the zone.
 * A chain of CNAMEs is of the kind its last name is.
 */
export type AnswerKind = 'answer' | 'nodata' | 'nxdomain' | 'referral' | 'refused'

/** The sections of a response. */
export interface Answer {
  readonly kind: AnswerKind
  readonly rcode: number
  /** True when the first owner name of the answer section, or the name asked for, is authoritative here (RFC 1035 §4.1.1). */
  readonly aa: boolean
  readonly answers: readonly RR[]
  readonly authorities: readonly RR[]
  readonly additionals: readonly RR[]
  /** This many of the first additionals are in-domain glue: a response that cannot hold them is truncated (RFC 9471 §3.1). */
  readonly requiredAdditionals: number
  /**
   * The owner name in the zone that the response comes from: that of the question, the wildcard, the DNAME or the zone cut, and the
   * apex for a name that does not exist. Whatever names a client makes up, there are no more of these than the zone has.
   */
  readonly source: Name
}

/** Collects the sections of one response. */
export class AnswerBuilder {
  readonly answers: RR[] = []
  readonly authorities: RR[] = []
  readonly additionals: RR[] = []
  requiredAdditionals = 0
  #source: Name
  #isFrom = false

  constructor(apex: Name) {
    this.#source = apex
  }

  /** Notes the source, unless an earlier link of a chain has. */
  from(owner: Name): void {
    if (!this.#isFrom) this.#source = owner
    this.#isFrom = true
  }

  answer(rrs: readonly RR[]): void {
    for (const rr of rrs) this.answers.push(rr)
  }

  /** Adds RRs to the authority section unless an RRset of that owner and type stands there: one NSEC may prove two things. */
  authority(rrs: readonly RR[]): void {
    const first = rrs[0]
    if (first === undefined) return
    if (this.authorities.some((rr) => rr.type === first.type && equalNames(rr.owner, first.owner))) return
    for (const rr of rrs) this.authorities.push(rr)
  }

  /** Adds RRs to the additional section unless the RRset is there or in the answer section already. */
  additional(rrs: readonly RR[], required = false): void {
    const first = rrs[0]
    if (first === undefined) return
    const same = (rr: RR): boolean => rr.type === first.type && equalNames(rr.owner, first.owner)
    if (this.additionals.some(same) || this.answers.some(same)) return
    for (const rr of rrs) this.additionals.push(rr)
    if (required) this.requiredAdditionals = this.additionals.length
  }

  /** True when the answer section has RRs of the owner and type: a chain has come by here before. */
  hasAnswer(owner: Name, type: number): boolean {
    return this.answers.some((rr) => rr.type === type && equalNames(rr.owner, owner))
  }

  finish(kind: AnswerKind, rcode: number = kind === 'nxdomain' ? RCODE.NXDOMAIN : RCODE.NOERROR): Answer {
    const aa = kind !== 'refused' && (kind !== 'referral' || this.answers.length > 0)
    const { answers, authorities, additionals, requiredAdditionals } = this
    return { kind, rcode, aa, answers, authorities, additionals, requiredAdditionals, source: this.#source }
  }
}

/** What a zone answers, and the builder that collects it. */
import { isRRset, type Name, ownerOf, RCODE, type RR, type StoredRRs, type StoredRRset } from '@zonecast/dns'

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

/** The sections of a response, in whatever form its RRs are. */
interface AnswerOf<Section> {
  readonly kind: AnswerKind
  readonly rcode: number
  /** True when the first owner name of the answer section, or the name asked for, is authoritative here (RFC 1035 §4.1.1). */
  readonly aa: boolean
  readonly answers: Section
  readonly authorities: Section
  readonly additionals: Section
  /** This many of the first additionals are in-domain glue: a response that cannot hold them is truncated (RFC 9471 §3.1). */
  readonly requiredAdditionals: number
  /**
   * The owner name in the zone that the response comes from: that of the question, the wildcard, the DNAME or the zone cut, and the
   * apex for a name that does not exist. Whatever names a client makes up, there are no more of these than the zone has.
   */
  readonly source: Name
}

/** The RRs of a response. */
export type Answer = AnswerOf<readonly RR[]>

/** The RRsets of a response, where they stand in pages; the signatures of one stand behind it as RRsets of their own. */
export type StoredAnswer = AnswerOf<readonly StoredRRset[]>

/** Collects the sections of one response, and is the response in the end. */
export class AnswerBuilder implements StoredAnswer {
  readonly answers: StoredRRset[] = []
  readonly authorities: StoredRRset[] = []
  readonly additionals: StoredRRset[] = []
  requiredAdditionals = 0
  kind: AnswerKind = 'answer'
  rcode: number = RCODE.NOERROR
  readonly #apex: Name
  #node: StoredRRs | undefined

  constructor(apex: Name) {
    this.#apex = apex
  }

  get aa(): boolean {
    return this.kind !== 'refused' && (this.kind !== 'referral' || this.answers.length > 0)
  }

  get source(): Name {
    return this.#node === undefined ? this.#apex : ownerOf(this.#node)
  }

  /** Notes the source, unless an earlier link of a chain has. */
  from(node: StoredRRs): void {
    this.#node ??= node
  }

  answer(rrset: StoredRRset, signatures?: StoredRRset): void {
    this.answers.push(rrset)
    if (signatures !== undefined) this.answers.push(signatures)
  }

  /** Adds to the authority section unless an RRset of that owner and type stands there: one NSEC may prove two things. */
  authority(rrset: StoredRRset, signatures?: StoredRRset): void {
    if (holds(this.authorities, rrset)) return
    this.authorities.push(rrset)
    if (signatures !== undefined) this.authorities.push(signatures)
  }

  /** Adds to the additional section unless the RRset is there or in the answer section already. */
  additional(rrset: StoredRRset, signatures: StoredRRset | undefined, required: boolean): void {
    if (holds(this.additionals, rrset) || holds(this.answers, rrset)) return
    this.additionals.push(rrset)
    if (signatures !== undefined) this.additionals.push(signatures)
    if (required) this.requiredAdditionals = this.additionals.length
  }

  /** True when the answer section has the RRset: a chain has come by here before. */
  hasAnswer(owner: Name, type: number): boolean {
    return this.answers.some((rrset) => isRRset(rrset, type, owner))
  }

  finish(kind: AnswerKind, rcode: number = kind === 'nxdomain' ? RCODE.NXDOMAIN : RCODE.NOERROR): StoredAnswer {
    this.kind = kind
    this.rcode = rcode
    return this
  }
}

function holds(section: readonly StoredRRset[], rrset: StoredRRset): boolean {
  if (section.length === 0) return false
  const owner = ownerOf(rrset)
  return section.some((other) => isRRset(other, rrset.type, owner))
}

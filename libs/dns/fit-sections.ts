/** Which RRsets go into a message of limited length (RFC 2181 §9, RFC 9471). */
import type { MessageWriter } from './message-writer.ts'
import { isAtOrBelow } from './name.ts'
import type { RR } from './rr.ts'
import { TYPE } from './types.ts'

/** The RRsets of the three sections, in whatever form they are held. */
export interface SectionsOf<RRset> {
  readonly answers: readonly RRset[]
  readonly authorities: readonly RRset[]
  readonly additionals: readonly RRset[]
}

/** What is to be known of that form. */
export interface RRsetForm<RRset> {
  /** Writes the RRs until one does not fit; true when all did. */
  readonly write: (writer: MessageWriter, rrset: RRset) => boolean
  readonly countOf: (rrset: RRset) => number
  /** Owner name and type. */
  readonly headOf: (rrset: RRset) => Pick<RR, 'owner' | 'type'>
}

/** How many RRs each section has got. */
export interface Fitted {
  readonly answers: number
  readonly authorities: number
  readonly additionals: number
  /** True when an RRset of the answer or authority section, or required glue, was left out. */
  readonly truncated: boolean
  /** True when nothing was. */
  readonly whole: boolean
}

/**
 * Writes whole RRsets as long as they fit: of the additional section those that do, and of the others up to the first that does not,
 * which ends the message. Glue that a referral needs comes before what it can do without, where there is no room for all.
 */
export function fitSections<RRset>(writer: MessageWriter, sections: SectionsOf<RRset>, form: RRsetForm<RRset>): Fitted {
  const fitter = new Fitter(writer, form)
  const answers = fitter.inOrder(sections.answers)
  const authorities = fitter.isCut ? 0 : fitter.inOrder(sections.authorities)
  if (fitter.isCut) return { answers, authorities, additionals: 0, truncated: true, whole: false }
  const start = writer.at
  const all = fitter.whatFits(sections.additionals)
  if (!fitter.isCut) return { answers, authorities, additionals: all, truncated: false, whole: true }
  const isRequired = requiredGlue(sections, form)
  if (isRequired === undefined) return { answers, authorities, additionals: all, truncated: false, whole: false }
  writer.at = start
  fitter.isCut = false
  const glue = fitter.whatFits(sections.additionals.filter(isRequired))
  const truncated = fitter.isCut
  const additionals = glue + fitter.whatFits(sections.additionals.filter((rrset) => !isRequired(rrset)))
  return { answers, authorities, additionals, truncated, whole: false }
}

class Fitter<RRset> {
  readonly #writer: MessageWriter
  readonly #form: RRsetForm<RRset>
  /** True when something did not fit. */
  isCut = false

  constructor(writer: MessageWriter, form: RRsetForm<RRset>) {
    this.#writer = writer
    this.#form = form
  }

  /** Writes RRsets until one does not fit; returns how many RRs there are. */
  inOrder(rrsets: readonly RRset[]): number {
    let count = 0
    for (let i = 0; i < rrsets.length && !this.isCut; i++) count += this.#put(rrsets[i]!)
    return count
  }

  /** Writes the RRsets that fit; returns how many RRs they have. */
  whatFits(rrsets: readonly RRset[]): number {
    let count = 0
    for (let i = 0; i < rrsets.length; i++) count += this.#put(rrsets[i]!)
    return count
  }

  #put(rrset: RRset): number {
    const before = this.#writer.at
    if (this.#form.write(this.#writer, rrset)) return this.#form.countOf(rrset)
    this.#writer.at = before
    this.isCut = true
    return 0
  }
}

/** Tells addresses of name servers inside the zone that a referral points to: without them it leads nowhere (RFC 9471 §3.1). */
function requiredGlue<RRset>(
  { answers, authorities, additionals }: SectionsOf<RRset>,
  { headOf }: RRsetForm<RRset>,
): ((rrset: RRset) => boolean) | undefined {
  const cut = authorities.map(headOf).find(({ type }) => type === TYPE.NS)?.owner
  const endsInAlias = answers.length === 0 || answers.some((rrset) => headOf(rrset).type === TYPE.CNAME)
  if (cut === undefined || !endsInAlias) return undefined
  const isRequired = (rrset: RRset): boolean => {
    const { owner, type } = headOf(rrset)
    return (type === TYPE.A || type === TYPE.AAAA) && isAtOrBelow(owner, cut)
  }
  return additionals.some(isRequired) ? isRequired : undefined
}

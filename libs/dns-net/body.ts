/** The part of a response that zone and question alone decide. */
import { encodeSections, equalNames, parentOf, TYPE, type EncodedSections, type Name, type Question } from '@zonecast/dns'
import { sha1 } from '@zonecast/runtime'
import { lookupStored, type AnswerKind, type ZoneView } from '@zonecast/zone'

/**
 * What stands between the question and OPT, with what the header says of it. It depends on nothing but the arguments of `renderBody`,
 * so that it can be kept and put behind the next question of the same name, type, class and DO bit, whatever its case and id.
 */
export interface Body {
  readonly kind: AnswerKind
  readonly rcode: number
  readonly aa: boolean
  readonly sections: EncodedSections
  /** The owner name in the zone that it comes from (see `Answer`). */
  readonly source: Name
}

/**
 * Looks the question up in one version of a zone and writes the sections. The name is in lower case. `maxBytes` is room for header,
 * question and sections: what does not fit is left out by the rules of `encodeSections`. The octets are good until the next body is
 * rendered.
 */
export function renderBody(view: ZoneView, { name, type }: Question, dnssecOk: boolean, maxBytes: number): Body {
  const answer = lookupStored(view, { name, type, dnssecOk }, ports)
  const { kind, rcode, aa } = answer
  return new RenderedBody(kind, rcode, aa, encodeSections(name, answer, maxBytes), answer)
}

const ports = { sha1 }

/** Few ask where an answer comes from. */
class RenderedBody implements Body {
  readonly kind: AnswerKind
  readonly rcode: number
  readonly aa: boolean
  readonly sections: EncodedSections
  readonly #answer: Pick<Body, 'source'>

  constructor(kind: AnswerKind, rcode: number, aa: boolean, sections: EncodedSections, answer: Pick<Body, 'source'>) {
    this.kind = kind
    this.rcode = rcode
    this.aa = aa
    this.sections = sections
    this.#answer = answer
  }

  get source(): Name {
    return this.#answer.source
  }
}

/** The zone that answers: for DS at an apex the parent's (RFC 4035 §3.1.4.1), where that is ours too. */
export function zoneFor({ name, type }: Question, enclosing: (name: Name) => ZoneView | undefined): ZoneView | undefined {
  const view = enclosing(name)
  if (type !== TYPE.DS || view === undefined || !equalNames(view.apex, name)) return view
  const parent = parentOf(name)
  return (parent && enclosing(parent)) ?? view
}

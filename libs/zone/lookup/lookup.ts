/** What a version of a zone answers to a question (RFC 1034 §4.3.2). */
import { isAtOrBelow, type Name, RCODE, type RR, TYPE } from '@zonecast/dns'
import type { ZoneView } from '../view.ts'
import { addTargets } from './additional.ts'
import { aliasOf, substitute } from './alias.ts'
import { type Answer, AnswerBuilder, type ZoneQuestion } from './answer.ts'
import { type LookupContext, type LookupPorts, withSignatures } from './context.ts'
import { addNegativeSoa, type Denial, denialFor } from './denial.ts'
import { locate, type Place } from './locate.ts'
import { type Node, nodeAt, signaturesOf, typeIn } from './node.ts'
import { refer } from './referral.ts'
import { sourceOfSynthesis } from './wildcard.ts'
import { factsOf } from './zone-facts.ts'

/** A chain of CNAMEs and DNAMEs is followed so far inside the zone; what was found is answered, and the client goes on. */
const maxLinks = 16

/**
 * Answers a question from one zone: exact matches, wildcards (RFC 4592), CNAME and DNAME chains inside the zone (RFC 6672),
 * referrals with glue, and negative answers (RFC 2308); with `dnssecOk` the stored signatures and proofs (RFC 4035 §3.1,
 * RFC 5155 §7.2). ANY is answered with one RRset (RFC 8482 §4.1).
 */
export function lookup(view: ZoneView, question: ZoneQuestion, ports: LookupPorts = {}): Answer {
  const out = new AnswerBuilder(view.apex)
  if (!isAtOrBelow(question.name, view.apex)) return out.finish('refused', RCODE.REFUSED)
  const context: LookupContext = {
    view,
    facts: factsOf(view),
    type: question.type,
    dnssecOk: question.dnssecOk === true,
    out,
    ...ports,
  }
  const denial = denialFor(context)
  let name = question.name
  for (let links = 0; links <= maxLinks; links++) {
    const next = step(context, denial, name)
    if ('kind' in next) return next
    // A chain may leave the zone, where others answer, or come back to a name it has passed: either way it is all we know.
    if (!isAtOrBelow(next.alias, view.apex) || out.hasAnswer(next.alias, TYPE.CNAME)) break
    name = next.alias
  }
  return out.finish('answer')
}

/** One name of the chain: the finished answer, or the name it is an alias of. */
type Step = Answer | { readonly alias: Name }

function step(context: LookupContext, denial: Denial, name: Name): Step {
  const place = locate(context.view, name, isParentSide(context))
  if (place.kind !== 'missing') context.out.from(place.node.owner)
  switch (place.kind) {
    case 'cut':
      return refer(context, denial, place.node)
    case 'dname':
      return substitute(context, place.node, name)
    case 'node':
      return answerFrom(context, place.node) ?? noData(context, () => denial.noData(name))
    case 'missing':
      return fromWildcard(context, denial, name, place)
  }
}

/** DS and, where there are any, NSEC at a cut are the parent's own data (RFC 4035 §2.3 and §3.1.4.1). */
function isParentSide({ type, facts }: LookupContext): boolean {
  return type === TYPE.DS || (type === TYPE.NSEC && facts.denial === 'nsec')
}

/** The answer the RRs of a node give, if any; `owner` is the name a wildcard stands for. */
function answerFrom(context: LookupContext, node: Node, owner?: Name): Step | undefined {
  const { out } = context
  const rrset = answerRRs(context, node, owner)
  if (rrset.length > 0) {
    out.answer(rrset)
    addTargets(context, rrset)
    return out.finish('answer')
  }
  // These two stand beside a CNAME (RFC 4034 §3, §4) and are asked of the alias itself.
  if (context.type === TYPE.NSEC || context.type === TYPE.RRSIG) return undefined
  return aliasOf(context, node, owner)
}

function answerRRs(context: LookupContext, node: Node, owner: Name | undefined): RR[] {
  const { view, facts, dnssecOk } = context
  const type = context.type === TYPE.ANY ? anyType(context, node) : context.type
  if (type !== TYPE.SOA || node !== facts.apex) return withSignatures(context, node, type, owner)
  return dnssecOk ? [view.soa, ...signaturesOf(node, TYPE.SOA)] : [view.soa]
}

/** The one RRset that stands for all (RFC 8482 §4.1): the first that is more than DNSSEC's own bookkeeping. */
function anyType({ facts }: LookupContext, node: Node): number {
  let fallback: number = node === facts.apex ? TYPE.SOA : TYPE.ANY
  for (let i = 0; i < node.rrs.length; i++) {
    const type = typeIn(node, i)
    if (type !== TYPE.RRSIG && type !== TYPE.NSEC) return type
    if (fallback === TYPE.ANY) fallback = type
  }
  return fallback
}

function fromWildcard(
  context: LookupContext,
  denial: Denial,
  name: Name,
  { encloser, nextCloser }: Extract<Place, { kind: 'missing' }>,
): Step {
  const wildcard = nodeAt(context.view.pages, sourceOfSynthesis(encloser))
  if (wildcard === undefined) {
    addNegativeSoa(context)
    denial.noName(name, encloser, nextCloser)
    return context.out.finish('nxdomain')
  }
  context.out.from(wildcard.owner)
  const found = answerFrom(context, wildcard, name)
  if (found === undefined) return noData(context, () => denial.noWildcardData(name, encloser, nextCloser))
  denial.expansion(name, nextCloser)
  return found
}

function noData(context: LookupContext, prove: () => void): Answer {
  addNegativeSoa(context)
  prove()
  return context.out.finish('nodata')
}

/** What a version of a zone answers to a question (RFC 1034 §4.3.2). */
import { countOf, isAtOrBelow, type Name, RCODE, rrsIn, type StoredRRset, TYPE } from '@zonecast/dns'
import type { ZoneView } from '../view.ts'
import { addTargets } from './additional.ts'
import { aliasOf, substitute } from './alias.ts'
import { type Answer, AnswerBuilder, type StoredAnswer, type ZoneQuestion } from './answer.ts'
import { type LookupContext, type LookupPorts, signaturesFor } from './context.ts'
import { addNegativeSoa, type Denial, denialFor } from './denial.ts'
import { locate, type Place } from './locate.ts'
import { coveredTypes, type Node, rrsetOf, signaturesOf, typesOf } from './node.ts'
import { refer } from './referral.ts'
import { wildcardBelow } from './wildcard.ts'
import { factsOf } from './zone-facts.ts'

/** A chain of CNAMEs and DNAMEs is followed so far inside the zone; what was found is answered, and the client goes on. */
const maxLinks = 16

/** The answer of `lookupStored`, its RRs as objects. */
export function lookup(view: ZoneView, question: ZoneQuestion, ports: LookupPorts = {}): Answer {
  const { kind, rcode, aa, answers, authorities, additionals, requiredAdditionals, source } = lookupStored(view, question, ports)
  return {
    kind,
    rcode,
    aa,
    answers: answers.flatMap(rrsIn),
    authorities: authorities.flatMap(rrsIn),
    additionals: additionals.flatMap(rrsIn),
    requiredAdditionals: additionals.slice(0, requiredAdditionals).reduce((sum, rrset) => sum + countOf(rrset), 0),
    source,
  }
}

/**
 * Answers a question from one zone: exact matches, wildcards (RFC 4592), CNAME and DNAME chains inside the zone (RFC 6672),
 * referrals with glue, and negative answers (RFC 2308); with `dnssecOk` the stored signatures and proofs (RFC 4035 §3.1,
 * RFC 5155 §7.2). ANY is answered with one RRset (RFC 8482 §4.1).
 */
export function lookupStored(view: ZoneView, question: ZoneQuestion, { sha1 }: LookupPorts = {}): StoredAnswer {
  const out = new AnswerBuilder(view.apex)
  if (!isAtOrBelow(question.name, view.apex)) return out.finish('refused', RCODE.REFUSED)
  const { type, dnssecOk = false } = question
  const context: LookupContext = { view, facts: factsOf(view), type, dnssecOk, out, sha1 }
  const denial = denialFor(context)
  let name = question.name
  for (let links = 0; links <= maxLinks; links++) {
    const next = step(context, denial, name)
    if (next === out) return out
    const { alias } = next as Link
    // A chain may leave the zone, where others answer, or come back to a name it has passed: either way it is all we know.
    if (!isAtOrBelow(alias, view.apex) || out.hasAnswer(alias, TYPE.CNAME)) break
    name = alias
  }
  return out.finish('answer')
}

/** One link of a chain: the name that another is an alias of. */
interface Link {
  readonly alias: Name
}

/** One name of the chain: the finished answer, or where it leads. */
type Step = StoredAnswer | Link

function step(context: LookupContext, denial: Denial, name: Name): Step {
  const place = locate(context, name, isParentSide(context))
  if (place.kind !== 'missing') context.out.from(place.node)
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
  const type = context.type === TYPE.ANY ? anyType(context, node) : context.type
  // These two stand beside a CNAME (RFC 4034 §3, §4) and are asked of the alias itself.
  if (type === TYPE.RRSIG) return answerSignatures(context, node, owner)
  const rrset = rrsetFor(context, node, type, owner)
  if (rrset === undefined) return context.type === TYPE.NSEC ? undefined : aliasOf(context, node, owner)
  context.out.answer(rrset, signaturesFor(context, node, type, owner))
  addTargets(context, rrset)
  return context.out.finish('answer')
}

function rrsetFor({ facts }: LookupContext, node: Node, type: number, owner: Name | undefined): StoredRRset | undefined {
  return type === TYPE.SOA && node === facts.apex ? facts.soa : rrsetOf(node, type, owner && { owner })
}

/** Signatures are as many RRsets as they cover types (RFC 4034 §3). */
function answerSignatures({ out }: LookupContext, node: Node, owner: Name | undefined): Step | undefined {
  const covered = coveredTypes(node)
  for (const type of covered) out.answer(signaturesOf(node, type, owner && { owner })!)
  return covered.length === 0 ? undefined : out.finish('answer')
}

/** The one RRset that stands for all (RFC 8482 §4.1): the first that is more than DNSSEC's own bookkeeping. */
function anyType({ facts }: LookupContext, node: Node): number {
  const types = typesOf(node)
  const plain = types.find((type) => type !== TYPE.RRSIG && type !== TYPE.NSEC)
  return plain ?? (node === facts.apex ? TYPE.SOA : (types[0] ?? TYPE.ANY))
}

function fromWildcard(
  context: LookupContext,
  denial: Denial,
  name: Name,
  { encloser, nextCloser }: Extract<Place, { kind: 'missing' }>,
): Step {
  const wildcard = wildcardBelow(context, encloser)
  if (wildcard === undefined) {
    addNegativeSoa(context)
    denial.noName(name, encloser, nextCloser)
    return context.out.finish('nxdomain')
  }
  context.out.from(wildcard)
  const found = answerFrom(context, wildcard, name)
  if (found === undefined) return noData(context, () => denial.noWildcardData(name, encloser, nextCloser))
  denial.expansion(name, nextCloser)
  return found
}

function noData(context: LookupContext, prove: () => void): StoredAnswer {
  addNegativeSoa(context)
  prove()
  return context.out.finish('nodata')
}

/** The short way from a usual query to its response: what most queries are, without what few need. */
import { CLASS, fold, headerOctets, sizeOfOPT, type Edns, type Question } from '@zonecast/dns'
import type { AnswerCache } from './answer-cache.ts'
import type { Body } from './body.ts'
import { freshBody, type BodySource } from './body-source.ts'
import { seal } from './envelope.ts'
import { readPlainQuery, type PlainQuery } from './plain-query.ts'
import type { Verdict } from './rate-limit.ts'
import { refusalOf } from './refusal.ts'
import { ednsVersion } from './reply-edns.ts'
import type { DnsClient, Response } from './responder.ts'
import { responseLimit } from './room.ts'

export interface PlainPathOptions extends BodySource {
  readonly cache: AnswerCache
  readonly maxUdpOctets: number
  /** What the rate limit says of a response to a client. */
  readonly judge: (client: DnsClient, body: Body) => Verdict
}

/** The response, or `dropped` by the rate limit; undefined where the query, or its answer, is for the careful path. */
export type PlainPath = (query: Uint8Array, client: DnsClient) => Response | 'dropped' | undefined

/**
 * Takes queries without EDNS options whose question is for a zone. They get what the careful path would give them: cookies, NSID and
 * extended errors play no part, and bodies come from the same source.
 */
export function createPlainPath(options: PlainPathOptions): PlainPath {
  const { cache, maxUdpOctets, judge } = options
  const plain: PlainQuery = { nameEnd: 0, type: 0, hasEdns: false, doBit: false, udpSize: 0 }
  const ednsOf = (doBit: boolean): Edns => ({ udpSize: maxUdpOctets, version: ednsVersion, doBit, options: [] })
  const [edns, ednsWithDo] = [ednsOf(false), ednsOf(true)]
  const optOctets = sizeOfOPT(edns)

  function bodyFor(query: Uint8Array, { transport }: DnsClient): Body | undefined {
    const { nameEnd, type, hasEdns, doBit, udpSize } = plain
    const limit = responseLimit(transport, hasEdns ? udpSize : undefined, maxUdpOctets)
    const room = limit - (hasEdns ? optOctets : 0)
    const kept = cache.find(query, headerOctets, nameEnd, type, doBit, room)
    if (kept) return kept
    const name = new Uint8Array(nameEnd - headerOctets)
    for (let i = 0; i < name.length; i++) name[i] = fold(query[headerOctets + i]!)
    const question: Question = { name, type, class: CLASS.IN }
    // The careful path says why.
    if (refusalOf({ question }, () => false)) return undefined
    return freshBody(options, question, doBit, room)
  }

  return (query, client) => {
    if (!readPlainQuery(query, plain)) return undefined
    let body: Body | undefined
    try {
      body = bodyFor(query, client)
    } catch {
      // The careful path meets the same fault, and reports it.
      return undefined
    }
    if (body === undefined) return undefined
    const verdict = judge(client, body)
    if (verdict === 'drop') return 'dropped'
    const slips = verdict === 'slip'
    const { rcode, aa } = body
    const sections = slips ? undefined : body.sections
    const opt = plain.hasEdns ? (plain.doBit ? ednsWithDo : edns) : undefined
    const bytes = seal(query, plain.nameEnd + 4 - headerOctets, { rcode, aa, tc: slips, sections, edns: opt })
    return { bytes, rcode, truncated: slips || body.sections.truncated }
  }
}

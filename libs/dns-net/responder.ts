/** From the octets of a query to the octets of its response. */
import {
  badKeyTSIG,
  CLASS,
  equalNames,
  foldName,
  formatName,
  headerOctets,
  MessageError,
  OPCODE,
  parseHeader,
  parseRequest,
  RCODE,
  sizeOfOPT,
  type Edns,
  type Name,
  type Question,
  type Request,
} from '@zonecast/dns'
import type { ZoneView } from '@zonecast/zone'
import type { AnswerCache } from './answer-cache.ts'
import type { Body } from './body.ts'
import { freshBody } from './body-source.ts'
import { answerChaos, type Identity } from './chaos.ts'
import { addressOctets } from './client-address.ts'
import type { CheckedCookie, CookieOptions } from './cookies.ts'
import { questionOctets, seal, type Envelope } from './envelope.ts'
import { createPlainPath } from './plain-path.ts'
import { RateLimiter, type LimitedKind, type RateLimitOptions, type Verdict } from './rate-limit.ts'
import { refusalOf, refusalOfOpcode } from './refusal.ts'
import { cookieOf, EXTENDED_ERROR, replyEdns } from './reply-edns.ts'
import { responseLimit } from './room.ts'

export type Transport = 'udp' | 'tcp'

/** Who asks, and how. */
export interface DnsClient {
  readonly transport: Transport
  /** The client's IP address as text, without a port. */
  readonly address: string
}

export interface ResponderOptions {
  /** The zone with the longest apex at or above a name, one consistent version. */
  readonly enclosing: (name: Name) => ZoneView | undefined
  /** False while zones are still missing that will come: a name in none of them is then "not ready". */
  readonly isReady?: () => boolean
  /** Keeps bodies over queries; without it each is rendered. */
  readonly cache?: AnswerCache | undefined
  /** Octets of a UDP response, whatever the client takes (DNS Flag Day 2020). */
  readonly maxUdpOctets?: number
  /** What clients that ask are told of the server; nothing by default. */
  readonly identity?: Identity
  /** Without it cookies are ignored. */
  readonly cookies?: CookieOptions | undefined
  /** Without it responses are not limited. */
  readonly rateLimit?: RateLimitOptions | undefined
  readonly onLimited?: (verdict: Exclude<Verdict, 'send'>) => void
  /** Told to TCP clients that ask how long they may be idle (RFC 7828). */
  readonly keepAliveMilliseconds?: number
  /** Unix milliseconds, for cookies and limits. */
  readonly now?: () => number
}

/** A response and what it was, for metrics. */
export interface Response {
  readonly bytes: Uint8Array
  readonly rcode: number
  readonly truncated: boolean
  /** Why it is SERVFAIL, for the log. */
  readonly fault?: unknown
}

/** Answers one query; undefined where nothing is to be sent: to responses, to what has no whole header, and over a limit. */
export type Responder = (query: Uint8Array, client: DnsClient) => Response | undefined

/** What a request gets, before it is put into octets. */
interface Reply extends Omit<Envelope, 'edns'> {
  readonly kind: LimitedKind
  readonly source?: Name
  readonly extendedError?: number | undefined
  readonly fault?: unknown
}

const defaultUdpOctets = 1232

export function createResponder(options: ResponderOptions): Responder {
  const { maxUdpOctets = defaultUdpOctets, identity = {}, cookies, now = Date.now, cache } = options
  const limiter = options.rateLimit && new RateLimiter(options.rateLimit)

  const takePlain = cache && createPlainPath({ enclosing: options.enclosing, cache, maxUdpOctets, judge: judgeNow })

  return (bytes, client) => {
    const taken = takePlain?.(bytes, client)
    if (taken) return taken === 'dropped' ? undefined : taken
    if (bytes.length < headerOctets || bytes[2]! >= 0x80) return undefined
    const { opcode } = parseHeader(bytes)
    const request = readRequest(bytes)
    if (opcode !== OPCODE.QUERY) return respondToOpcode(bytes, opcode, request?.edns, client)
    return request ? respond(bytes, request, client) : limitedEmpty(bytes, client, RCODE.FORMERR)
  }

  /** The sections of other opcodes mean something else: no more than OPT is taken from them, if that can be found (RFC 8906 §8.1.4). */
  function respondToOpcode(bytes: Uint8Array, opcode: number, theirs: Edns | undefined, client: DnsClient): Response | undefined {
    const rcode = refusalOfOpcode(opcode, theirs)
    if (theirs === undefined) return limitedEmpty(bytes, client, rcode)
    const cookie = cookieOf(theirs, client.address, now() / 1000, cookies)
    if (cookie === 'malformed') return limitedEmpty(bytes, client, RCODE.FORMERR, ourEdns(theirs, client, undefined, undefined))
    return limitedEmpty(bytes, client, rcode, ourEdns(theirs, client, cookie, undefined))
  }

  function respond(bytes: Uint8Array, request: Request, client: DnsClient): Response | undefined {
    const seconds = now() / 1000
    const cookie = cookieOf(request.edns, client.address, seconds, cookies)
    const checked = cookie === 'malformed' ? undefined : cookie
    const reply = cookie === 'malformed' && !request.tsig ? failure(RCODE.FORMERR) : replyTo(request, client, checked)
    const tsig = request.tsig && badKeyTSIG(request.tsig)
    const verdict = checked?.state === 'good' ? 'send' : judge(client, reply, seconds)
    if (verdict === 'drop') return undefined
    const { fault, extendedError, ...envelope } = verdict === 'slip' ? { ...reply, sections: undefined, tc: true } : reply
    const edns = request.edns && ourEdns(request.edns, client, checked, extendedError)
    const { rcode, tc = false, sections } = envelope
    const truncated = tc || sections?.truncated === true
    return {
      bytes: seal(bytes, questionOctets(request), { ...envelope, edns, tsig }),
      rcode,
      truncated,
      ...(fault !== undefined && { fault }),
    }
  }

  function replyTo(request: Request, client: DnsClient, cookie: CheckedCookie | undefined): Reply {
    const refusal = refusalOf(request, isApex)
    if (refusal) return failure(refusal.rcode, refusal.extendedError)
    const { question, edns } = request
    // Without a question only a cookie can be meant (RFC 7873 §5.4).
    if (question === undefined) return failure(cookie ? RCODE.NOERROR : RCODE.FORMERR)
    if (cookies?.required && client.transport === 'udp' && cookie !== undefined && cookie.state !== 'good')
      return failure(RCODE.BADCOOKIE)
    if (question.class === CLASS.CH) {
      const sections = answerChaos(question, identity)
      return sections
        ? { kind: 'answer', rcode: RCODE.NOERROR, aa: true, sections }
        : failure(RCODE.REFUSED, EXTENDED_ERROR.PROHIBITED)
    }
    try {
      return answer({ ...question, name: foldName(question.name) }, edns, roomFor(edns, client, cookie))
    } catch (error) {
      return { ...failure(RCODE.SERVFAIL, EXTENDED_ERROR.OTHER), fault: error }
    }
  }

  function isApex(name: Name): boolean {
    const view = options.enclosing(name)
    return view !== undefined && equalNames(view.apex, name)
  }

  function answer(question: Question, edns: Edns | undefined, maxBytes: number): Reply {
    const doBit = edns?.doBit === true
    const { name, type } = question
    const kept = question.class === CLASS.IN && cache?.find(name, 0, name.length, type, doBit, maxBytes)
    if (kept) return kept
    const body = freshBody(options, question, doBit, maxBytes)
    if (body) return body
    const isReady = options.isReady?.() ?? true
    return failure(RCODE.REFUSED, isReady ? EXTENDED_ERROR.NOT_AUTHORITATIVE : EXTENDED_ERROR.NOT_READY)
  }

  /** Octets for header, question and sections. */
  function roomFor(edns: Edns | undefined, client: DnsClient, cookie: CheckedCookie | undefined): number {
    const ours = edns && ourEdns(edns, client, cookie, undefined)
    return responseLimit(client.transport, edns?.udpSize, maxUdpOctets) - (ours ? sizeOfOPT(ours) : 0)
  }

  function ourEdns(theirs: Edns, client: DnsClient, cookie: CheckedCookie | undefined, extendedError: number | undefined): Edns {
    const keepAliveMilliseconds = client.transport === 'tcp' ? options.keepAliveMilliseconds : undefined
    return replyEdns(theirs, { udpSize: maxUdpOctets, nsid: identity.name, cookie, keepAliveMilliseconds, extendedError })
  }

  function judgeNow(client: DnsClient, body: Body): Verdict {
    return limiter === undefined ? 'send' : judge(client, body, now() / 1000)
  }

  function judge({ transport, address }: DnsClient, { kind, source }: Pick<Reply, 'kind' | 'source'>, seconds: number): Verdict {
    if (limiter === undefined || transport === 'tcp') return 'send'
    const verdict = limiter.judge(addressOctets(address), kind, source ? formatName(source) : '', seconds)
    if (verdict !== 'send') options.onLimited?.(verdict)
    return verdict
  }

  /** A response without question and sections. */
  function limitedEmpty(bytes: Uint8Array, client: DnsClient, rcode: number, edns?: Edns): Response | undefined {
    const verdict = judge(client, { kind: 'error' }, now() / 1000)
    return verdict === 'drop' ? undefined : { bytes: seal(bytes, 0, { rcode, edns }), rcode, truncated: false }
  }
}

/** Undefined for what cannot be read. */
function readRequest(bytes: Uint8Array): Request | undefined {
  try {
    return parseRequest(bytes)
  } catch (error) {
    if (error instanceof MessageError) return undefined
    throw error
  }
}

function failure(rcode: number, extendedError?: number): Reply {
  return { kind: 'error', rcode, extendedError }
}

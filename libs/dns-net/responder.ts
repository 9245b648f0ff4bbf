/** From the octets of a query to the octets of its response. */
import {
  CLASS,
  EDNS_OPTION,
  encodeMessage,
  equalNames,
  MessageError,
  OPCODE,
  parentOf,
  parseQuery,
  RCODE,
  TYPE,
  type Edns,
  type Message,
  type MessageHeader,
  type Name,
  type Query,
} from '@zonecast/dns'
import { sha1 } from '@zonecast/runtime'
import { lookup, type Answer, type ZoneView } from '@zonecast/zone'

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
  /** Octets of a UDP response, whatever the client takes (DNS Flag Day 2020). */
  readonly maxUdpOctets?: number
  /** Told to clients that ask (RFC 5001). */
  readonly nsid?: Uint8Array | undefined
}

/** A response and what it was, for metrics. */
export interface Response {
  readonly bytes: Uint8Array
  readonly rcode: number
  readonly truncated: boolean
  /** Why it is SERVFAIL, for the log. */
  readonly fault?: unknown
}

/** Answers one query; undefined where nothing is to be sent: to responses, and to what has no whole header. */
export type Responder = (query: Uint8Array, client: DnsClient) => Response | undefined

/** RFC 1035 §4.2.1. */
const plainUdpOctets = 512
const defaultUdpOctets = 1232
const ednsVersion = 0

export function createResponder({ enclosing, maxUdpOctets = defaultUdpOctets, nsid }: ResponderOptions): Responder {
  const answerTo = (query: Query): Answer | undefined => {
    const { name, type } = query.question
    const view = zoneFor(name, type)
    return view && lookup(view, { name, type, dnssecOk: query.edns?.doBit === true }, { sha1 })
  }

  /** DS stands at the parent side of a cut (RFC 4035 §3.1.4.1), where the parent is ours too. */
  function zoneFor(name: Name, type: number): ZoneView | undefined {
    const view = enclosing(name)
    if (type !== TYPE.DS || view === undefined || !equalNames(view.apex, name)) return view
    const parent = parentOf(name)
    return (parent && enclosing(parent)) ?? view
  }

  function respond(query: Query, transport: Transport): Response {
    const edns = query.edns && ourEdns(query.edns)
    const limit = transport === 'tcp' ? 65_535 : udpLimit(query.edns, maxUdpOctets)
    const refusal = refusalOf(query)
    const answer = refusal === undefined ? answerTo(query) : undefined
    const rcode = refusal ?? answer?.rcode ?? RCODE.REFUSED
    const message: Message = {
      ...replyHeader(query, rcode),
      aa: answer?.aa ?? false,
      questions: [query.question],
      answers: answer?.answers ?? [],
      authorities: answer?.authorities ?? [],
      additionals: answer?.additionals ?? [],
      ...(edns && { edns }),
    }
    return { ...encodeMessage(message, { maxBytes: limit }), rcode }
  }

  function ourEdns(theirs: Edns): Edns {
    const asksNsid = nsid !== undefined && theirs.options.some(({ code }) => code === EDNS_OPTION.NSID)
    const options = asksNsid ? [{ code: EDNS_OPTION.NSID, data: nsid }] : []
    return { udpSize: maxUdpOctets, version: ednsVersion, doBit: theirs.doBit, options }
  }

  return (bytes, { transport }) => {
    let query: Query
    try {
      query = parseQuery(bytes)
    } catch (error) {
      if (error instanceof MessageError) return refuseUnread(error.header)
      throw error
    }
    if (query.qr) return undefined
    try {
      return respond(query, transport)
    } catch (error) {
      return { ...withoutAnswer(query, RCODE.SERVFAIL), fault: error }
    }
  }
}

/** Why a query that could be read gets no answer. */
function refusalOf({ opcode, question, edns }: Query): number | undefined {
  if (opcode !== OPCODE.QUERY) return RCODE.NOTIMP
  if (edns && edns.version > ednsVersion) return RCODE.BADVERS
  if (question.class !== CLASS.IN && question.class !== CLASS.ANY) return RCODE.REFUSED
  if (question.type === TYPE.AXFR || question.type === TYPE.IXFR) return RCODE.REFUSED
  if (question.type === TYPE.OPT) return RCODE.FORMERR
  return undefined
}

/** FORMERR, or NOTIMP where the opcode says that the rest need not look like a query. */
function refuseUnread(header: MessageHeader | undefined): Response | undefined {
  if (header === undefined || header.qr) return undefined
  return withoutAnswer(header, header.opcode === OPCODE.QUERY ? RCODE.FORMERR : RCODE.NOTIMP)
}

function withoutAnswer(header: MessageHeader, rcode: number): Response {
  const message = { ...replyHeader(header, rcode), questions: [], answers: [], authorities: [], additionals: [] }
  return { ...encodeMessage(message), rcode }
}

function replyHeader({ id, opcode, rd, cd }: MessageHeader, rcode: number): MessageHeader {
  return { id, qr: true, opcode, aa: false, tc: false, rd, ra: false, ad: false, cd, rcode }
}

function udpLimit(edns: Edns | undefined, most: number): number {
  if (edns === undefined) return plainUdpOctets
  // Values under 512 are taken as 512 (RFC 6891 §6.2.3).
  return Math.min(Math.max(edns.udpSize, plainUdpOctets), most)
}

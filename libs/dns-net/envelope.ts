/** What stands around the body of a response: header, question as it was asked, and OPT. */
import { headerOctets, putOctets, putOPT, putU16, sizeOfOPT, type Edns, type EncodedSections, type Request } from '@zonecast/dns'

export interface Envelope {
  /** Twelve bits; those above 15 need EDNS. */
  readonly rcode: number
  readonly aa?: boolean
  readonly tc?: boolean
  readonly sections?: EncodedSections | undefined
  /** Absent where the client did not speak EDNS. */
  readonly edns?: Edns | undefined
  /** A TSIG RR, which stands last (RFC 8945 §5.1). */
  readonly tsig?: Uint8Array | undefined
}

/** Octets of the question section of a request, which has one question or none. */
export function questionOctets({ question }: Pick<Request, 'question'>): number {
  return question === undefined ? 0 : question.name.length + 4
}

/**
 * The response to a request whose question section has so many octets: id, RD, CD and question are copied octet by octet, so that the
 * case of the name survives.
 */
export function seal(query: Uint8Array, asked: number, envelope: Envelope): Uint8Array {
  const { rcode, aa, tc, sections, edns, tsig } = envelope
  const end = headerOctets + asked
  // From Node's pool: most responses are small, and memory of their own would cost as much as the rest.
  const optAt = end + (sections === undefined ? 0 : sections.end - sections.start)
  const tsigAt = optAt + (edns === undefined ? 0 : sizeOfOPT(edns))
  const bytes = Buffer.allocUnsafe(tsigAt + (tsig?.length ?? 0))
  putOctets(bytes, 0, query, 0, end)
  // Of the query's flags only RD and CD come back (RFC 1035 §4.1.1, RFC 4035 §3.1.6); QR, AA and TC are ours, the others zero.
  bytes[2] = 0x80 | (query[2]! & 0x79) | (aa ? 4 : 0) | (tc || sections?.truncated ? 2 : 0)
  bytes[3] = (query[3]! & 0x10) | (rcode & 0xf)
  putU16(bytes, 4, asked === 0 ? 0 : 1)
  putU16(bytes, 6, sections?.answers ?? 0)
  putU16(bytes, 8, sections?.authorities ?? 0)
  putU16(bytes, 10, (sections?.additionals ?? 0) + (edns === undefined ? 0 : 1) + (tsig === undefined ? 0 : 1))
  if (sections !== undefined) putOctets(bytes, end, sections.bytes, sections.start, sections.end)
  if (edns !== undefined) putOPT(bytes, optAt, edns, rcode)
  if (tsig !== undefined) bytes.set(tsig, tsigAt)
  return bytes
}

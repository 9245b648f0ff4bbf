/** Why a question that can be read gets no answer from a zone. */
import { CLASS, RCODE, TYPE, type Question, type Request } from '@zonecast/dns'
import type { DnsClient } from './responder.ts'
import { ednsVersion, EXTENDED_ERROR } from './reply-edns.ts'

export interface Refusal {
  readonly rcode: number
  readonly extendedError?: number
}

/** Undefined for a question that a zone is to answer, or CHAOS. */
export function refusalOf({ edns, question }: Request, { transport }: DnsClient): Refusal | undefined {
  if (edns && edns.version > ednsVersion) return { rcode: RCODE.BADVERS }
  return question && refusalOfQuestion(question, transport)
}

function refusalOfQuestion({ type, class: class_ }: Question, transport: DnsClient['transport']): Refusal | undefined {
  switch (type) {
    case TYPE.AXFR:
      // A zone does not travel over UDP (RFC 5936 §4.2).
      if (transport === 'udp') return { rcode: RCODE.FORMERR }
      return { rcode: RCODE.REFUSED, extendedError: EXTENDED_ERROR.PROHIBITED }
    case TYPE.IXFR:
      return { rcode: RCODE.REFUSED, extendedError: EXTENDED_ERROR.PROHIBITED }
    case TYPE.MAILA:
    case TYPE.MAILB:
      return { rcode: RCODE.NOTIMP, extendedError: EXTENDED_ERROR.NOT_SUPPORTED }
    case 0:
    case TYPE.OPT:
    case TYPE.TSIG:
    case TYPE.TKEY:
      return { rcode: RCODE.FORMERR }
  }
  if (class_ !== CLASS.IN && class_ !== CLASS.CH && class_ !== CLASS.ANY)
    return { rcode: RCODE.REFUSED, extendedError: EXTENDED_ERROR.NOT_AUTHORITATIVE }
  return undefined
}

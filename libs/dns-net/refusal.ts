/** Why a request that can be read gets no answer from a zone. */
import { CLASS, OPCODE, RCODE, TYPE, type Edns, type Name, type Question, type Request } from '@zonecast/dns'
import { ednsVersion, EXTENDED_ERROR } from './reply-edns.ts'

export interface Refusal {
  readonly rcode: number
  readonly extendedError?: number
}

/** Undefined for a question that a zone is to answer, or CHAOS. */
export function refusalOf(
  { edns, question, tsig }: Pick<Request, 'edns' | 'question' | 'tsig'>,
  isApex: (name: Name) => boolean,
): Refusal | undefined {
  // No key is known here, whichever it is (RFC 8945 §5.2.1).
  if (tsig) return { rcode: RCODE.NOTAUTH }
  if (isLater(edns)) return { rcode: RCODE.BADVERS }
  return question && refusalOfQuestion(question, isApex)
}

/** The RCODE for an opcode that is not QUERY. */
export function refusalOfOpcode(opcode: number, edns: Edns | undefined): number {
  if (isLater(edns)) return RCODE.BADVERS
  // An edge has no primaries that it would hear a NOTIFY from.
  return opcode === OPCODE.NOTIFY ? RCODE.REFUSED : RCODE.NOTIMP
}

function isLater(edns: Edns | undefined): boolean {
  return edns !== undefined && edns.version > ednsVersion
}

function refusalOfQuestion({ name, type, class: class_ }: Question, isApex: (name: Name) => boolean): Refusal | undefined {
  switch (type) {
    case TYPE.AXFR:
    case TYPE.IXFR:
      // RFC 5936 §2.2.1: NOTAUTH is for a name that is not the apex of a zone of ours.
      return isApex(name) ? { rcode: RCODE.REFUSED, extendedError: EXTENDED_ERROR.PROHIBITED } : { rcode: RCODE.NOTAUTH }
    case TYPE.MAILA:
    case TYPE.MAILB:
      return { rcode: RCODE.NOTIMP, extendedError: EXTENDED_ERROR.NOT_SUPPORTED }
    case TYPE.OPT:
    case TYPE.TSIG:
    case TYPE.TKEY:
      return { rcode: RCODE.FORMERR }
  }
  if (class_ !== CLASS.IN && class_ !== CLASS.CH && class_ !== CLASS.ANY)
    return { rcode: RCODE.REFUSED, extendedError: EXTENDED_ERROR.NOT_AUTHORITATIVE }
  return undefined
}

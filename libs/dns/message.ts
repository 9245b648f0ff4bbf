/** DNS messages as data (RFC 1035 §4.1, RFC 6891). */
import type { Edns } from './edns.ts'
import type { Name } from './name.ts'
import type { RR } from './rr.ts'
import type { Tsig } from './tsig.ts'
import { WireError } from './violation.ts'

/** Octets before the question section. */
export const headerOctets = 12

export interface Question {
  readonly name: Name
  readonly type: number
  readonly class: number
}

export interface MessageHeader {
  readonly id: number
  /** True for a response. */
  readonly qr: boolean
  readonly opcode: number
  readonly aa: boolean
  readonly tc: boolean
  readonly rd: boolean
  readonly ra: boolean
  readonly ad: boolean
  readonly cd: boolean
  /** Twelve bits, of which EDNS carries the upper eight (RFC 6891 §6.1.3). */
  readonly rcode: number
}

export interface Message extends MessageHeader {
  readonly questions: readonly Question[]
  readonly answers: readonly RR[]
  readonly authorities: readonly RR[]
  /** Without the OPT record, which is `edns`. */
  readonly additionals: readonly RR[]
  readonly edns?: Edns
}

/** What a server needs of a request: RRs it may carry besides are checked for their form and left unread. */
export interface Query extends MessageHeader {
  readonly question: Question
  readonly edns?: Edns
}

/** A request that may have no question, which with a cookie is a question of its own (RFC 7873 §5.4), and may be signed (RFC 8945). */
export type Request = Omit<Query, 'question'> & { readonly question?: Question; readonly tsig?: Tsig }

/** A message that cannot be read; with its header, where there was one, a server can answer FORMERR. */
export class MessageError extends WireError {
  readonly header: MessageHeader | undefined

  constructor(message: string, offset: number, header?: MessageHeader) {
    super(message, offset)
    this.name = 'MessageError'
    this.header = header
  }
}

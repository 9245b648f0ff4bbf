/** Reads DNS messages, strictly (RFC 1035 §4.1, RFC 6891). */
import { expandName, skipCompressedName } from './compressed-name.ts'
import { type Edns, parseOPT } from './edns.ts'
import {
  headerOctets,
  type Message,
  MessageError,
  type MessageHeader,
  type Query,
  type Question,
  type Request,
} from './message.ts'
import { scanName } from './name.ts'
import { decompressRDATA } from './rdata/decompress.ts'
import { validateRDATA } from './rdata/validate.ts'
import type { RR } from './rr.ts'
import { parseTSIG, type Tsig } from './tsig.ts'
import { CLASS, TYPE } from './types.ts'
import { WireError } from './violation.ts'
import { u16At, u32At } from './wire.ts'

const questionFixedOctets = 4
const rrFixedOctets = 10

/** The header; the RCODE is its lower four bits. Throws MessageError for fewer than 12 octets. */
export function parseHeader(bytes: Uint8Array): MessageHeader {
  if (bytes.length < headerOctets) throw new MessageError('a message has at least 12 octets (RFC 1035 §4.1.1)', bytes.length)
  const high = bytes[2]!
  const low = bytes[3]!
  return {
    id: u16At(bytes, 0),
    qr: (high & 0x80) !== 0,
    opcode: (high >>> 3) & 0xf,
    aa: (high & 4) !== 0,
    tc: (high & 2) !== 0,
    rd: (high & 1) !== 0,
    ra: (low & 0x80) !== 0,
    ad: (low & 0x20) !== 0,
    cd: (low & 0x10) !== 0,
    rcode: low & 0xf,
  }
}

/**
 * Reads a whole message of class IN: names come out uncompressed and RDATA of known types is checked. Octets after the last RR,
 * more than one OPT, and pointers that do not lead backwards are errors. Throws MessageError.
 */
export function parseMessage(bytes: Uint8Array): Message {
  const header = parseHeader(bytes)
  return withHeader(header, () => new MessageReader(plainBytes(bytes), header).message())
}

/** Reads a request: header, its one question, and EDNS. Throws MessageError as `parseMessage` does for the outer form. */
export function parseQuery(bytes: Uint8Array): Query {
  const header = parseHeader(bytes)
  return withHeader(header, () => {
    const { question, ...rest } = new MessageReader(plainBytes(bytes), header).request()
    if (question === undefined) throw new WireError('a request has one question (RFC 9619)', 4)
    return { ...rest, question }
  })
}

/** Reads a request as `parseQuery` does, or one without a question. */
export function parseRequest(bytes: Uint8Array): Request {
  const header = parseHeader(bytes)
  return withHeader(header, () => new MessageReader(plainBytes(bytes), header).request())
}

/** The octets without what a subclass makes of them: the `slice` of Node's Buffer shares memory, and names must own theirs. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

function withHeader<T>(header: MessageHeader, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof WireError) throw new MessageError(error.message.replace(/ \(at octet \d+\)$/, ''), error.offset, header)
    throw error
  }
}

class MessageReader {
  readonly #bytes: Uint8Array
  readonly #header: MessageHeader
  #at = headerOctets
  #edns: Edns | undefined
  #tsig: Tsig | undefined
  #extendedRcode = 0

  constructor(bytes: Uint8Array, header: MessageHeader) {
    this.#bytes = bytes
    this.#header = header
  }

  message(): Message {
    const bytes = this.#bytes
    const questions: Question[] = []
    for (let count = u16At(bytes, 4); count > 0; count--) questions.push(this.#question())
    const answers = this.#section(u16At(bytes, 6), false)
    const authorities = this.#section(u16At(bytes, 8), false)
    const additionals = this.#section(u16At(bytes, 10), true)
    this.#finish()
    return { ...this.#header, rcode: this.#rcode(), questions, answers, authorities, additionals, ...this.#ednsPart() }
  }

  request(): Request {
    const bytes = this.#bytes
    const questions = u16At(bytes, 4)
    if (questions > 1) throw new WireError('a request has one question (RFC 9619)', 4)
    const question = questions === 1 && { question: this.#plainQuestion() }
    const others = u16At(bytes, 6) + u16At(bytes, 8)
    const count = others + u16At(bytes, 10)
    for (let index = 0; index < count; index++) {
      const start = this.#at
      const at = this.#skipRR(index >= others)
      if (u16At(bytes, at) === TYPE.TSIG) this.#takeTSIG(start, at, index >= others && index === count - 1)
    }
    // Octets after the last RR are left alone, as other servers do.
    return { ...this.#header, rcode: this.#rcode(), ...question, ...this.#ednsPart(), ...(this.#tsig && { tsig: this.#tsig }) }
  }

  #rcode(): number {
    return (this.#extendedRcode << 4) | this.#header.rcode
  }

  #ednsPart(): { edns?: Edns } {
    return this.#edns === undefined ? {} : { edns: this.#edns }
  }

  #finish(): void {
    if (this.#at !== this.#bytes.length) throw new WireError('octets follow after the last RR', this.#at)
  }

  #question(): Question {
    const name = expandName(this.#bytes, this.#at)
    return this.#questionBehind(name, skipCompressedName(this.#bytes, this.#at))
  }

  /** The first question: nothing stands before it that its name could point to. */
  #plainQuestion(): Question {
    const end = scanName(this.#bytes, this.#at, this.#bytes.length)
    return this.#questionBehind(this.#bytes.slice(this.#at, end), end)
  }

  #questionBehind(name: Uint8Array, at: number): Question {
    if (at + questionFixedOctets > this.#bytes.length) throw new WireError('a question runs past the end', this.#at)
    this.#at = at + questionFixedOctets
    return { name, type: u16At(this.#bytes, at), class: u16At(this.#bytes, at + 2) }
  }

  #section(count: number, isAdditional: boolean): RR[] {
    const rrs: RR[] = []
    for (let index = 0; index < count; index++) {
      const rr = this.#rr(isAdditional)
      if (rr !== undefined) rrs.push(rr)
    }
    return rrs
  }

  /** The next RR; undefined for OPT, which becomes `edns`. */
  #rr(isAdditional: boolean): RR | undefined {
    const bytes = this.#bytes
    const start = this.#at
    const at = this.#skipRR(isAdditional)
    const type = u16At(bytes, at)
    if (type === TYPE.OPT) return undefined
    if (u16At(bytes, at + 2) !== CLASS.IN) throw new WireError('an RR is not of class IN', at + 2)
    const rdataStart = at + rrFixedOctets
    const rdata = decompressRDATA(type, bytes, rdataStart, u16At(bytes, at + 8))
    try {
      validateRDATA(type, rdata)
    } catch (error) {
      if (error instanceof WireError) throw new WireError(error.message.replace(/ \(at octet \d+\)$/, ''), rdataStart)
      throw error
    }
    const ttl = u32At(bytes, at + 4)
    // A TTL with the most significant bit set counts as zero (RFC 2181 §8).
    return { owner: expandName(bytes, start), type, ttl: ttl > 0x7fff_ffff ? 0 : ttl, rdata }
  }

  /** Moves behind an RR, takes it when it is OPT, and returns where its owner name ends. */
  #skipRR(isAdditional: boolean): number {
    const bytes = this.#bytes
    const start = this.#at
    const at = skipCompressedName(bytes, start)
    if (at + rrFixedOctets > bytes.length) throw new WireError('an RR runs past the end', start)
    const end = at + rrFixedOctets + u16At(bytes, at + 8)
    if (end > bytes.length) throw new WireError('RDATA runs past the end', at + 8)
    this.#at = end
    if (u16At(bytes, at) === TYPE.OPT) this.#opt(start, at, isAdditional)
    return at
  }

  #takeTSIG(start: number, at: number, isLast: boolean): void {
    if (!isLast) throw new WireError('TSIG is the last RR of the additional section (RFC 8945 §5.1)', start)
    this.#tsig = parseTSIG(this.#bytes, start, at)
  }

  #opt(start: number, at: number, isAdditional: boolean): void {
    if (!isAdditional) throw new WireError('OPT belongs in the additional section (RFC 6891 §6.1.1)', start)
    if (this.#edns !== undefined) throw new WireError('a message has one OPT at most (RFC 6891 §6.1.1)', start)
    if (this.#bytes[start] !== 0) throw new WireError('the owner name of OPT is the root (RFC 6891 §6.1.2)', start)
    const { edns, extendedRcode } = parseOPT(this.#bytes, at)
    this.#edns = edns
    this.#extendedRcode = extendedRcode
  }
}

/** Writes DNS messages: name compression, EDNS and truncation (RFC 1035 §4.1, RFC 6891, RFC 9471). */
import { putOPT, sizeOfOPT } from './edns.ts'
import { headerOctets, type Message, type Question } from './message.ts'
import { equalNames, type Name } from './name.ts'
import { requiredGlue, rrsetEnd } from './message-rrsets.ts'
import { NameCompressor } from './name-compressor.ts'
import type { RR } from './rr.ts'
import { CLASS, TYPE } from './types.ts'
import { putU16, putU32 } from './wire.ts'

export interface EncodeOptions {
  /** The longest message that may result, 65 535 octets at most. */
  readonly maxBytes?: number
  readonly compress?: boolean
}

export interface EncodedMessage {
  readonly bytes: Uint8Array
  /** True when the message says TC: an RRset of the answer or authority section, or required glue, was left out. */
  readonly truncated: boolean
}

const maxMessageOctets = 0xffff
/** An RR is written before it is known whether it fits; one more fits in any case. */
const scratch = new Uint8Array(2 * maxMessageOctets + 1024)

/** RDATA whose names are compressed: octets before the names, and how many names (RFC 3597 §4: the types of RFC 1035 only). */
const compressible: ReadonlyMap<number, readonly [prefix: number, names: number]> = new Map([
  [TYPE.NS, [0, 1]],
  [TYPE.MD, [0, 1]],
  [TYPE.MF, [0, 1]],
  [TYPE.CNAME, [0, 1]],
  [TYPE.SOA, [0, 2]],
  [TYPE.MB, [0, 1]],
  [TYPE.MG, [0, 1]],
  [TYPE.MR, [0, 1]],
  [TYPE.PTR, [0, 1]],
  [TYPE.MINFO, [0, 2]],
  [TYPE.MX, [2, 1]],
])

/**
 * Writes the message into at most `maxBytes`. Where it does not fit, whole RRsets are left out from the back: of the additional
 * section silently, unless a referral needs them as glue, of the others with TC. The question and OPT always stay; an ordinary
 * Error says that not even they fit.
 */
export function encodeMessage(
  message: Message,
  { maxBytes = maxMessageOctets, compress = true }: EncodeOptions = {},
): EncodedMessage {
  return new MessageEncoder(message, Math.min(maxBytes, maxMessageOctets), compress).encode()
}

/** The sections behind the question, as octets that fit behind any question of that name and type. */
export interface EncodedSections {
  /** Answer, authority and additional section; names point to the question where it holds them. */
  readonly bytes: Uint8Array
  readonly answers: number
  readonly authorities: number
  /** RRs of the additional section; OPT is not among them. */
  readonly additionals: number
  /** As in `EncodedMessage`. */
  readonly truncated: boolean
  /** False when anything was left out, of the additional section too: then a longer message could say more. */
  readonly whole: boolean
}

export type Sections = Pick<Message, 'answers' | 'authorities' | 'additionals'>

/**
 * Writes the sections that stand behind one question whose name is in lower case, by the rules of `encodeMessage`. A name that the
 * question holds too becomes a pointer to it, and so shows the case the client wrote. `maxBytes` counts header and question.
 */
export function encodeSections(question: Question, sections: Sections, maxBytes: number): EncodedSections {
  const header = { id: 0, qr: true, opcode: 0, aa: false, tc: false, rd: false, ra: false, ad: false, cd: false, rcode: 0 }
  const message: Message = { ...header, questions: [question], ...sections }
  return new MessageEncoder(message, Math.min(maxBytes, maxMessageOctets), true, question.name).sections()
}

class MessageEncoder {
  readonly #message: Message
  readonly #asked: Name | undefined
  readonly #limit: number
  readonly #compressor: NameCompressor | undefined
  #at = headerOctets

  constructor(message: Message, maxBytes: number, compress: boolean, asked?: Name) {
    if (message.rcode > 0xf && message.edns === undefined) throw new Error(`RCODE ${message.rcode} needs EDNS (RFC 6891 §6.1.3)`)
    this.#message = message
    this.#asked = asked
    this.#limit = maxBytes - (message.edns === undefined ? 0 : sizeOfOPT(message.edns))
    this.#compressor = compress ? new NameCompressor(scratch) : undefined
  }

  encode(): EncodedMessage {
    const { questions, edns, rcode } = this.#message
    const { answers, authorities, additionals, truncated } = this.#body()
    if (edns !== undefined) this.#at = putOPT(scratch, this.#at, edns, rcode)
    putU16(scratch, 4, questions.length)
    putU16(scratch, 6, answers)
    putU16(scratch, 8, authorities)
    putU16(scratch, 10, additionals + (edns === undefined ? 0 : 1))
    this.#flags(truncated)
    return { bytes: scratch.slice(0, this.#at), truncated }
  }

  sections(): EncodedSections {
    const body = this.#body()
    const { answers, authorities, additionals } = this.#message
    const whole = body.answers + body.authorities + body.additionals === answers.length + authorities.length + additionals.length
    return { ...body, whole, bytes: scratch.slice(body.start, this.#at) }
  }

  /** Writes question and sections; says how many RRs there are, and where they start. */
  #body() {
    const { questions, answers, authorities } = this.#message
    for (const question of questions) this.#question(question)
    const start = this.#at
    if (start > this.#limit) throw new Error(`question and OPT do not fit into ${this.#limit} octets`)
    const answered = this.#fill(answers)
    let truncated = answered < answers.length
    const referred = truncated ? 0 : this.#fill(authorities)
    truncated ||= referred < authorities.length
    let added = 0
    if (!truncated) [added, truncated] = this.#additional()
    return { start, answers: answered, authorities: referred, additionals: added, truncated }
  }

  #flags(truncated: boolean): void {
    const { id, qr, opcode, aa, tc, rd, ra, ad, cd, rcode } = this.#message
    putU16(scratch, 0, id)
    scratch[2] = (qr ? 0x80 : 0) | ((opcode & 0xf) << 3) | (aa ? 4 : 0) | (tc || truncated ? 2 : 0) | (rd ? 1 : 0)
    scratch[3] = (ra ? 0x80 : 0) | (ad ? 0x20 : 0) | (cd ? 0x10 : 0) | (rcode & 0xf)
  }

  /** Writes RRsets until one does not fit; returns how many RRs there are. */
  #fill(rrs: readonly RR[]): number {
    for (let start = 0; start < rrs.length;) {
      const end = rrsetEnd(rrs, start)
      if (!this.#rrset(rrs, start, end)) return start
      start = end
    }
    return rrs.length
  }

  /** Writes the RRsets that fit; returns how many RRs they have, and whether glue is missing that the referral needs. */
  #additional(): [count: number, truncated: boolean] {
    const { additionals } = this.#message
    const start = this.#at
    const count = this.#fillSparsely(additionals)
    if (count === additionals.length) return [count, false]
    const required = requiredGlue(this.#message)
    if (required.size === 0) return [count, false]
    this.#at = start
    const glue = additionals.filter((rr) => required.has(rr))
    const written = this.#fillSparsely(glue)
    return [written + this.#fillSparsely(additionals.filter((rr) => !required.has(rr))), written < glue.length]
  }

  #fillSparsely(rrs: readonly RR[]): number {
    let count = 0
    for (let start = 0; start < rrs.length;) {
      const end = rrsetEnd(rrs, start)
      if (this.#rrset(rrs, start, end)) count += end - start
      start = end
    }
    return count
  }

  #rrset(rrs: readonly RR[], start: number, end: number): boolean {
    const before = this.#at
    for (let index = start; index < end; index++) {
      this.#rr(rrs[index]!)
      if (this.#at <= this.#limit) continue
      this.#at = before
      return false
    }
    return true
  }

  #question(question: Question): void {
    this.#name(question.name)
    putU16(scratch, this.#at, question.type)
    putU16(scratch, this.#at + 2, question.class)
    this.#at += 4
  }

  #rr({ owner, type, ttl, rdata }: RR): void {
    if (this.#isAsked(owner)) this.#pointToQuestion()
    else this.#name(owner)
    const at = this.#at
    putU16(scratch, at, type)
    putU16(scratch, at + 2, CLASS.IN)
    putU32(scratch, at + 4, ttl)
    this.#at = at + 10
    const layout = this.#compressor === undefined ? undefined : compressible.get(type)
    if (layout === undefined) this.#octets(rdata, 0, rdata.length)
    else this.#rdataWithNames(rdata, layout[0], layout[1])
    putU16(scratch, at + 8, this.#at - at - 10)
  }

  /** The root is shorter than a pointer. */
  #isAsked(owner: Name): boolean {
    return this.#asked !== undefined && owner.length > 1 && equalNames(owner, this.#asked)
  }

  #pointToQuestion(): void {
    putU16(scratch, this.#at, 0xc000 | headerOctets)
    this.#at += 2
  }

  #rdataWithNames(rdata: Uint8Array, prefix: number, names: number): void {
    this.#octets(rdata, 0, prefix)
    let start = prefix
    for (let name = 0; name < names; name++) {
      let end = start
      while (rdata[end]! > 0) end += 1 + rdata[end]!
      this.#name(rdata.subarray(start, end + 1))
      start = end + 1
    }
    this.#octets(rdata, start, rdata.length)
  }

  #name(name: Name): void {
    if (this.#compressor === undefined) this.#octets(name, 0, name.length)
    else this.#at = this.#compressor.write(name, this.#at)
  }

  #octets(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > 64) scratch.set(bytes.subarray(start, end), this.#at)
    else for (let i = start; i < end; i++) scratch[this.#at + i - start] = bytes[i]!
    this.#at += end - start
  }
}

/** Writes DNS messages: name compression, EDNS and truncation (RFC 1035 §4.1, RFC 6891, RFC 9471). */
import { sizeOfOPT } from './edns.ts'
import { fitSections, type Fitted, type RRsetForm, type SectionsOf } from './fit-sections.ts'
import type { Message } from './message.ts'
import type { Name } from './name.ts'
import { rrsetsIn } from './message-rrsets.ts'
import { maxMessageOctets, MessageWriter } from './message-writer.ts'
import type { RR } from './rr.ts'
import { countOf, ownerOf, type StoredRRset } from './stored-rrset.ts'
import { putU16 } from './wire.ts'

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

const asObjects: RRsetForm<readonly RR[]> = {
  write(writer, rrset) {
    for (const rr of rrset) {
      writer.rr(rr)
      if (!writer.isWithin) return false
    }
    return true
  },
  countOf: (rrset) => rrset.length,
  headOf: (rrset) => rrset[0]!,
}

/**
 * Writes the message into at most `maxBytes`. Where it does not fit, whole RRsets are left out from the back: of the additional
 * section silently, unless a referral needs them as glue, of the others with TC. The question and OPT always stay; an ordinary
 * Error says that not even they fit.
 */
export function encodeMessage(
  message: Message,
  { maxBytes = maxMessageOctets, compress = true }: EncodeOptions = {},
): EncodedMessage {
  const { questions, edns, rcode, answers, authorities, additionals } = message
  if (rcode > 0xf && edns === undefined) throw new Error(`RCODE ${rcode} needs EDNS (RFC 6891 §6.1.3)`)
  const limit = Math.min(maxBytes, maxMessageOctets) - (edns === undefined ? 0 : sizeOfOPT(edns))
  const writer = new MessageWriter({ limit, compress })
  for (const question of questions) writer.question(question)
  checkRoom(writer, limit)
  const sections = { answers: rrsetsIn(answers), authorities: rrsetsIn(authorities), additionals: rrsetsIn(additionals) }
  const fitted = fitSections(writer, sections, asObjects)
  if (edns !== undefined) writer.opt(edns, rcode)
  putHeader(writer.bytes, message, fitted)
  return { bytes: writer.bytes.slice(0, writer.at), truncated: fitted.truncated }
}

function checkRoom(writer: MessageWriter, limit: number): void {
  if (!writer.isWithin) throw new Error(`question and OPT do not fit into ${limit} octets`)
}

function putHeader(bytes: Uint8Array, message: Message, fitted: Fitted): void {
  const { id, qr, opcode, aa, tc, rd, ra, ad, cd, rcode, questions, edns } = message
  const truncated = tc || fitted.truncated
  putU16(bytes, 0, id)
  bytes[2] = (qr ? 0x80 : 0) | ((opcode & 0xf) << 3) | (aa ? 4 : 0) | (truncated ? 2 : 0) | (rd ? 1 : 0)
  bytes[3] = (ra ? 0x80 : 0) | (ad ? 0x20 : 0) | (cd ? 0x10 : 0) | (rcode & 0xf)
  putU16(bytes, 4, questions.length)
  putU16(bytes, 6, fitted.answers)
  putU16(bytes, 8, fitted.authorities)
  putU16(bytes, 10, fitted.additionals + (edns === undefined ? 0 : 1))
}

/** The sections behind the question, as octets that fit behind any question of that name and type. */
export interface EncodedSections extends Fitted {
  /** Answer, authority and additional section, without OPT, from `start` to `end`; names point to the question where it holds them. */
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** The sections of an answer by RRsets where they are stored; signatures are RRsets behind those that they cover. */
export type StoredSections = SectionsOf<StoredRRset>

const asStored: RRsetForm<StoredRRset> = {
  write(writer, rrset) {
    for (let part: StoredRRset | undefined = rrset; part !== undefined; part = part.rest) {
      let at = part.start
      for (let i = 0; i < part.count; i++) {
        at = writer.stored(part, at)
        if (!writer.isWithin) return false
      }
    }
    return true
  },
  countOf,
  headOf: (rrset) => ({ owner: ownerOf(rrset), type: rrset.type }),
}

/**
 * Writes the sections that stand behind the question for a name in lower case, by the rules of `encodeMessage`, octets of RRs
 * straight from where they are stored. A name that the question holds too becomes a pointer to it, and so shows the case the client
 * wrote. `maxBytes` counts header and question. The octets are good until the next message is written: whoever keeps them takes a copy.
 */
export function encodeSections(asked: Name, sections: StoredSections, maxBytes: number): EncodedSections {
  const limit = Math.min(maxBytes, maxMessageOctets)
  const writer = new MessageWriter({ limit, compress: true, asked })
  checkRoom(writer, limit)
  const start = writer.at
  const { answers, authorities, additionals, truncated, whole } = fitSections(writer, sections, asStored)
  return { bytes: writer.bytes, start, end: writer.at, answers, authorities, additionals, truncated, whole }
}

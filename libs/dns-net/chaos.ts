/** Questions about the server itself, in class CHAOS (RFC 4892). */
import {
  CLASS,
  headerOctets,
  parseName,
  equalNames,
  putU16,
  TYPE,
  type EncodedSections,
  type Name,
  type Question,
} from '@zonecast/dns'

export interface Identity {
  /** Told by NSID (RFC 5001), id.server and hostname.bind. */
  readonly name?: Uint8Array | undefined
  /** Told by version.server and version.bind. */
  readonly version?: string | undefined
}

const nameQuestions = ['id.server.', 'hostname.bind.'].map((text) => parseName(text))
const versionQuestions = ['version.server.', 'version.bind.'].map((text) => parseName(text))
const anyType = TYPE.ANY

/** The answer to a CHAOS question; undefined where there is nothing that we tell. */
export function answerChaos({ name, type }: Question, identity: Identity): EncodedSections | undefined {
  const text = textFor(name, identity)
  if (text === undefined) return undefined
  const asks = type === TYPE.TXT || type === anyType
  const bytes = asks ? txtBehindQuestion(text.subarray(0, 255)) : new Uint8Array(0)
  const counts = { answers: Number(asks), authorities: 0, additionals: 0 }
  return { bytes, start: 0, end: bytes.length, ...counts, truncated: false, whole: true }
}

function textFor(name: Name, identity: Identity): Uint8Array | undefined {
  const isOneOf = (names: readonly Name[]) => names.some((known) => equalNames(known, name))
  if (isOneOf(nameQuestions)) return identity.name
  if (isOneOf(versionQuestions) && identity.version !== undefined) return new TextEncoder().encode(identity.version)
  return undefined
}

/** One TXT RR of class CHAOS and TTL 0 whose owner points to the question. */
function txtBehindQuestion(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(13 + text.length)
  putU16(bytes, 0, 0xc000 | headerOctets)
  putU16(bytes, 2, TYPE.TXT)
  putU16(bytes, 4, CLASS.CH)
  putU16(bytes, 10, text.length + 1)
  bytes[12] = text.length
  bytes.set(text, 13)
  return bytes
}

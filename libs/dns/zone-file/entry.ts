/** Reads records and directives from the fields of an entry (RFC 1035 §5.1, RFC 2308 §4). */
import { type Name, NameError, parseName } from '../name.ts'
import { parseDuration } from '../rdata/duration.ts'
import { parseRDATA } from '../rdata/parse.ts'
import { RDATAError } from '../rdata/token.ts'
import { maxTtl, type RR } from '../rr.ts'
import { isMetaType, TYPE, typeFromText, typeToText } from '../types.ts'
import { u32At } from '../wire.ts'
import { FieldError, ruleOf } from './items.ts'
import { type EntryLexer, textOf } from './lexer.ts'
import { plainName } from './plain-name.ts'
import { plainRDATA } from './plain-rdata.ts'

const isDigit = (octet: number) => octet >= 0x30 && octet <= 0x39

/** The longest mnemonic whose letters fit into one small integer, six bits each. */
const maxShortType = 5
const typeKeys: ReadonlyMap<number, number> = new Map(
  Object.entries(TYPE)
    .filter(([mnemonic]) => mnemonic.length <= maxShortType)
    .map(([mnemonic, type]) => [
      typeKey(
        Uint8Array.from(mnemonic, (letter) => letter.charCodeAt(0)),
        0,
        mnemonic.length,
      ),
      type,
    ]),
)

/** Owner texts longer than this are not worth remembering. */
const maxOwnerText = 255

/** The settings that entries leave to the ones after them: origin, `$TTL`, and the last record's owner and TTL. */
export class EntryReader {
  origin: Name
  /** What `$TTL` says, or the first SOA where there is neither `$TTL` nor an earlier TTL. */
  defaultTtl: number | undefined
  #lastTtl: number | undefined
  #owner: Name | undefined
  #ownerIsWrong = false
  #ownerText = new Uint8Array(maxOwnerText)
  #ownerTextLength = 0

  constructor(origin: Name, defaultTtl?: number) {
    this.origin = origin
    this.defaultTtl = defaultTtl
  }

  /** The record in the lexer's entry. Throws FieldError. */
  readRecord(bytes: Uint8Array, lexer: EntryLexer, hasOwner: boolean): RR {
    const owner = hasOwner ? this.#readOwner(bytes, lexer) : this.#previousOwner()
    let field = hasOwner ? 1 : 0
    let ttl = -1
    let hasClass = false
    for (; field < lexer.count; field++) {
      if (ttl === -1 && isDigit(bytes[lexer.start(field)]!) && lexer.isPlain(field)) ttl = readTtl(bytes, lexer, field)
      else if (!hasClass && isClass(bytes, lexer, field)) hasClass = true
      else break
    }
    const type = readType(bytes, lexer, field)
    const rdata = plainRDATA(type, bytes, lexer, field + 1, this.origin) ?? this.#anyRDATA(type, lexer, field + 1)
    return { owner, type, ttl: ttl === -1 ? this.#ttlFor(type, rdata, field) : (this.#lastTtl = ttl), rdata }
  }

  /** A name field, for directives too. Quotes around it mean nothing, as in BIND. */
  readName(bytes: Uint8Array, lexer: EntryLexer, field: number): Name {
    if (field >= lexer.count) throw new FieldError(field, 'a domain name is missing (RFC 1035 §5.1)')
    const plain = lexer.hasEscapes(field) ? undefined : plainName(bytes, lexer.start(field), lexer.end(field), this.origin)
    try {
      return plain ?? parseName(lexer.text(field), this.origin)
    } catch (error) {
      if (error instanceof NameError) throw new FieldError(field, error.message)
      throw error
    }
  }

  /** Sets the origin; the owner of the last record stays what it is. */
  setOrigin(origin: Name): void {
    this.origin = origin
    this.#ownerTextLength = 0
  }

  #readOwner(bytes: Uint8Array, lexer: EntryLexer): Name {
    const start = lexer.start(0)
    const length = lexer.end(0) - start
    const isSameText = length === this.#ownerTextLength && this.#isOwnerText(bytes, start)
    if (isSameText && this.#owner !== undefined) return this.#owner
    this.#ownerIsWrong = true
    this.#ownerTextLength = 0
    const owner = this.readName(bytes, lexer, 0)
    this.#ownerIsWrong = false
    this.#owner = owner
    if (length <= maxOwnerText) {
      this.#ownerTextLength = length
      for (let i = 0; i < length; i++) this.#ownerText[i] = bytes[start + i]!
    }
    return owner
  }

  #isOwnerText(bytes: Uint8Array, start: number): boolean {
    const text = this.#ownerText
    for (let i = this.#ownerTextLength - 1; i >= 0; i--) if (text[i] !== bytes[start + i]) return false
    return true
  }

  #previousOwner(): Name {
    if (this.#ownerIsWrong) throw new FieldError(0, 'the owner name is left out, and the one before could not be read')
    if (this.#owner !== undefined) return this.#owner
    throw new FieldError(0, 'the owner name is left out, and there is none before to repeat (RFC 1035 §5.1)')
  }

  #anyRDATA(type: number, lexer: EntryLexer, first: number): Uint8Array {
    try {
      return parseRDATA(type, lexer.tokens(first, type === TYPE.SVCB || type === TYPE.HTTPS), { origin: this.origin })
    } catch (error) {
      if (error instanceof RDATAError) throw new FieldError(first + error.tokenIndex, ruleOf(error.message, error.rfc))
      throw error
    }
  }

  #ttlFor(type: number, rdata: Uint8Array, typeField: number): number {
    const ttl = this.defaultTtl ?? this.#lastTtl
    if (ttl !== undefined) return ttl
    if (type !== TYPE.SOA) {
      throw new FieldError(typeField, 'there is no TTL here, none in $TTL and none in an earlier record (RFC 2308 §4)')
    }
    // What BIND does for files older than $TTL: the SOA's minimum was the default TTL (RFC 1035 §3.3.13).
    this.defaultTtl = Math.min(u32At(rdata, rdata.length - 4), maxTtl)
    return this.defaultTtl
  }
}

/** The field of the type: the first from `from` on that is neither TTL nor class. Throws FieldError for another class. */
export function typeFieldOf(bytes: Uint8Array, lexer: EntryLexer, from: number): number {
  let field = from
  while (field < lexer.count && (isDigit(bytes[lexer.start(field)]!) || isClass(bytes, lexer, field))) field++
  return field
}

/** The TTL in a field: seconds, or with units as in `1h30m`; from 2³¹ on it means zero (RFC 2181 §8). Throws FieldError. */
export function readTtl(bytes: Uint8Array, lexer: EntryLexer, field: number): number {
  const start = lexer.start(field)
  const end = lexer.end(field)
  let ttl = end - start > 10 || end === start ? -1 : 0
  for (let i = start; i < end && ttl !== -1; i++) ttl = isDigit(bytes[i]!) ? ttl * 10 + bytes[i]! - 0x30 : -1
  const seconds = ttl === -1 ? parseDuration(lexer.text(field)) : ttl
  if (seconds === undefined) throw new FieldError(field, 'this is not a TTL: write seconds, or units as in 1h30m (RFC 1035 §5.1)')
  if (seconds > 0xffff_ffff) throw new FieldError(field, `a TTL has 32 bits; the largest is ${maxTtl} (RFC 2181 §8)`)
  // What the RFC asks of receivers, and what BIND does with files; others keep such a TTL, and nobody refuses it.
  return seconds > maxTtl ? 0 : seconds
}

function isClass(bytes: Uint8Array, lexer: EntryLexer, field: number): boolean {
  const start = lexer.start(field)
  const length = lexer.end(field) - start
  if (length < 2 || !lexer.isPlain(field)) return false
  const first = bytes[start]! & 0xdf
  const second = bytes[start + 1]! & 0xdf
  if (length === 2 && first === 0x49 && second === 0x4e) return true
  // Only CH, CS, HS, NONE, and CLASSnnn are left; ANY is a type as well, and refused as one.
  if (first !== 0x43 && first !== 0x48 && first !== 0x4e) return false
  const text = lexer.text(field).toUpperCase()
  if (/^CLASS0*1$/.test(text)) return true
  if (!/^(?:CH|CS|HS|NONE|CLASS\d+)$/.test(text)) return false
  throw new FieldError(field, 'only records of class IN are served here')
}

function readType(bytes: Uint8Array, lexer: EntryLexer, field: number): number {
  if (field >= lexer.count) throw new FieldError(field, 'the type is missing (RFC 1035 §5.1)')
  if (!lexer.isPlain(field)) throw new FieldError(field, 'a type is expected here (RFC 1035 §5.1)')
  const type = shortType(bytes, lexer.start(field), lexer.end(field)) ?? typeFromText(lexer.text(field))
  if (type === undefined) throw new FieldError(field, unknownType(lexer.text(field)))
  if (isMetaType(type)) throw new FieldError(field, `${typeToText(type)} records are not stored in a zone (RFC 6895 §3.1)`)
  return type
}

function shortType(bytes: Uint8Array, start: number, end: number): number | undefined {
  return end - start <= maxShortType ? typeKeys.get(typeKey(bytes, start, end)) : undefined
}

/** A number for a short word of letters and digits, whatever their case; -1 for others. */
function typeKey(bytes: Uint8Array, start: number, end: number): number {
  let key = 0
  for (let i = start; i < end; i++) {
    const octet = bytes[i]!
    const letter = octet & 0xdf
    if (letter >= 0x41 && letter <= 0x5a) key = (key << 6) | (letter & 0x3f)
    else if (isDigit(octet)) key = (key << 6) | octet
    else return -1
  }
  return key
}

function unknownType(text: string): string {
  if (/^\d/.test(text)) return 'the TTL stands here a second time (RFC 1035 §5.1)'
  if (text.startsWith('$')) return 'a directive starts in the first column (RFC 1035 §5.1)'
  if (/^IN$/i.test(text)) return 'the class stands here a second time (RFC 1035 §5.1)'
  return 'this is neither a type nor TTL or class; write a type without a mnemonic as TYPEnnn (RFC 3597 §5)'
}

/** The octets of a field as lower-case text, for directives. */
export function wordOf(bytes: Uint8Array, lexer: EntryLexer, field: number): string {
  return textOf(bytes, lexer.start(field), lexer.end(field)).toLowerCase()
}

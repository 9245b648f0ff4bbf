/** Cuts one entry of a zone file into fields (RFC 1035 §5.1). */
import type { Token } from '../rdata/token.ts'

/** The class of an octet outside quotes. */
const PLAIN = 0
const BLANK = 1
const LINE_FEED = 2
const BACKSLASH = 3
const QUOTE = 4
const OPEN = 5
const CLOSE = 6
const COMMENT = 7

const classOf = new Uint8Array(256)
for (const [characters, octetClass] of [
  [' \t\r', BLANK],
  ['\n', LINE_FEED],
  ['\\', BACKSLASH],
  ['"', QUOTE],
  ['(', OPEN],
  [')', CLOSE],
  [';', COMMENT],
] as const) {
  for (const character of characters) classOf[character.charCodeAt(0)] = octetClass
}

/** Numbers kept for each field: start, end, line, start of that line, flags. */
const stride = 5
const quotedFlag = 1
const escapedFlag = 2
/** The field follows the one before without a space, as the quotes in `alpn="h2,h3"` do. */
const adjacentFlag = 4

/** A fault of the entry's outer form; the offsets are the offending octets. */
export interface LexicalError {
  readonly rule: string
  readonly start: number
  readonly end: number
  readonly line: number
  readonly column: number
}

const characters: readonly string[] = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet))

/** The text of octets, one character an octet. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += characters[bytes[at]!]!
  return text
}

/**
 * An entry is a line, or several within parentheses. Fields are offsets into the octets given to `lex`, so nothing is copied
 * until a field is asked for. A quoted string ends at its line's end at the latest, as BIND has it: one forgotten quote then
 * spoils one entry and not the rest of the file.
 */
export class EntryLexer {
  /** How many fields the entry has. */
  count = 0
  /** The first fault of the entry. */
  error: LexicalError | undefined
  /** The number of the line after the entry. */
  line = 1
  #fields = new Int32Array(stride * 32)
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #lineStart = 0
  #lastEnd = -1

  /**
   * Reads the entry that starts at `from` and returns the offset after it, or -1 when it goes on after `to`. With `final`, the
   * text ends at `to` and so does the entry.
   */
  lex(bytes: Uint8Array, from: number, to: number, final: boolean, line: number): number {
    this.#bytes = bytes
    this.count = 0
    this.error = undefined
    this.line = line
    this.#at = this.#lineStart = from
    this.#lastEnd = -1
    let depth = 0
    let opened: LexicalError | undefined
    while (this.#at < to) {
      const octetClass = classOf[bytes[this.#at]!]
      if (octetClass === BLANK) this.#at++
      else if (octetClass === PLAIN || octetClass === BACKSLASH) {
        if (!this.#word(to, final)) return -1
      } else if (octetClass === LINE_FEED) {
        this.#newLine()
        if (depth === 0) return this.#at
      } else if (octetClass === QUOTE) {
        if (!this.#quoted(to, final)) return -1
      } else if (octetClass === COMMENT) {
        if (!this.#comment(to, final)) return -1
      } else if (octetClass === OPEN) {
        if (depth++ === 0) opened = this.#fault('the parenthesis is not closed (RFC 1035 §5.1)', this.#at, this.#at + 1)
        this.#at++
      } else {
        if (depth === 0) this.error ??= this.#fault('no parenthesis is open here (RFC 1035 §5.1)', this.#at, this.#at + 1)
        else depth--
        this.#at++
      }
    }
    if (!final) return -1
    if (depth > 0) this.error ??= opened
    return to
  }

  #newLine(): void {
    this.#at++
    this.line++
    this.#lineStart = this.#at
  }

  #word(to: number, final: boolean): boolean {
    const bytes = this.#bytes
    const start = this.#at
    let at = start
    let flags = 0
    for (; at < to; at++) {
      const octetClass = classOf[bytes[at]!]!
      if (octetClass === PLAIN) continue
      if (octetClass !== BACKSLASH) break
      flags = escapedFlag
      if (at + 1 === to) {
        if (!final) return false
      } else if (bytes[at + 1] !== 0x0a && bytes[at + 1] !== 0x0d) {
        at++
        continue
      }
      this.error ??= this.#fault('a backslash stands at the end of the line (RFC 1035 §5.1)', start, at + 1)
    }
    if (at === to && !final) return false
    this.#add(start, at, start === this.#lastEnd ? flags | adjacentFlag : flags)
    this.#at = this.#lastEnd = at
    return true
  }

  #quoted(to: number, final: boolean): boolean {
    const bytes = this.#bytes
    const start = this.#at + 1
    let at = start
    let flags = this.#at === this.#lastEnd ? quotedFlag | adjacentFlag : quotedFlag
    for (; at < to; at++) {
      const octet = bytes[at]
      if (octet === 0x22 || octet === 0x0a) break
      if (octet !== 0x5c) continue
      flags |= escapedFlag
      if (at + 1 < to && bytes[at + 1] !== 0x0a) at++
    }
    if (at === to && !final) return false
    this.#add(start, at, flags)
    if (at < to && bytes[at] === 0x22) {
      this.#at = this.#lastEnd = at + 1
    } else {
      this.error ??= this.#fault('the quoted string is not closed on its line (RFC 1035 §5.1)', start - 1, at)
      this.#at = at
    }
    return true
  }

  #comment(to: number, final: boolean): boolean {
    const bytes = this.#bytes
    let at = this.#at
    while (at < to && bytes[at] !== 0x0a) at++
    this.#at = at
    return final || at < to
  }

  #add(start: number, end: number, flags: number): void {
    const at = this.count++ * stride
    if (at + stride > this.#fields.length) {
      const larger = new Int32Array(this.#fields.length * 2)
      larger.set(this.#fields)
      this.#fields = larger
    }
    const fields = this.#fields
    fields[at] = start
    fields[at + 1] = end
    fields[at + 2] = this.line
    fields[at + 3] = this.#lineStart
    fields[at + 4] = flags
  }

  #fault(rule: string, start: number, end: number): LexicalError {
    return { rule, start, end, line: this.line, column: start - this.#lineStart + 1 }
  }

  start(field: number): number {
    return this.#fields[field * stride]!
  }

  end(field: number): number {
    return this.#fields[field * stride + 1]!
  }

  lineOf(field: number): number {
    return this.#fields[field * stride + 2]!
  }

  columnOf(field: number): number {
    const at = field * stride
    return this.#fields[at]! - this.#fields[at + 3]! + 1 - (this.#fields[at + 4]! & quotedFlag)
  }

  isQuoted(field: number): boolean {
    return (this.#fields[field * stride + 4]! & quotedFlag) !== 0
  }

  hasEscapes(field: number): boolean {
    return (this.#fields[field * stride + 4]! & escapedFlag) !== 0
  }

  /** True for a field without quotes and escapes: its octets are its text. */
  isPlain(field: number): boolean {
    return (this.#fields[field * stride + 4]! & (quotedFlag | escapedFlag)) === 0
  }

  text(field: number): string {
    return textOf(this.#bytes, this.start(field), this.end(field))
  }

  /**
   * The fields from `from` on as the words RDATA is read from. With `joinAdjacent`, what follows a word without a space is part of
   * it, quotes and all, as a SvcParam has it (RFC 9460 §2.1); elsewhere it is a word of its own.
   */
  tokens(from: number, joinAdjacent: boolean): Token[] {
    const tokens: Token[] = []
    for (let field = from; field < this.count; field++) {
      const first = field
      if (joinAdjacent && !this.isQuoted(first)) while (this.isAdjacent(field + 1)) field++
      const joined = field > first
      tokens.push({
        text: joined ? textOf(this.#bytes, this.start(first), this.#outerEnd(field)) : this.text(first),
        quoted: this.isQuoted(first),
        line: this.lineOf(first),
        column: this.columnOf(first),
      })
    }
    return tokens
  }

  /** True when nothing stands between the field and the one before. */
  isAdjacent(field: number): boolean {
    return field < this.count && (this.#fields[field * stride + 4]! & adjacentFlag) !== 0
  }

  #outerEnd(field: number): number {
    return this.end(field) + (this.isQuoted(field) ? 1 : 0)
  }
}

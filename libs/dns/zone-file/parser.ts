/** A push parser for zone files (RFC 1035 §5): text in pieces of any size, records and errors out. */
import type { Name } from '../name.ts'
import { EntryReader, readTtl, wordOf } from './entry.ts'
import { generate } from './generate.ts'
import { FieldError, type ZoneFileItem } from './items.ts'
import { EntryLexer, textOf } from './lexer.ts'

export interface ZoneFileOptions {
  /** What relative names are relative to until `$ORIGIN` says otherwise. */
  readonly origin: Name
  /** The TTL of records that have none, as if `$TTL` stood in front of the file. */
  readonly defaultTtl?: number
  /** How many records one `$GENERATE` may make. */
  readonly maxGenerate?: number
  /** After this many errors reading stops, with a last error that says so. */
  readonly maxErrors?: number
  /** The name that errors carry. */
  readonly fileName?: string
}

type Emit = (item: ZoneFileItem) => void

/** The longest entry: more than any RDATA needs, and a bound on what is kept in memory. */
const maxEntryOctets = 262_144
/** How much text is looked at in one go. */
const pieceOctets = 65_536
/** Room at first; it grows with the text. */
const firstOctets = 2_048
const maxErrorText = 200
const byteOrderMark = 0xef

/**
 * Give the text to `push` as it comes and call `end` after the last piece; where the pieces are cut changes nothing. After an
 * error reading goes on with the next entry. Octets above 127 are taken as they are, without a character set.
 */
export class ZoneFileParser {
  readonly #reader: EntryReader
  readonly #lexer = new EntryLexer()
  readonly #maxGenerate: number
  readonly #maxErrors: number
  readonly #fileName: string | undefined
  #bytes = new Uint8Array(firstOctets)
  #length = 0
  #line = 1
  #errors = 0
  #atStart = true
  #stopped = false
  /** Within an entry that is too long: what is left of its last line is skipped. */
  #skipping = false
  /** An unfinished entry is not read again before this much of it is there, which keeps the work linear. */
  #wanted = 0

  constructor(options: ZoneFileOptions) {
    this.#reader = new EntryReader(options.origin, options.defaultTtl)
    this.#maxGenerate = options.maxGenerate ?? 65_536
    this.#maxErrors = options.maxErrors ?? 100
    this.#fileName = options.fileName
  }

  /** True once there were too many errors: the rest of the text is ignored. */
  get stopped(): boolean {
    return this.#stopped
  }

  push(bytes: Uint8Array, emit: Emit): void {
    for (let at = 0; at < bytes.length && !this.#stopped; at += pieceOctets) {
      this.#append(bytes.subarray(at, at + pieceOctets))
      this.#drain(false, emit)
    }
  }

  /** The text is complete. */
  end(emit: Emit): void {
    this.#drain(true, emit)
    this.#stopped = true
  }

  #append(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  #drain(final: boolean, emit: Emit): void {
    if (this.#length < this.#wanted && !final) return
    let at = this.#atStart ? this.#skipByteOrderMark(final) : 0
    while (at >= 0 && at < this.#length && !this.#stopped) {
      const next = this.#skipping ? this.#skipLine(at) : this.#next(at, final, emit)
      if (next === -1) break
      at = next
    }
    if (at <= 0) return
    this.#bytes.copyWithin(0, at, this.#length)
    this.#length -= at
    this.#wanted = Math.min(2 * this.#length, maxEntryOctets + 1)
  }

  /** Editors put the octets EF BB BF in front of a file; they are no part of the first owner name. Returns -1 for "not yet". */
  #skipByteOrderMark(final: boolean): number {
    if (this.#length < 3 && !final) return -1
    this.#atStart = false
    const [first, second, third] = this.#bytes
    return this.#length >= 3 && first === byteOrderMark && second === 0xbb && third === 0xbf ? 3 : 0
  }

  #skipLine(at: number): number {
    // Not indexOf on the whole buffer, which is longer than the text in it.
    const lineFeed = this.#bytes.subarray(at, this.#length).indexOf(0x0a)
    if (lineFeed === -1) return this.#length
    this.#skipping = false
    this.#line++
    return at + lineFeed + 1
  }

  /** Reads the entry at `at` and returns the offset after it, or -1 when more text is needed. */
  #next(at: number, final: boolean, emit: Emit): number {
    const limit = Math.min(this.#length, at + maxEntryOctets)
    const firstLine = this.#line
    const next = this.#lexer.lex(this.#bytes, at, limit, final && limit === this.#length, firstLine)
    if (next === -1 && limit === this.#length) {
      this.#wanted = Math.min(2 * (this.#length - at), maxEntryOctets + 1)
      return -1
    }
    this.#line = this.#lexer.line
    if (next === -1) {
      this.#skipping = true
      const rule = `an entry is longer than ${maxEntryOctets} octets; is a parenthesis left open?`
      this.#error(firstLine, 1, textOf(this.#bytes, at, at + maxErrorText), rule, emit)
      return limit
    }
    if (this.#lexer.error !== undefined) {
      const { line, column, start, end, rule } = this.#lexer.error
      this.#error(line, column, textOf(this.#bytes, start, Math.min(end, start + maxErrorText)), rule, emit)
    } else if (this.#lexer.count > 0) {
      this.#entry(at, emit)
    }
    return next
  }

  #entry(at: number, emit: Emit): void {
    const lexer = this.#lexer
    const first = this.#bytes[at]
    try {
      if (first === 0x24) {
        this.#directive(emit)
      } else {
        const rr = this.#reader.readRecord(this.#bytes, lexer, first !== 0x20 && first !== 0x09)
        emit({ kind: 'rr', rr, line: lexer.lineOf(0), column: lexer.columnOf(0) })
      }
    } catch (error) {
      if (!(error instanceof FieldError)) throw error
      this.#fieldError(error, emit)
    }
  }

  #fieldError(error: FieldError, emit: Emit): void {
    const lexer = this.#lexer
    const isMissing = error.field >= lexer.count
    const field = isMissing ? lexer.count - 1 : error.field
    const start = lexer.start(field)
    const end = lexer.end(field)
    const text = isMissing ? '' : textOf(this.#bytes, start, Math.min(end, start + maxErrorText))
    const column = lexer.columnOf(field) + (isMissing ? end - start : 0)
    this.#error(lexer.lineOf(field), column, text, error.message, emit)
  }

  #error(line: number, column: number, text: string, rule: string, emit: Emit): void {
    if (this.#stopped) return
    const file = this.#fileName === undefined ? {} : { file: this.#fileName }
    emit({ kind: 'error', error: { line, column, text, rule, ...file } })
    if (++this.#errors < this.#maxErrors) return
    this.#stopped = true
    emit({ kind: 'error', error: { line, column, text: '', rule: `reading stops after ${this.#errors} errors`, ...file } })
  }

  #directive(emit: Emit): void {
    const lexer = this.#lexer
    const reader = this.#reader
    const word = wordOf(this.#bytes, lexer, 0)
    if (word === '$origin') {
      refuseMore(lexer, 2)
      reader.setOrigin(reader.readName(this.#bytes, lexer, 1))
    } else if (word === '$ttl') {
      refuseMore(lexer, 2)
      if (lexer.count < 2) throw new FieldError(1, '$TTL needs a TTL (RFC 2308 §4)')
      reader.defaultTtl = readTtl(this.#bytes, lexer, 1)
    } else if (word === '$include') {
      this.#include(emit)
    } else if (word === '$generate') {
      const position = { line: lexer.lineOf(0), column: lexer.columnOf(0) }
      generate(this.#bytes, lexer, reader, this.#maxGenerate, (rr) => emit({ kind: 'rr', rr, ...position }))
    } else {
      throw new FieldError(
        0,
        'the directives are $ORIGIN, $TTL, $INCLUDE and $GENERATE; write an owner name that starts with $ as \\$',
      )
    }
  }

  #include(emit: Emit): void {
    const lexer = this.#lexer
    refuseMore(lexer, 3)
    if (lexer.count < 2) throw new FieldError(1, '$INCLUDE needs the name of a file (RFC 1035 §5.1)')
    const { defaultTtl } = this.#reader
    emit({
      kind: 'include',
      path: lexer.text(1),
      origin: lexer.count > 2 ? this.#reader.readName(this.#bytes, lexer, 2) : this.#reader.origin,
      ...(defaultTtl === undefined ? {} : { defaultTtl }),
      line: lexer.lineOf(0),
      column: lexer.columnOf(1),
    })
  }
}

function refuseMore(lexer: EntryLexer, count: number): void {
  if (lexer.count > count) throw new FieldError(count, 'this is more than the directive takes (RFC 1035 §5.1)')
}

/** Hands out the words of one RDATA text in order. */
import type { Name } from '../name.ts'
import { RDATAError, type Token } from './token.ts'

export class TokenReader {
  readonly tokens: readonly Token[]
  readonly origin: Name | undefined
  #next: number

  constructor(tokens: readonly Token[], origin?: Name, start = 0) {
    this.tokens = tokens
    this.origin = origin
    this.#next = start
  }

  get more(): boolean {
    return this.#next < this.tokens.length
  }

  /** The next word without taking it. */
  peek(): Token | undefined {
    return this.tokens[this.#next]
  }

  next(what: string): Token {
    const token = this.tokens[this.#next]
    if (token === undefined) throw new RDATAError(`${what} is missing`, this.#next)
    this.#next++
    return token
  }

  /** The text of the next word where only character-strings may stand in quotes: of numbers, names, octets (RFC 1035 §5.1). */
  word(what: string): string {
    const { text, quoted } = this.next(what)
    if (quoted) throw this.error(`${what} stands without quotes`, 'RFC 1035 §5.1')
    return text
  }

  /** A complaint about the word taken last. */
  error(message: string, rfc?: string): RDATAError {
    return new RDATAError(message, Math.max(0, this.#next - 1), rfc)
  }
}

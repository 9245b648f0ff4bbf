/** Words of presentation format, and the complaint about one of them. */

/**
 * One word or quoted string as it stands in the text: escapes are kept, the quotes around a quoted string are not. Where quotes
 * open inside a word, as in `alpn="h2,h3"`, the whole is one unquoted token that keeps them.
 */
export interface Token {
  readonly text: string
  readonly quoted: boolean
  readonly line: number
  readonly column: number
}

/** RDATA text that cannot be read; `tokenIndex` is the word at fault, or the number of words where one is missing. */
export class RDATAError extends Error {
  readonly tokenIndex: number
  readonly rfc: string | undefined

  constructor(message: string, tokenIndex: number, rfc?: string) {
    super(message)
    this.name = 'RDATAError'
    this.tokenIndex = tokenIndex
    this.rfc = rfc
  }
}

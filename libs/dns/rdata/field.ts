/** One field of RDATA in wire and presentation format: what the table of types is made of. */
import type { WireWriter } from '../wire.ts'
import type { TokenReader } from './token-reader.ts'

export interface Field {
  /** The field's name in the RFC, for messages. */
  readonly what: string
  /** True for a domain name: canonical form may fold it, and RDATA from a message may have it compressed. */
  readonly isName?: boolean
  /** The offset after the field; throws WireError when it is malformed or runs past `end`, the end of the RDATA. */
  scan(bytes: Uint8Array, offset: number, end: number): number
  /**
   * The text of a field that was scanned from `offset` to `end`. An empty text is left out of the line; undefined means that the
   * octets are legal and have no text that reads back as them.
   */
  format(bytes: Uint8Array, offset: number, end: number): string | undefined
  /** Reads the field's words and writes its octets; throws RDATAError or NameError. */
  parse(input: TokenReader, out: WireWriter): void
}

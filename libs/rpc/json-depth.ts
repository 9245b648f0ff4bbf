/** JSON that is nested deeper than any of our messages is refused before it is parsed: parsing it takes much time and memory. */
import { Code, ConnectError } from '@connectrpc/connect'
import { prefixOctets } from './frames.ts'

const deepest = 64

const [quote, backslash, openList, closeList, openObject, closeObject] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d]

/** The same chunks. `isFramed`: each message has a prefix of a flag and its length, as in gRPC, gRPC-Web and streams of Connect. */
export async function* shallowJSON(chunks: AsyncIterable<Uint8Array>, isFramed: boolean): AsyncGenerator<Uint8Array> {
  const depth = new JSONDepth(isFramed)
  for await (const chunk of chunks) {
    depth.push(chunk)
    yield chunk
  }
}

/** Follows nesting through the octets of messages, wherever those are cut. */
export class JSONDepth {
  readonly #isFramed: boolean
  #depth = 0
  #isString = false
  #isEscaped = false
  /** Octets of the prefix that have come, and the length in them. */
  #prefix = 0
  #left = 0

  constructor(isFramed: boolean) {
    this.#isFramed = isFramed
  }

  /** Throws a `ConnectError` where it goes too deep. */
  push(chunk: Uint8Array): void {
    if (!this.#isFramed) return this.#scan(chunk)
    for (let at = 0; at < chunk.length;) {
      if (this.#prefix < prefixOctets) {
        if (this.#prefix++ > 0) this.#left = this.#left * 256 + chunk[at]!
        at++
      } else {
        const octets = chunk.subarray(at, at + this.#left)
        this.#scan(octets)
        this.#left -= octets.length
        at += octets.length
      }
      if (this.#prefix === prefixOctets && this.#left === 0) this.#beginMessage()
    }
  }

  #beginMessage(): void {
    this.#prefix = 0
    this.#depth = 0
    this.#isString = this.#isEscaped = false
  }

  #scan(octets: Uint8Array): void {
    for (const octet of octets) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (this.#isString) {
        if (octet === quote) this.#isString = false
        else if (octet === backslash) this.#isEscaped = true
      } else if (octet === quote) this.#isString = true
      else if (octet === openList || octet === openObject) this.#deeper()
      else if (octet === closeList || octet === closeObject) this.#depth--
    }
  }

  #deeper(): void {
    if (++this.#depth > deepest) throw new ConnectError(`the JSON is nested deeper than ${deepest} levels`, Code.InvalidArgument)
  }
}

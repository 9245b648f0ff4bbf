/** Length-prefixed messages of gRPC over HTTP/2: a flag, the length in four octets, the message. */
import { Code, ConnectError } from '@connectrpc/connect'

/** Of the flag and the length. */
export const prefixOctets = 5

export function frame(message: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(prefixOctets + message.length)
  framed.writeUInt8(0, 0)
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, prefixOctets)
  return framed
}

/** Takes messages out of the octets of a stream, wherever those are cut. */
export class FrameReader {
  readonly #maxOctets: number
  readonly #deliver: (message: Uint8Array) => void
  #chunks: Buffer[] = []
  #size = 0
  /** Octets of the message under way, its prefix included; 0 while the prefix is not whole. */
  #wanted = 0

  constructor(maxOctets: number, deliver: (message: Uint8Array) => void) {
    this.#maxOctets = maxOctets
    this.#deliver = deliver
  }

  /** True while a message has begun and is not whole. */
  get partial(): boolean {
    return this.#size > 0
  }

  /** Octets of a message that has begun and is not whole. */
  get size(): number {
    return this.#size
  }

  /** Throws a `ConnectError` for a message that is too large or compressed. */
  push(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      if (this.#wanted === 0) {
        const known = this.#size === 0 ? rest : Buffer.concat([...this.#chunks, rest])
        if (known.length < prefixOctets) return this.#keep(rest)
        this.#wanted = this.#lengthIn(known)
        if (this.#size > 0) [this.#chunks, this.#size, rest] = [[], 0, known]
      }
      const missing = this.#wanted - this.#size
      if (rest.length < missing) return this.#keep(rest)
      this.#keep(rest.subarray(0, missing))
      rest = rest.subarray(missing)
      this.#complete()
    }
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  #lengthIn(head: Buffer): number {
    if (head[0] !== 0) throw new ConnectError('the message is compressed, and no compression was agreed on', Code.Internal)
    const length = head.readUInt32BE(1)
    if (length > this.#maxOctets) {
      throw new ConnectError(`the message of ${length} octets is larger than ${this.#maxOctets} octets`, Code.ResourceExhausted)
    }
    return prefixOctets + length
  }

  /** Always a copy: a field that is kept would otherwise keep the whole buffer of the socket it came in. */
  #complete(): void {
    const message = new Uint8Array(this.#wanted - prefixOctets)
    let at = -prefixOctets
    for (const chunk of this.#chunks) {
      message.set(at < 0 ? chunk.subarray(-at) : chunk, Math.max(0, at))
      at += chunk.length
    }
    this.#chunks = []
    this.#size = this.#wanted = 0
    this.#deliver(message)
  }
}

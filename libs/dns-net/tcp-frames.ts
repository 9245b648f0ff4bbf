/** DNS messages on a TCP stream: two octets of length, then the message (RFC 1035 §4.2.2). */

/** Takes octets as they come and gives back whole messages. Memory: one message. */
export class TcpFrames {
  #held: Buffer = Buffer.alloc(0)

  /** The messages that are whole after these octets. */
  push(chunk: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = []
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk])
    while (this.#held.length >= 2) {
      const end = 2 + this.#held.readUInt16BE(0)
      if (this.#held.length < end) break
      const message = this.#held.subarray(2, end)
      this.#held = this.#held.subarray(end)
      messages.push(message)
    }
    return messages
  }
}

/** A message with its length before it, so that both leave in one segment (RFC 7766 §8). */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(2 + message.length)
  framed.writeUInt16BE(message.length, 0)
  framed.set(message, 2)
  return framed
}

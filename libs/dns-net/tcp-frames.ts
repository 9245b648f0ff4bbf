/** DNS messages on a TCP stream: two octets of length, then the message (RFC 1035 §4.2.2). */

/** Takes octets as they come and gives back whole messages. Memory: what was taken and not given back. */
export class TcpFrames {
  #held: Buffer = Buffer.alloc(0)

  /** Takes octets; `next` gives the messages that are whole after them. */
  hold(chunk: Uint8Array): void {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk])
  }

  /** The next whole message; undefined until more octets come. */
  next(): Uint8Array | undefined {
    if (this.#held.length < 2) return undefined
    const end = 2 + this.#held.readUInt16BE(0)
    if (this.#held.length < end) return undefined
    const message = this.#held.subarray(2, end)
    this.#held = this.#held.subarray(end)
    return message
  }

  /** The messages that are whole after these octets. */
  push(chunk: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = []
    this.hold(chunk)
    for (let message = this.next(); message !== undefined; message = this.next()) messages.push(message)
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

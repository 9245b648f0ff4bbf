/** What connections keep in memory here: parts of requests, and answers that are not taken. */
import { Code, ConnectError } from '@connectrpc/connect'
import type { Http2Stream } from 'node:http2'
import type { Limits } from './limits.ts'

/** Less than this is not worth counting: it passes without cost. */
export const heldFromOctets = 64 * 1024
/** What a connection may keep in any case: else those that keep much would shut out all others. */
const alwaysOctets = 2 << 20

/** What one call keeps. */
export interface Holding {
  /** It keeps so many octets from now on. Throws a `ConnectError` where there is no room for them. */
  set(octets: number): void
}

export class HeldOctets {
  readonly #most: Pick<Limits, 'heldOctets' | 'heldOctetsInAll'>
  readonly #byConnection = new WeakMap<object, number>()
  #inAll = 0

  constructor(most: Pick<Limits, 'heldOctets' | 'heldOctetsInAll'>) {
    this.#most = most
  }

  /** Octets that all connections keep. */
  get inAll(): number {
    return this.#inAll
  }

  /** An account of a call on this connection; it is to be set to 0 at the call's end. */
  on(connection: object): Holding {
    let present = 0
    return {
      set: (octets) => {
        const more = octets - present
        if (more === 0) return
        const held = (this.#byConnection.get(connection) ?? 0) + more
        if (more > 0) this.#check(held, this.#inAll + more)
        this.#byConnection.set(connection, held)
        this.#inAll += more
        present = octets
      },
    }
  }

  #check(held: number, inAll: number): void {
    const { heldOctets, heldOctetsInAll } = this.#most
    if (held <= heldOctets && (inAll <= heldOctetsInAll || held <= alwaysOctets)) return
    const message = `this connection keeps ${held} octets of requests and answers here; finish the ones, take the others, and come back`
    throw new ConnectError(message, Code.ResourceExhausted)
  }
}

/** What a call on a stream keeps, until the stream is closed; what is little is not counted. */
export class CallHolding {
  readonly #held: HeldOctets
  readonly #stream: Http2Stream
  #holding: Holding | undefined
  #request = 0
  #answer = 0

  constructor(held: HeldOctets, stream: Http2Stream) {
    this.#held = held
    this.#stream = stream
  }

  /** Of a request, what has come and is not worked up. */
  request(octets: number): void {
    this.#set(octets, this.#answer)
  }

  /** Of an answer, what the client has not taken. */
  answer(octets: number): void {
    this.#set(this.#request, octets)
  }

  #set(request: number, answer: number): void {
    // Once it is gone it keeps nothing.
    if (this.#stream.destroyed) return
    const octets = request + answer
    if (this.#holding === undefined) {
      if (octets < heldFromOctets || this.#stream.session === undefined) return
      const holding = this.#held.on(this.#stream.session)
      this.#holding = holding
      this.#stream.once('close', () => holding.set(0))
    }
    this.#holding.set(octets)
    this.#request = request
    this.#answer = answer
  }
}

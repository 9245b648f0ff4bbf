/** One HTTP/2 connection of a client: how many streams it has, and whether it still answers. */
import type { ClientHttp2Session, ClientHttp2Stream, ClientSessionRequestOptions, OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'

export interface ConnectionTimes {
  /** A connection that has been silent for so long with streams open is asked whether it is there, */
  readonly pingIntervalMs: number
  /** and ended when it has not answered so much later. */
  readonly pingTimeoutMs: number
  /** One that owes an answer for so long gets no calls while there are others. */
  readonly doubtMs: number
  /** One without streams that was silent for so long is asked before it is used again, */
  readonly staleMs: number
  /** and one that was not used for so long is closed. */
  readonly idleMs: number
}

export const defaultTimes: ConnectionTimes = {
  pingIntervalMs: 5_000,
  pingTimeoutMs: 10_000,
  doubtMs: 1_000,
  staleMs: 20_000,
  idleMs: 900_000,
}

/** Made of a session whose SETTINGS have come. */
export class Connection {
  readonly openedAt = performance.now()
  readonly #session: ClientHttp2Session
  readonly #socket: Socket
  readonly #times: ConnectionTimes
  readonly #told: { readonly left: () => void; readonly ended: () => void }
  readonly #look: NodeJS.Timeout
  #streams = 0
  #octets = 0
  #heardAt = performance.now()
  #usedAt = performance.now()
  #ping: { readonly at: number; readonly answered: Promise<boolean> } | undefined
  #open = true

  /** `left` is called once it takes no more streams, `ended` when it is gone. */
  constructor(
    session: ClientHttp2Session,
    socket: Socket,
    times: ConnectionTimes,
    told: { readonly left: () => void; readonly ended: () => void },
  ) {
    this.#session = session
    this.#socket = socket
    this.#times = times
    this.#told = told
    // A quiet connection holds no program open; its streams do.
    session.unref()
    session.once('goaway', () => this.leave()).once('close', () => this.#end())
    socket.once('close', () => this.destroy())
    this.#look = setInterval(() => this.#watch(), Math.min(1_000, times.doubtMs / 2)).unref()
  }

  get streams(): number {
    return this.#streams
  }

  /** Takes calls, as far as is known. */
  get answers(): boolean {
    return this.#open && !this.stale && !this.#owes(this.#times.doubtMs)
  }

  /** Was silent for so long that it may be gone without a word. */
  get stale(): boolean {
    return this.#streams === 0 && this.#silentMs() > this.#times.staleMs
  }

  /** The server allows no further stream until one ends. */
  get full(): boolean {
    return this.#streams >= (this.#session.remoteSettings?.maxConcurrentStreams ?? Infinity)
  }

  /** Gives nothing where the connection has just gone. */
  request(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream | undefined {
    try {
      const stream = this.#session.request(headers, options)
      this.#usedAt = performance.now()
      if (this.#streams++ === 0) this.#session.ref()
      stream.once('close', () => this.#closed())
      return stream
    } catch (error) {
      if (!this.#session.closed && !this.#session.destroyed) throw error
      this.leave()
      return undefined
    }
  }

  /** Asks whether it is there; false when it ends instead. */
  verify(): Promise<boolean> {
    return (this.#ping ??= this.#asked()).answered
  }

  /** Takes no more streams, and ends with the last of those it has. */
  leave(): void {
    if (!this.#open) return
    this.#open = false
    this.#told.left()
    if (this.#streams === 0) this.#session.destroy()
  }

  destroy(): void {
    this.leave()
    this.#session.destroy()
  }

  #closed(): void {
    this.#usedAt = performance.now()
    if (--this.#streams > 0) return
    this.#session.unref()
    // Node leaves a session open that was told to go away and has no streams.
    if (!this.#open) this.#session.destroy()
  }

  #end(): void {
    clearInterval(this.#look)
    this.leave()
    this.#told.ended()
  }

  #asked() {
    const at = performance.now()
    const { promise: answered, resolve } = Promise.withResolvers<boolean>()
    const gone = () => resolve(false)
    this.#session.once('close', gone)
    this.#session.ping((error) => {
      this.#session.off('close', gone)
      // An error comes when the session ends: #ping stays, so that it is not asked again.
      if (error) return resolve(false)
      this.#heardAt = performance.now()
      this.#ping = undefined
      resolve(true)
    })
    return { at, answered }
  }

  #owes(ms: number): boolean {
    return this.#ping !== undefined && performance.now() - this.#ping.at > ms
  }

  /** Octets of any kind are a sign of life. */
  #silentMs(): number {
    const { bytesRead = 0 } = this.#socket
    if (bytesRead !== this.#octets) this.#heardAt = performance.now()
    this.#octets = bytesRead
    return performance.now() - this.#heardAt
  }

  #watch(): void {
    const { pingTimeoutMs, pingIntervalMs, doubtMs, idleMs } = this.#times
    const silentMs = this.#silentMs()
    // Without streams nothing is lost with it.
    if (this.#owes(this.#streams > 0 ? pingTimeoutMs : 2 * doubtMs)) return this.destroy()
    if (this.#streams > 0 && silentMs > pingIntervalMs) void this.verify()
    if (this.#streams === 0 && performance.now() - this.#usedAt > idleMs) this.leave()
  }
}

/** One of the addresses behind a name: connected when it can be, and tried again with pauses when it cannot. */
import { backoff } from '@zonecast/runtime'
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2'
import type { Socket } from 'node:net'
import { Connection, type ConnectionTimes } from './connection.ts'
import { connectionFault } from './tls-connect.ts'

export interface MemberPorts {
  readonly authority: string
  readonly open: () => Socket
  readonly times: ConnectionTimes & { readonly connectTimeoutMs: number }
  /** Connections that are there, also those that take no more calls. */
  readonly connections: Set<Connection>
  /** Called when a connection that was good has ended or is about to. */
  readonly broke: () => void
  /** False while nobody calls: then nothing is tried again. */
  readonly wanted: () => boolean
}

/**
 * ```
 *            try                    SETTINGS came
 *   idle ──────────▶ connecting ───────────────────▶ connected ──▶ doubtful: a ping is not answered
 *    ▲                   │                               │
 *    │ pause is over     ▼ refused, lost or too late     │ GOAWAY, end
 *    └──────────────── down ◀────────────────────────────┘ (idle where the connection was steady)
 * ```
 */
export type MemberState = 'idle' | 'connecting' | 'connected' | 'doubtful' | 'down'

/** Upper bounds of the pauses between attempts; the pauses themselves are random below them. */
const pauses = { baseMs: 200, maxMs: 5_000 }
/** However much it is wanted, an address is not tried more often. */
const leastPauseMs = 100
/** A connection that ended sooner is as good as none. */
const steadyMs = 1_000
const settings: SecureClientSessionOptions = { settings: { initialWindowSize: 1024 * 1024, enablePush: false } }

export class Member {
  /** Why it could not be reached the last time. */
  error: Error | undefined
  readonly #ports: MemberPorts
  #connection: Connection | undefined
  #attempt: Promise<boolean> | undefined
  #session: ClientHttp2Session | undefined
  #failures = 0
  #triedAt = -Infinity
  #retry: NodeJS.Timeout | undefined
  #left = false

  constructor(ports: MemberPorts) {
    this.#ports = ports
  }

  get state(): MemberState {
    if (this.#connection) return this.#connection.answers || this.#connection.stale ? 'connected' : 'doubtful'
    if (this.#session) return 'connecting'
    return this.#retry ? 'down' : 'idle'
  }

  /** A call may go there at once. */
  get ready(): boolean {
    return this.#connection?.answers === true && !this.#connection.full
  }

  /** A call may go there, and perhaps wait. */
  get connected(): boolean {
    return this.#connection !== undefined && !this.#connection.stale
  }

  request(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream | undefined {
    return this.#connection?.request(headers, options)
  }

  /** Connects, or asks a quiet connection whether it is there. Resolves with whether it may be used. */
  async wake(): Promise<boolean> {
    if (this.#left) return false
    if (this.#connection && (!this.#connection.stale || (await this.#connection.verify()))) return true
    return (this.#attempt ??= this.#connect().finally(() => (this.#attempt = undefined)))
  }

  /** Connects in its own time: not before the pause after the last failure is over. */
  mayWake(): void {
    if (!this.#connection && !this.#retry) void this.wake()
  }

  /** No more calls; those there are may end. */
  leave(): void {
    this.#left = true
    clearTimeout(this.#retry)
    this.#session?.destroy()
    this.#connection?.leave()
  }

  async #connect(): Promise<boolean> {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const restMs = this.#triedAt + leastPauseMs - performance.now()
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    if (this.#left) return false
    this.#triedAt = performance.now()
    const failure = await this.#open()
    if (failure === undefined) return true
    this.error = failure
    this.#pause()
    return false
  }

  /** Resolves with what went wrong. A connection counts when the server has spoken: one that was merely accepted may be refused yet. */
  #open(): Promise<Error | undefined> {
    const { authority, open, times } = this.#ports
    const { promise, resolve } = Promise.withResolvers<Error | undefined>()
    const socket = open()
    const session = connect(authority, { ...settings, createConnection: () => socket })
    this.#session = session
    const end = (error?: NodeJS.ErrnoException) => {
      clearTimeout(late)
      if (this.#session === session) this.#session = undefined
      resolve(connectionFault(socket, error) ?? error ?? new Error('the connection was closed at once'))
      socket.destroy()
      session.destroy()
    }
    const late = setTimeout(() => end(new Error(`no answer within ${times.connectTimeoutMs} ms`)), times.connectTimeoutMs)
    // Of a TLS alert that comes after the handshake, the socket hears and the session does not.
    for (const each of [session, socket]) each.on('error', end).once('close', () => end())
    session.once('remoteSettings', () => {
      clearTimeout(late)
      this.#session = undefined
      this.#connected(session, socket)
      resolve(undefined)
    })
    return promise
  }

  #connected(session: ClientHttp2Session, socket: Socket): void {
    const { times, connections } = this.#ports
    const ended = () => void connections.delete(connection)
    const connection = new Connection(session, socket, times, { left: () => this.#lost(), ended })
    connections.add(connection)
    this.#connection = connection
    this.error = undefined
    if (this.#left) connection.leave()
  }

  #lost(): void {
    const connection = this.#connection
    this.#connection = undefined
    if (!connection || this.#left) return
    if (performance.now() - connection.openedAt >= steadyMs) this.#failures = 0
    else this.#pause()
    this.#ports.broke()
  }

  #pause(): void {
    if (this.#left) return
    const ms = Math.max(leastPauseMs, backoff(this.#failures++, pauses))
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      if (this.#ports.wanted()) void this.wake()
    }, ms).unref()
  }
}

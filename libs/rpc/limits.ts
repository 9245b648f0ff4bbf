/** What one client may take of a server (DESIGN: limits every server sets), and how a connection is watched. */
import type { ServerHttp2Session, ServerOptions } from 'node:http2'

export interface Limits {
  /** Largest message, in octets. */
  readonly readMaxBytes: number
  /** Streams a connection may have open at once. */
  readonly concurrentStreams: number
  /** Streams of one principal that are open at once, over all connections: one credential alone cannot take all there is. */
  readonly streamsPerPrincipal: number
  /** Streams a client may reset at once, and again each second, before its connection is closed (CVE-2023-44487). */
  readonly streamResetBurst: number
  readonly streamResetsPerSecond: number
  readonly connections: number
  /** Of one address, so that one client alone cannot keep all others out. */
  readonly connectionsPerAddress: number
  /** For the head of an HTTP/1.1 request, and for a connection to show what it speaks. */
  readonly headerTimeoutMs: number
  /** For the whole body of a request that carries one message. */
  readonly bodyTimeoutMs: number
  /** Deadline of a unary call that names none. */
  readonly defaultDeadlineMs: number
  /** No unary call runs longer, whatever it asks for. */
  readonly maxDeadlineMs: number
  /** How often a connection is asked whether it is still there, and how long it has to answer. */
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  /** Reading calls of a connection that run at once; the others wait for their turn. */
  readonly readsAtOnce: number
  /** Octets of unfinished requests, and of answers that are not taken, that a connection may keep here; and all connections. */
  readonly heldOctets: number
  readonly heldOctetsInAll: number
}

export const defaultLimits: Limits = {
  readMaxBytes: 1024 * 1024,
  concurrentStreams: 100,
  streamsPerPrincipal: 2_000,
  streamResetBurst: 200,
  streamResetsPerSecond: 20,
  connections: 4096,
  connectionsPerAddress: 1024,
  headerTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  defaultDeadlineMs: 30_000,
  maxDeadlineMs: 300_000,
  pingIntervalMs: 20_000,
  pingTimeoutMs: 10_000,
  readsAtOnce: 8,
  heldOctets: 32 << 20,
  heldOctetsInAll: 96 << 20,
}

/** The settings of `node:http2` that carry these limits out. */
export function http2Options(limits: Limits): ServerOptions {
  return {
    settings: { maxConcurrentStreams: limits.concurrentStreams, initialWindowSize: 256 * 1024 },
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetsPerSecond,
    // In megabytes; the default of 10 is less than a connection full of streams with a message each.
    maxSessionMemory: 64,
  }
}

/** Pings a connection for as long as it lives and ends it when no answer comes: TCP alone takes minutes to notice. */
export function pingSession(session: ServerHttp2Session, { pingIntervalMs, pingTimeoutMs }: Limits): void {
  let answerBy: NodeJS.Timeout | undefined
  const interval = setInterval(() => {
    if (session.destroyed || answerBy) return
    answerBy = setTimeout(() => session.destroy(), pingTimeoutMs).unref()
    session.ping(() => {
      clearTimeout(answerBy)
      answerBy = undefined
    })
  }, pingIntervalMs).unref()
  session.once('close', () => {
    clearInterval(interval)
    clearTimeout(answerBy)
  })
}

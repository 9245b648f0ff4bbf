/** One clear-text port for HTTP/1.1 and HTTP/2: the first octets of a connection decide. */
import {
  createServer as createHTTP1,
  type IncomingMessage,
  type ServerOptions as HTTP1Options,
  type ServerResponse,
} from 'node:http'
import {
  createServer as createHTTP2,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions as HTTP2Options,
} from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import type { StreamTaker } from './serve-grpc.ts'

/** What an HTTP/2 client says first (RFC 9113 §3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

export interface ListenerOptions {
  readonly http1: HTTP1Options
  readonly http2: HTTP2Options
  /** A connection that has not shown what it speaks is dropped after this long. */
  readonly sniffTimeoutMs: number
  readonly onSession: (session: ServerHttp2Session) => void
  /** Is offered each HTTP/2 stream first. */
  readonly take: StreamTaker
}

/** A server that hands each connection to `node:http2` or `node:http`; both give their requests to `handler`. */
export interface DualServer extends Server {
  closeIdleConnections(): void
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

export function createDualServer(handler: RequestHandler, options: ListenerOptions): DualServer {
  const http1 = createHTTP1(options.http1, handler)
  // The compatibility API of node:http2 gives the handler the same two shapes.
  const http2 = createHTTP2(options.http2, handler as never)
  const undecided = new Set<Socket>()
  takeStreams(http2, options.take)
  http2.on('session', options.onSession)
  const front = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    undecided.add(socket)
    socket.once('close', () => undecided.delete(socket))
    sniff(socket, options.sniffTimeoutMs, (speaksHTTP2) => {
      undecided.delete(socket)
      const server: Server = speaksHTTP2 ? http2 : http1
      server.emit('connection', socket)
    })
  })
  for (const server of [http1, http2] as Server[]) {
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      // Neither protocol: to a client that does not speak HTTP/1.1, a 400 says nothing.
      if (error.code === 'HPE_INVALID_METHOD' && socket.bytesWritten === 0) socket.destroy()
      else front.emit('clientError', error, socket)
    })
  }
  // node:http times the heads of requests and knows its idle connections only from "listening" on, which it never does itself.
  front.once('listening', () => http1.emit('listening'))
  front.once('close', () => http1.close())
  return Object.assign(front, {
    closeIdleConnections() {
      for (const socket of undecided) socket.destroy()
      http1.closeIdleConnections()
    },
  })
}

/**
 * Offers each stream to `take` before the compatibility API of node:http2 makes a request and a response of it, which would cost as much
 * as the rest of a call.
 */
export function takeStreams(server: Http2Server | Http2SecureServer, take: StreamTaker): void {
  const others = server.listeners('stream') as ((...event: unknown[]) => void)[]
  server.removeAllListeners('stream')
  server.on('stream', (stream: ServerHttp2Stream, fields: IncomingHttpHeaders, flags: number, rawHeaders: string[]) => {
    if (!take(stream, { fields, rawHeaders })) for (const other of others) other.call(server, stream, fields, flags, rawHeaders)
  })
}

/** Reads until the first octets match the preface or differ from it, puts them back and reports which. */
function sniff(socket: Socket, timeoutMs: number, decided: (speaksHTTP2: boolean) => void): void {
  let head: Buffer = Buffer.alloc(0)
  const leave = () => {
    clearTimeout(late)
    socket.off('error', drop).off('end', drop).off('readable', read).off('close', leave)
  }
  const drop = () => {
    leave()
    socket.destroy()
  }
  const read = () => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const compared = Math.min(head.length, preface.length)
    const same = head.compare(preface, 0, compared, 0, compared) === 0
    // A preface cut in two: keep what came and wait. To unshift it here would emit "readable" again, for ever.
    if (same && compared < preface.length) return
    leave()
    socket.unshift(head)
    decided(same)
  }
  // However much comes meanwhile: a preface may come octet by octet.
  const late = setTimeout(drop, timeoutMs)
  socket.on('error', drop).on('end', drop).on('readable', read).once('close', leave)
}

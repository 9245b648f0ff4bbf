/** REST as both ends of the old way speak it: a Fastify server, and a client that keeps its connections. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request as requestHttp1 } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import fastify, { type FastifyInstance } from 'fastify'
import type { Protocol } from './contract.ts'

/** A zone of a million records is a body of about 90 MB: the limits of a web server have to be lifted for it. */
const bodyLimit = 1 << 30
const poolSize = 16

/** The part of Fastify that the programs use; over HTTP/2 it is the same. */
export type RestServer = Pick<FastifyInstance, 'get' | 'put' | 'post' | 'listen' | 'close' | 'addContentTypeParser'>

export function createRestServer(protocol: Protocol): RestServer {
  const options = { bodyLimit, onProtoPoisoning: 'ignore', onConstructorPoisoning: 'ignore' } as const
  if (protocol === 'http/1.1') return fastify(options)
  return fastify({ ...options, http2: true, http2SessionTimeout: 600_000 }) as unknown as RestServer
}

export interface RestClient {
  /** Sends a body, JSON unless it is text, and gives the parsed answer; rejects on any status but 2xx. */
  send<T>(method: 'GET' | 'PUT' | 'POST', path: string, body?: object | string): Promise<T>
  /** Octets of all bodies sent so far. */
  sentOctets(): number
  close(): void
}

export function createRestClient(protocol: Protocol, url: string): RestClient {
  return protocol === 'http/1.1' ? poolOf(url) : sessionOf(url)
}

function encoded(body: object | string | undefined): { readonly type: string; readonly bytes: Buffer } | undefined {
  if (body === undefined) return undefined
  const isText = typeof body === 'string'
  return { type: isText ? 'text/dns' : 'application/json', bytes: Buffer.from(isText ? body : JSON.stringify(body)) }
}

function decoded<T>(status: number, pieces: readonly Buffer[], what: string): T {
  const text = Buffer.concat(pieces).toString()
  if (status < 200 || status > 299) throw new Error(`${what}: ${status} ${text.slice(0, 200)}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

function poolOf(url: string): RestClient {
  const agent = new Agent({ keepAlive: true, maxSockets: poolSize })
  let sent = 0
  return {
    sentOctets: () => sent,
    send: async <T>(method: string, path: string, body?: object | string) => {
      const content = encoded(body)
      sent += content?.bytes.length ?? 0
      const headers = content && { 'content-type': content.type, 'content-length': content.bytes.length }
      const request = requestHttp1(new URL(path, url), { method, agent, ...(headers && { headers }) })
      request.setNoDelay(true)
      // Who waits for the response hears of it; nobody does any more where the client was closed meanwhile.
      request.on('error', () => {})
      request.end(content?.bytes)
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      const pieces = (await response.toArray()) as Buffer[]
      return decoded<T>(response.statusCode ?? 0, pieces, `${method} ${path}`)
    },
    close: () => agent.destroy(),
  }
}

function sessionOf(url: string): RestClient {
  // With the windows of the protocol's default a large body would wait for the peer every 64 KiB.
  const windowOctets = 1 << 20
  const session: ClientHttp2Session = connect(url, { settings: { initialWindowSize: windowOctets } })
  session.on('connect', () => session.setLocalWindowSize(windowOctets))
  session.on('error', () => {})
  let sent = 0
  return {
    sentOctets: () => sent,
    send: async <T>(method: string, path: string, body?: object | string) => {
      const content = encoded(body)
      sent += content?.bytes.length ?? 0
      const stream = session.request(
        { ':method': method, ':path': path, ...(content && { 'content-type': content.type }) },
        { endStream: content === undefined },
      )
      if (content) stream.end(content.bytes)
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      const [headers] = (await once(stream, 'response')) as [{ readonly ':status'?: number }]
      await once(stream, 'end')
      return decoded<T>(headers[':status'] ?? 0, pieces, `${method} ${path}`)
    },
    close: () => session.destroy(),
  }
}

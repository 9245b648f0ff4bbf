/** Requests with bodies of any kind, over HTTP/1.1 as octets and over HTTP/2, and what is answered in a few words. */
import type { EventEmitter } from 'node:events'
import { connect as connectHTTP2, type ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'

export interface RawRequest {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Iterable<Uint8Array>
}

/** The body goes out as it is, whatever the header says of its length. */
export async function overHTTP1({ port, path, headers, body }: RawRequest): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  const chunks: Buffer[] = []
  socket.on('error', () => {}).on('data', (chunk: Buffer) => chunks.push(chunk))
  const closed = closeOf(socket)
  const lines = Object.entries({ host: 'a', connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  for (const chunk of body) {
    if (socket.destroyed) break
    if (!socket.write(chunk)) await Promise.race([drained(socket), closed])
  }
  await closed
  const answer = Buffer.concat(chunks).toString('latin1')
  const [, status = 'closed without a word'] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? []
  return [status, ...wordsOf(answer)].join(' ')
}

/** Honours windows, and stops sending once the stream is closed. */
export async function overHTTP2({ port, path, headers, body }: RawRequest): Promise<string> {
  const session = connectHTTP2(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  try {
    return await requestOn(session, { path, headers, body })
  } finally {
    session.destroy()
  }
}

async function requestOn(session: ClientHttp2Session, { path, headers, body }: Omit<RawRequest, 'port'>): Promise<string> {
  const stream = session.request({ ':method': 'POST', ':path': path, te: 'trailers', ...headers })
  const chunks: Buffer[] = []
  const told: Record<string, unknown> = {}
  stream.on('error', () => {}).on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('response', (fields) => Object.assign(told, fields)).on('trailers', (fields) => Object.assign(told, fields))
  const closed = closeOf(stream)
  for (const chunk of body) {
    if (stream.destroyed || stream.closed) break
    if (!stream.write(chunk)) await Promise.race([drained(stream), closed])
  }
  stream.end()
  await closed
  const status = told[':status'] ?? `stream closed with ${stream.rstCode}`
  const grpc = told['grpc-status'] === undefined ? [] : [`grpc-status: ${String(told['grpc-status'])}`]
  return [status, ...grpc, ...wordsOf(Buffer.concat(chunks).toString('latin1'))].join(' ')
}

function closeOf(sink: EventEmitter): Promise<void> {
  return new Promise((resolve) => sink.once('close', () => resolve()))
}

function drained(sink: EventEmitter): Promise<void> {
  return new Promise((resolve) => sink.once('drain', () => resolve()))
}

/** The status of gRPC-Web, or the code of Connect. */
function wordsOf(answer: string): string[] {
  return [...answer.matchAll(/grpc-status: ?\d+|"code":"\w+"/g)].map(([words]) => words)
}

/** The client that asks both servers: frames on node:http2 by hand, so that it is the same for each and costs little. */
import { once } from 'node:events'
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2'
import { create, type DescMethod, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { methods, piece } from './work.ts'

export interface Asker {
  unary(): Promise<void>
  /** Any unary method, with a request as `framed` gives it. */
  ask(method: DescMethod, request: Buffer): Promise<void>
  /** The same call over gRPC-Web, and over Connect with JSON. */
  webUnary(): Promise<void>
  jsonUnary(): Promise<void>
  /** Reads pieces of 64 KiB to the end, and gives the octets. */
  serverStream(pieces: number): Promise<number>
  /** Sends pieces of 64 KiB, no faster than they are taken. */
  clientStream(pieces: number): Promise<void>
  /** One message there and one back, so many times on one stream. */
  pingPong(times: number): Promise<void>
  close(): void
}

/** How it says who it is: fields of each call, or a certificate of the connection. */
export interface Caller {
  readonly fields?: OutgoingHttpHeaders
  readonly tls?: SecureClientSessionOptions
}

export function openAsker(port: number, { fields = { authorization: 'Bearer zc_bench' }, tls }: Caller = {}): Asker {
  const settings = { settings: { initialWindowSize: 1024 * 1024 } }
  const session = connect(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`, { ...settings, ...tls })
  const zone = framed(methods.unary, { zone: 'bench.example.' })
  const json = Buffer.from(JSON.stringify({ zone: 'bench.example.' }))
  const data = framed(methods.clientStream, { part: { case: 'data', value: piece } })
  const ping = framed(methods.bidi, { want: 1n, zone: 'bench.example.' })
  const ask = async (method: DescMethod, request: Buffer) => {
    const stream = call(session, method, fields)
    stream.end(request)
    await octetsOf(stream)
  }
  return {
    unary: () => ask(methods.unary, zone),
    ask,
    async webUnary() {
      const stream = call(session, methods.unary, { ...fields, 'content-type': 'application/grpc-web+proto' })
      stream.end(zone)
      const body = await bodyOf(stream)
      // The status comes in the body, behind the message.
      if (!/grpc-status: ?0/.test(body)) throw new Error(body)
    },
    async jsonUnary() {
      const stream = call(session, methods.unary, {
        ...fields,
        'content-type': 'application/json',
        'connect-protocol-version': '1',
      })
      stream.end(json)
      const body = await bodyOf(stream)
      if (!body.includes('"bench.example."')) throw new Error(body)
    },
    async clientStream(pieces) {
      const stream = call(session, methods.clientStream, fields)
      const answered = octetsOf(stream)
      for (let left = pieces; left > 0; left--) if (!stream.write(data)) await once(stream, 'drain')
      stream.end()
      await answered
    },
    async serverStream(pieces) {
      const stream = call(session, methods.serverStream, fields)
      stream.end(framed(methods.serverStream, { zone: 'bench.example.', version: BigInt(pieces) }))
      return octetsOf(stream)
    },
    async pingPong(times) {
      const stream = call(session, methods.bidi, fields)
      let left = times
      stream.on('data', () => (--left > 0 ? stream.write(ping) : stream.end()))
      stream.write(ping)
      await octetsOf(stream)
    },
    close: () => session.close(),
  }
}

function call(session: ClientHttp2Session, method: DescMethod, fields: OutgoingHttpHeaders): ClientHttp2Stream {
  return session.request({
    ':method': 'POST',
    ':path': `/${method.parent.typeName}/${method.name}`,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    ...fields,
  })
}

/** The answer itself, an octet a character; rejects when its stream breaks. */
function bodyOf(stream: ClientHttp2Stream): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

/** Octets of the answer; rejects unless its status is 0. */
function octetsOf(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve, reject) => {
    let octets = 0
    let status: unknown
    stream.on('response', (header) => (status = header['grpc-status']))
    stream.on('trailers', (trailers) => (status = trailers['grpc-status']))
    stream.on('data', (chunk: Buffer) => (octets += chunk.length))
    stream.on('error', reject)
    stream.on('close', () => (status === '0' ? resolve(octets) : reject(new Error(`grpc-status ${String(status)}`))))
  })
}

/** A request as one frame of gRPC. */
export function framed<Method extends DescMethod>({ input }: Method, message: MessageInitShape<Method['input']>): Buffer {
  const octets = toBinary(input, create(input, message as never))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(octets.length, 1)
  return Buffer.concat([prefix, octets])
}

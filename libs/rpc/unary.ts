/** Unary gRPC calls straight on HTTP/2: the shortest way for one message there and one back. */
import { create, type DescMessage, type DescMethodUnary, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { Code, ConnectError, type UnaryResponse } from '@connectrpc/connect'
import { codeFromHttpStatus, findTrailerError } from '@connectrpc/connect/protocol-grpc'
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { reasonOf } from './interrupt.ts'
import type { RoundRobinPool } from './pool.ts'

export interface UnaryCall<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodUnary<I, O>
  readonly message: MessageInitShape<I>
  readonly headers: Record<string, string>
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  readonly readMaxBytes: number
}

/**
 * Makes one call. Connect's own transport does the same through a dozen nested generators, signals and promises, which cost
 * more than the call itself; streams, where they cost little a message, keep going through it.
 */
export async function callUnary<I extends DescMessage, O extends DescMessage>(
  pool: RoundRobinPool,
  call: UnaryCall<I, O>,
): Promise<UnaryResponse<I, O>> {
  const { method, message, timeoutMs, signal } = call
  if (signal?.aborted) throw ConnectError.from(reasonOf(signal), Code.Canceled)
  const headers = {
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    ...(timeoutMs > 0 && { 'grpc-timeout': `${Math.min(99_999_999, Math.ceil(timeoutMs))}m` }),
    ...call.headers,
  }
  const body = frame(toBinary(method.input, create(method.input, message)))
  const stream = await pool.request('POST', `/${method.parent.typeName}/${method.name}`, headers, {}).catch(unreachable)
  const { header, trailer, octets } = await exchange(stream, body, call)
  return {
    stream: false,
    service: method.parent,
    method,
    header,
    trailer,
    message: fromBinary(method.output, messageOf(octets)),
  } as UnaryResponse<I, O>
}

interface Answer {
  readonly header: Headers
  readonly trailer: Headers
  readonly octets: Buffer
}

/** Sends the request and waits for the whole answer, until the deadline or until the caller leaves. */
function exchange(
  stream: ClientHttp2Stream,
  body: Uint8Array,
  { timeoutMs, signal, readMaxBytes }: Pick<UnaryCall<DescMessage, DescMessage>, 'timeoutMs' | 'signal' | 'readMaxBytes'>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let header: IncomingHttpHeaders = {}
    let trailer: IncomingHttpHeaders = {}
    const settle = (error?: unknown) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      if (error !== undefined) return reject(error)
      const failure = failureOf(stream.rstCode, header, trailer)
      if (failure) return reject(failure)
      resolve({ header: toHeaders(header), trailer: toHeaders(trailer), octets: Buffer.concat(chunks) })
    }
    const give = (error: unknown) => {
      settle(error)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    const cancel = () => give(ConnectError.from(signal && reasonOf(signal), Code.Canceled))
    const late = () => give(new ConnectError('the operation timed out', Code.DeadlineExceeded))
    const timer = timeoutMs > 0 ? setTimeout(late, timeoutMs) : undefined
    signal?.addEventListener('abort', cancel)
    stream.on('response', (received) => (header = received))
    stream.on('trailers', (received) => (trailer = received))
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > readMaxBytes + 5)
        return give(new ConnectError(`the answer is larger than ${readMaxBytes} octets`, Code.ResourceExhausted))
      chunks.push(chunk)
    })
    // What broke the stream is told by its reset code, or by the answer that came before.
    stream.on('error', () => {})
    stream.on('close', () => settle())
    stream.end(body)
  })
}

/** Length-prefixed message of gRPC over HTTP/2: a flag, the length in four octets, the message. */
export function frame(message: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(5 + message.length)
  framed.writeUInt8(0, 0)
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, 5)
  return framed
}

function messageOf(octets: Buffer): Uint8Array {
  if (octets.length === 0) throw new ConnectError('the answer has no message', Code.Unimplemented)
  if (octets[0] !== 0) throw new ConnectError('the answer is compressed, which was not asked for', Code.Internal)
  if (octets.length !== 5 + octets.readUInt32BE(1)) throw new ConnectError('the answer is not one message', Code.Internal)
  // A plain Uint8Array, as every other way of calling gives it: the bytes fields of a message are views of it.
  return new Uint8Array(octets.buffer, octets.byteOffset + 5, octets.length - 5)
}

const resetCodes: Readonly<Record<number, Code>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: Code.Unavailable,
  // We did not cancel, so it was the end of the connection.
  [constants.NGHTTP2_CANCEL]: Code.Unavailable,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: Code.ResourceExhausted,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: Code.PermissionDenied,
}

/** The status a server gave, or what became of the stream where it gave none. */
function failureOf(rstCode: number, header: IncomingHttpHeaders, trailer: IncomingHttpHeaders): ConnectError | undefined {
  const status = trailer['grpc-status'] ?? header['grpc-status']
  if (status === '0') return undefined
  if (status !== undefined) return findTrailerError(toHeaders('grpc-status' in trailer ? trailer : header))
  const http = header[':status'] === undefined ? undefined : Number(header[':status'])
  if (http === undefined && rstCode === constants.NGHTTP2_NO_ERROR) {
    return new ConnectError('the connection was lost', Code.Unavailable)
  }
  if (http !== undefined && http !== 200) return new ConnectError(`HTTP status ${http}`, codeFromHttpStatus(http))
  return new ConnectError(`the stream was reset with HTTP/2 error ${rstCode}`, resetCodes[rstCode] ?? Code.Internal)
}

function unreachable(error: unknown): never {
  throw ConnectError.from(error, Code.Unavailable)
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) result.append(name, one)
  }
  return result
}

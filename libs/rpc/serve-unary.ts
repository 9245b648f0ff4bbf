/** Unary gRPC calls answered straight on HTTP/2: the server's half of `unary.ts`. */
import { create, type DescMethod, fromBinary, type Message, toBinary } from '@bufbuild/protobuf'
import {
  Code,
  ConnectError,
  createHandlerContext,
  type HandlerContext,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect'
import { parseTimeout, setTrailerStatus } from '@connectrpc/connect/protocol-grpc'
import { once } from 'node:events'
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2'
import { leaveWhenAnswered } from './body.ts'
import type { Calls } from './calls.ts'
import { internal, toConnectError } from './errors.ts'
import { frame } from './unary.ts'

export interface UnaryMethod {
  readonly method: DescMethod
  readonly run: (message: Message, context: HandlerContext) => unknown
}

export interface UnaryPorts {
  readonly calls: Calls
  readonly gate: (context: HandlerContext) => void | Promise<void>
  readonly shutdownSignal: AbortSignal
  readonly readMaxBytes: number
  readonly bodyTimeoutMs: number
}

/** True for what `serveUnary` takes: binary, uncompressed gRPC over HTTP/2. Everything else is Connect's. */
export function isPlainUnary(request: {
  method?: string
  httpVersionMajor: number
  headers: NodeJS.Dict<string | string[]>
}): boolean {
  const type = request.headers['content-type']
  const encoding = request.headers['grpc-encoding'] ?? 'identity'
  const plain = type === 'application/grpc' || type === 'application/grpc+proto'
  return request.httpVersionMajor === 2 && request.method === 'POST' && plain && encoding === 'identity'
}

/** Answers one call: gate, body, validation, handler, as for every other protocol. */
export async function serveUnary(
  { method, run }: UnaryMethod,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  ports: UnaryPorts,
): Promise<void> {
  const { stream } = request
  const header = request.headers as Record<string, string>
  const timeout = parseTimeout(header['grpc-timeout'] ?? null, Number.MAX_SAFE_INTEGER)
  const context = createHandlerContext({
    service: method.parent,
    method,
    protocolName: 'grpc',
    requestMethod: 'POST',
    url: `http://${request.authority}${request.url}`,
    requestHeader: Object.entries(header).filter(([name]) => !name.startsWith(':')),
    shutdownSignal: ports.shutdownSignal,
    ...(timeout.timeoutMs !== undefined && { timeoutMs: timeout.timeoutMs }),
  })
  leaveWhenAnswered(stream)
  stream.once('close', () => context.abort(new ConnectError('the caller has left', Code.Canceled)))
  try {
    if (timeout.error) throw timeout.error
    await ports.gate(context)
    const message = parse(method, await readMessage(stream, ports))
    const next = async (inner: UnaryRequest): Promise<UnaryResponse> => {
      const answer = await run(inner.message, { ...context, signal: inner.signal })
      return { ...common(context), stream: false, message: create(method.output, answer as never) } as UnaryResponse
    }
    const call = { ...common(context), stream: false, message, header: context.requestHeader, signal: context.signal }
    const answer = await ports.calls.unary({ ...call, contextValues: context.values } as UnaryRequest, next)
    answerWith(response, context, frame(toBinary(method.output, answer.message)))
  } catch (error) {
    const known = error instanceof ConnectError ? undefined : internal(error)
    if (known) ports.calls.refused(method, known)
    answerWith(response, context, undefined, known ? toConnectError(known) : (error as ConnectError))
  } finally {
    context.abort()
  }
}

function common(context: HandlerContext) {
  const { service, method, requestMethod, responseHeader: header, responseTrailer: trailer } = context
  return { service, method, requestMethod, url: '', header, trailer }
}

function parse(method: DescMethod, octets: Uint8Array): Message {
  try {
    return fromBinary(method.input, octets)
  } catch (error) {
    throw new ConnectError(`the request is not a ${method.input.typeName}: ${(error as Error).message}`, Code.InvalidArgument)
  }
}

/** The one message of a request. */
async function readMessage(stream: ServerHttp2Stream, { readMaxBytes, bodyTimeoutMs }: UnaryPorts): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  const late = AbortSignal.timeout(bodyTimeoutMs)
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    // What is beyond the limit is read into nothing, so that the answer gets through.
    if (size <= readMaxBytes + 5) chunks.push(chunk)
  })
  try {
    await once(stream, 'end', { signal: late })
  } catch (error) {
    throw late.aborted ? new ConnectError('the request did not come in time', Code.DeadlineExceeded) : error
  }
  if (size > readMaxBytes + 5) throw new ConnectError(`the message is larger than ${readMaxBytes} octets`, Code.ResourceExhausted)
  const octets = Buffer.concat(chunks)
  if (size < 5 || octets[0] !== 0 || octets.readUInt32BE(1) !== size - 5) {
    throw notOneMessage(octets)
  }
  return octets.subarray(5)
}

function notOneMessage(octets: Buffer): ConnectError {
  if (octets.length >= 5 && octets[0] === 1) {
    return new ConnectError('the message is compressed, and no compression was named', Code.Internal)
  }
  const several = octets.length > 5 && octets.readUInt32BE(1) < octets.length - 5
  const code = several || octets.length === 0 ? Code.Unimplemented : Code.InvalidArgument
  return new ConnectError('the request is not one uncompressed message', code)
}

function answerWith(response: Http2ServerResponse, context: HandlerContext, body?: Uint8Array, error?: ConnectError): void {
  if (response.stream?.destroyed || response.stream?.closed) return
  response.writeHead(200, { 'content-type': 'application/grpc+proto', ...Object.fromEntries(context.responseHeader) })
  response.addTrailers(Object.fromEntries(setTrailerStatus(context.responseTrailer, error)))
  if (body) response.end(body)
  else response.end()
}

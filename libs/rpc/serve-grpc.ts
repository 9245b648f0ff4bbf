/** gRPC calls of every kind answered straight on HTTP/2, without the machinery that gRPC-Web and Connect need. */
import type { DescMethod, Message } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Calls } from './calls.ts'
import { type CompressionName, isUncompressed } from './compression.ts'
import type { GateCall } from './gate.ts'
import type { Limits } from './limits.ts'
import type { HeldOctets } from './held-octets.ts'
import { ServerCall } from './server-call.ts'
import type { Turns } from './turns.ts'

export interface GrpcMethod {
  readonly method: DescMethod
  /** The handler, as Connect's router takes it. */
  readonly run: (input: Message | AsyncIterable<Message>, context: HandlerContext) => unknown
}

export interface GrpcPorts extends Pick<Limits, 'readMaxBytes' | 'bodyTimeoutMs' | 'defaultDeadlineMs' | 'maxDeadlineMs'> {
  readonly calls: Calls
  readonly held: HeldOctets
  readonly turns: Turns
  /** What the server compresses with: it is Connect that does it. */
  readonly compression: readonly CompressionName[]
  readonly gate: (call: GateCall) => void | Promise<void>
  /** Aborted, with the reason, when the server stops. */
  readonly shutdownSignal: AbortSignal
}

/** The head of a request, both as it came and with each field once. */
export interface StreamHead {
  readonly fields: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
}

/** Takes a new stream and answers it, or gives `false`: then it is somebody else's. */
export type StreamTaker = (stream: ServerHttp2Stream, head: StreamHead) => boolean

export function createGrpcTaker(methods: ReadonlyMap<string, GrpcMethod>, ports: GrpcPorts): StreamTaker {
  const live = new Set<ServerCall>()
  ports.shutdownSignal.addEventListener('abort', () => {
    for (const call of live) call.interrupt(ports.shutdownSignal.reason)
  })
  return (stream, head) => {
    const { fields } = head
    const found = isPlainGrpc(fields, ports.compression) ? methods.get(fields[':path'] ?? '') : undefined
    if (!found) return false
    const call = new ServerCall(found, stream, head, ports, () => live.delete(call))
    live.add(call)
    void call.run()
    return true
  }
}

/** Binary and uncompressed. JSON, compression and whatever else is Connect's to answer. */
function isPlainGrpc(headers: IncomingHttpHeaders, compression: readonly CompressionName[]): boolean {
  const type = headers['content-type']
  const plain = type === 'application/grpc' || type === 'application/grpc+proto'
  return plain && headers[':method'] === 'POST' && isUncompressed(headers, compression)
}

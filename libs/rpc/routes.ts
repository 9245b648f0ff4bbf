/** Connect's handlers as routes of Fastify. */
import { Code, type ConnectRouter, createContextValues } from '@connectrpc/connect'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { Logger } from '@zonecast/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Http2ServerRequest } from 'node:http2'
import { type HeldOctets, heldFromOctets, type Holding } from './held-octets.ts'
import { shallowJSON } from './json-depth.ts'
import { inTurn, type Turns } from './turns.ts'
import { bodyOf, leaveRequest, leaveRest, leaveWhenAnswered } from './body.ts'
import { standingKey } from './open-streams.ts'
import { type Caller, callerKey } from './presented.ts'

type Handler = ConnectRouter['handlers'][number]

export interface RouteOptions {
  readonly log: Logger
  readonly bodyTimeoutMs: number
  readonly held: HeldOctets
  readonly turns: Turns
}

/**
 * Adds a route for each handler. `@connectrpc/connect-fastify` does the same, but prints a stack on the console for each client
 * that leaves in the middle of a stream, and waits for ever for a request body that never ends.
 */
export function addRoutes(http: FastifyInstance, router: ConnectRouter, options: RouteOptions): void {
  http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    // Connect reads the body itself.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined))
    for (const handler of router.handlers) {
      scope.all(handler.requestPath, (request: FastifyRequest, reply: FastifyReply) => {
        reply.hijack()
        for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value)
        void serve(handler, request.raw, reply.raw, options)
      })
    }
    scope.setNotFoundHandler((request, reply) => void answerUnknown(request, reply))
  })
}

/** A call of gRPC ends with a status of gRPC, where nothing is known of it, too; others with one of HTTP. */
function answerUnknown({ raw: request, headers }: FastifyRequest, reply: FastifyReply): FastifyReply | void {
  const type = headers['content-type'] ?? ''
  if (!/^application\/grpc(-web)?($|[+;])/.test(type))
    return reply.code(404).send({ message: 'there is nothing of this name here' })
  reply.hijack()
  const leave = () =>
    request.httpVersionMajor === 1 ? leaveRest(request) : leaveRequest((request as unknown as Http2ServerRequest).stream)
  reply.raw.once('finish', leave)
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value)
  const status = { 'grpc-status': String(Code.Unimplemented), 'grpc-message': 'there is no such service or method here' }
  reply.raw.writeHead(200, { 'content-type': type, ...status }).end()
}

async function serve(
  handler: Handler,
  request: FastifyRequest['raw'],
  response: FastifyReply['raw'],
  { log, bodyTimeoutMs, held, turns }: RouteOptions,
): Promise<void> {
  const { methodKind, name } = handler.method
  const oneMessage = methodKind === 'unary' || methodKind === 'server_streaming'
  if (request.httpVersionMajor === 1) response.once('finish', () => leaveRest(request))
  else leaveWhenAnswered((request as unknown as Http2ServerRequest).stream)
  const values = createContextValues().set(callerKey, callerOf(request))
  const connection = connectionOf(request)
  const holding = held.on(connection)
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, values)
    const octets = bodyOf(request, oneMessage ? bodyTimeoutMs : undefined)
    const body = checkedBody(octets, request.headers['content-type'], oneMessage ? holding : undefined)
    const run = () => handler({ ...universal, body })
    const answer = await (methodKind === 'unary' ? inTurn(turns, connection, handler.method, run) : run())
    if (oneMessage) holding.set(0)
    const untaken = methodKind === 'unary' ? setTimeout(() => response.destroy(), bodyTimeoutMs) : undefined
    response.once('close', () => clearTimeout(untaken))
    await universalResponseToNodeResponse({ ...answer, body: heldAnswer(answer.body, holding) }, response)
  } catch (error) {
    // The client is gone, or the connection broke: nobody is left to be told.
    log.debug({ err: error, method: name }, 'the call could not be answered')
    response.destroy()
  } finally {
    holding.set(0)
    values.get(standingKey)?.end()
  }
}

function connectionOf(request: FastifyRequest['raw']): object {
  const { session } = (request as unknown as Partial<Http2ServerRequest>).stream ?? {}
  return session ?? request.socket
}

/** The octets of a request as they may be parsed: counted where they are kept, and JSON no deeper than it needs to be. */
function checkedBody(octets: AsyncIterable<Uint8Array>, type: string | undefined, holding: Holding | undefined) {
  const counted = holding ? heldRequest(octets, holding) : octets
  if (type === undefined || !/[/+]json\b/.test(type)) return counted
  return shallowJSON(counted, !/^application\/json\b/.test(type))
}

async function* heldRequest(octets: AsyncIterable<Uint8Array>, holding: Holding): AsyncGenerator<Uint8Array> {
  let kept = 0
  for await (const chunk of octets) {
    kept += chunk.length
    if (kept >= heldFromOctets) holding.set(kept)
    yield chunk
  }
}

type Answer = Awaited<ReturnType<Handler>>['body']

/** What is large is kept until the client takes it. */
function heldAnswer(body: Answer, holding: Holding): Answer {
  return body && Symbol.asyncIterator in body ? heldChunks(body, holding) : body
}

async function* heldChunks(chunks: AsyncIterable<Uint8Array>, holding: Holding): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (chunk.length >= heldFromOctets) holding.set(chunk.length)
    yield chunk
    holding.set(0)
  }
}

/** The socket that a request of HTTP/2 gives is not the connection. */
function callerOf(request: FastifyRequest['raw']): Caller {
  const { rawHeaders } = request
  const { session } = (request as unknown as Partial<Http2ServerRequest>).stream ?? {}
  return { rawHeaders, socket: request.httpVersionMajor === 1 ? request.socket : session?.socket }
}

/** Connect's handlers as routes of Fastify. */
import { type ConnectRouter, Code, ConnectError } from '@connectrpc/connect'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { Logger } from '@zonecast/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { interruptible } from './interrupt.ts'

type Handler = ConnectRouter['handlers'][number]

/**
 * Adds a route for each handler. `@connectrpc/connect-fastify` does the same, but prints a stack on the console for each client
 * that leaves in the middle of a stream, and waits for ever for a request body that never ends.
 */
export function addRoutes(http: FastifyInstance, router: ConnectRouter, options: { log: Logger; bodyTimeoutMs: number }): void {
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
  })
}

async function serve(
  handler: Handler,
  request: FastifyRequest['raw'],
  response: FastifyReply['raw'],
  { log, bodyTimeoutMs }: { log: Logger; bodyTimeoutMs: number },
): Promise<void> {
  const { methodKind, name } = handler.method
  const oneMessage = methodKind === 'unary' || methodKind === 'server_streaming'
  response.once('finish', () => leaveRest(request))
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, undefined)
    const body = bodyOf(request, oneMessage ? bodyTimeoutMs : undefined)
    await universalResponseToNodeResponse(await handler({ ...universal, body }), response)
  } catch (error) {
    // The client is gone, or the connection broke: nobody is left to be told.
    log.debug({ err: error, method: name }, 'the call could not be answered')
    response.destroy()
  }
}

/** The octets of a request. To stop reading leaves the connection open, so that the client can be told why. */
function bodyOf(request: FastifyRequest['raw'], timeoutMs: number | undefined): AsyncIterable<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }
  if (timeoutMs === undefined) return chunks
  const late = new AbortController()
  const expire = () => {
    late.abort(new ConnectError('the request did not come in time', Code.DeadlineExceeded))
    leaveRest(request)
  }
  const timer = setTimeout(expire, timeoutMs)
  return interruptible(chunks, late.signal, { done: () => clearTimeout(timer) })
}

/** What a client still sends after its answer is read into nothing for a while, and then refused (RFC 9113 §8.1). */
function leaveRest(request: FastifyRequest['raw']): void {
  if (request.complete || request.destroyed) return
  request.on('error', () => {}).resume()
  const timer = setTimeout(() => {
    const { stream } = request as { stream?: ServerHttp2Stream }
    if (stream) stream.close(constants.NGHTTP2_NO_ERROR)
    else request.destroy()
  }, 1_000)
  request.once('close', () => clearTimeout(timer))
}

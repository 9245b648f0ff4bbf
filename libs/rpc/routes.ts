/** Connect's handlers as routes of Fastify. */
import { type ConnectRouter, createContextValues } from '@connectrpc/connect'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { Logger } from '@zonecast/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Http2ServerRequest } from 'node:http2'
import { bodyOf, leaveRest, leaveWhenAnswered } from './body.ts'
import { standingKey } from './open-streams.ts'
import { type Caller, callerKey } from './presented.ts'

type Handler = ConnectRouter['handlers'][number]

export interface RouteOptions {
  readonly log: Logger
  readonly bodyTimeoutMs: number
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
  if (request.httpVersionMajor === 1) response.once('finish', () => leaveRest(request))
  else leaveWhenAnswered((request as unknown as Http2ServerRequest).stream)
  const values = createContextValues().set(callerKey, callerOf(request))
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, values)
    const body = bodyOf(request, oneMessage ? bodyTimeoutMs : undefined)
    await universalResponseToNodeResponse(await handler({ ...universal, body }), response)
  } catch (error) {
    // The client is gone, or the connection broke: nobody is left to be told.
    log.debug({ err: error, method: name }, 'the call could not be answered')
    response.destroy()
  } finally {
    values.get(standingKey)?.end()
  }
}

/** The socket that a request of HTTP/2 gives is not the connection. */
function callerOf(request: FastifyRequest['raw']): Caller {
  const { rawHeaders } = request
  const { session } = (request as unknown as Partial<Http2ServerRequest>).stream ?? {}
  return { rawHeaders, socket: request.httpVersionMajor === 1 ? request.socket : session?.socket }
}

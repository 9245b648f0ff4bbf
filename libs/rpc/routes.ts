/** Connect's handlers as routes of Fastify. */
import { type ConnectRouter, Code, ConnectError } from '@connectrpc/connect'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { Logger } from '@zonecast/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

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
  if (methodKind === 'unary' || methodKind === 'server_streaming') {
    const timer = setTimeout(
      () => request.destroy(new ConnectError('the body did not come', Code.DeadlineExceeded)),
      bodyTimeoutMs,
    )
    const clear = () => clearTimeout(timer)
    request.once('end', clear).once('close', clear)
  }
  try {
    const answer = await handler(universalRequestFromNodeRequest(request, response, undefined, undefined))
    await universalResponseToNodeResponse(answer, response)
  } catch (error) {
    // The client is gone, or the connection broke: nobody is left to be told.
    log.debug({ err: error, method: name }, 'the call could not be answered')
    response.destroy()
  }
}

/** A clear-text port with health and metrics alone, for probes and collectors that show no credential and no certificate. */
import { createConnectRouter, type Interceptor } from '@connectrpc/connect'
import { describeListenError, type Logger, type Metrics } from '@zonecast/runtime'
import Fastify, { type FastifyInstance } from 'fastify'
import type { ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { Refusal, toConnectError } from './errors.ts'
import { HeldOctets } from './held-octets.ts'
import type { HealthState } from './health.ts'
import { defaultLimits, http2Options, pingSession } from './limits.ts'
import { createDualServer, type RequestHandler } from './listener.ts'
import { addRoutes } from './routes.ts'
import { Turns } from './turns.ts'

export interface HealthServerOptions {
  readonly health: HealthState
  readonly metrics: Metrics
  readonly log: Logger
}

export interface HealthServer {
  /** Port 0 takes any free one. Throws `PortInUse`. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>
  close(): Promise<void>
}

/** Nothing here has a body worth the name. */
const limits = { ...defaultLimits, readMaxBytes: 4096, connections: 64, bodyTimeoutMs: 5_000 }

/** A service that nobody has is told as such. */
const refusals: Interceptor = (next) => (request) =>
  next(request).catch((error: unknown) => {
    throw error instanceof Refusal ? toConnectError(error) : error
  })

export function createHealthServer({ health, metrics, log }: HealthServerOptions): HealthServer {
  const sockets = new Set<Socket>()
  const onSession = (session: ServerHttp2Session) => {
    session.on('error', () => session.destroy())
    pingSession(session, limits)
  }
  const options = {
    http1: { headersTimeout: limits.headerTimeoutMs, requestTimeout: limits.headerTimeoutMs },
    http2: http2Options(limits),
    sniffTimeoutMs: limits.headerTimeoutMs,
    take: () => false,
    onSession,
  }
  const http = Fastify({
    serverFactory: (handler) => {
      const server = createDualServer(handler as RequestHandler, options)
      server.maxConnections = limits.connections
      server.on('connection', (socket: Socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      return server as never
    },
  })
  const router = createConnectRouter({ readMaxBytes: limits.readMaxBytes, interceptors: [refusals] })
  health.register(router)
  const { bodyTimeoutMs, readsAtOnce } = limits
  addRoutes(http, router, { log, bodyTimeoutMs, held: new HeldOctets(limits), turns: new Turns(readsAtOnce) })
  addStatusRoutes(http, { health, metrics })
  return {
    async listen(address) {
      await http.listen(address).catch((error: unknown) => {
        throw describeListenError(error, address.host, address.port)
      })
      return { port: (http.server.address() as AddressInfo).port }
    },
    async close() {
      const closed = http.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** What is asked by plain HTTP. */
export function addStatusRoutes(http: FastifyInstance, { health, metrics }: Omit<HealthServerOptions, 'log'>): void {
  http.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  http.get('/healthz', async (_request, reply) =>
    reply.code(health.serving ? 200 : 503).send(health.serving ? 'ok\n' : 'not serving\n'),
  )
}

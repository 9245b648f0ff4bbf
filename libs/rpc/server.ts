/** The one server of every program: gRPC, gRPC-Web and Connect on one port, with health, reflection, metrics and limits. */
import { createRegistry, type DescService } from '@bufbuild/protobuf'
import { createConnectRouter, cors as corsHeaders, type ConnectRouter } from '@connectrpc/connect'
import { Health } from '@zonecast/contract/generated/grpc/health/v1/health_pb'
import { type Clock, describeListenError, type Logger, type Metrics } from '@zonecast/runtime'
import Fastify, { type FastifyInstance } from 'fastify'
import type { ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { createCalls } from './calls.ts'
import { refuseClearListen } from './clear-text.ts'
import { type CompressionName, compressionsOf } from './compression.ts'
import { toConnectError, unavailable } from './errors.ts'
import { createGate } from './gate.ts'
import type { Denied, Guard } from './guard.ts'
import { addStatusRoutes, createHealthServer } from './health-server.ts'
import { HeldOctets } from './held-octets.ts'
import { HealthState, ServingStatus } from './health.ts'
import { defaultLimits, http2Options, type Limits, pingSession } from './limits.ts'
import { createDualServer, type RequestHandler } from './listener.ts'
import { perAddress } from './per-address.ts'
import { reflectionServices, registerReflection } from './reflection.ts'
import { addRoutes } from './routes.ts'
import { createGrpcTaker, type GrpcMethod, type StreamTaker } from './serve-grpc.ts'
import { createTLSListener, type ServerTLS } from './tls-listener.ts'
import { Turns } from './turns.ts'

export interface RpcServerOptions {
  readonly routes: (router: ConnectRouter) => void
  readonly services: readonly DescService[]
  readonly guard: Guard
  /** Told of every call that is denied, for an audit log; it must not wait. */
  readonly denied?: (denied: Denied) => void
  /** How often the callers of open streams are looked at again. */
  readonly lookEveryMs?: number
  readonly log: Logger
  readonly metrics: Metrics
  /** Without it the port speaks clear text. */
  readonly tls?: ServerTLS | undefined
  /** Lets a port that is not of loopback speak clear text. */
  readonly allowInsecure?: boolean | undefined
  /** Tells when to look at the files of `tls` again. */
  readonly clock?: Clock | undefined
  /** A clear-text port beside the other, with health and metrics alone; none by default. */
  readonly healthPort?: number | undefined
  readonly limits?: Partial<Limits>
  /** What requests and answers may be compressed with; by default nothing, since zone data hardly compresses and it costs 6 to 8 times. */
  readonly compression?: readonly CompressionName[]
  /** How long calls that end by themselves may go on after `close()`. */
  readonly drainMs?: number
  /** Origins whose pages may call (gRPC-Web and Connect from a browser); none by default. */
  readonly corsOrigins?: readonly string[]
}

export interface RpcServer {
  /** Port 0 takes any free one. Throws `PortInUse`. */
  listen(address: { host: string; port: number }): Promise<{ port: number; url: string; healthPort?: number }>
  readonly health: HealthState
  /** For further GET routes. */
  readonly http: FastifyInstance
  close(): Promise<void>
}

export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { log, metrics, services, guard, drainMs = 1_000, compression = [] } = options
  const limits = { ...defaultLimits, ...options.limits }
  const health = new HealthState(services)
  const connections: Connections = { closing: false, sessions: new Set(), sockets: new Set() }
  const draining = new AbortController()
  const calls = createCalls({ log, metrics, limits })

  const gate = createGate({
    guard,
    open: [Health],
    authenticated: reflectionServices,
    refused: calls.refused,
    denied: options.denied,
    lookEveryMs: options.lookEveryMs,
    streamsPerPrincipal: limits.streamsPerPrincipal,
  })
  const grpc = new Map<string, GrpcMethod>()
  const held = new HeldOctets(limits)
  const turns = new Turns(limits.readsAtOnce)
  const take = createGrpcTaker(grpc, { ...limits, calls, gate, compression, held, turns, shutdownSignal: draining.signal })
  const http = Fastify({
    serverFactory: (handler) =>
      createListener({ handler: handler as RequestHandler, take }, options, limits, connections) as never,
  })
  const router = createConnectRouter({
    readMaxBytes: limits.readMaxBytes,
    acceptCompression: compressionsOf(compression),
    // JSON names the type of what is in an Any; what our schemas know can be found. A key that is mistyped, such as that of a precondition,
    // must not be passed over (ProtoJSON).
    jsonOptions: { registry: createRegistry(...services.map(({ file }) => file)), ignoreUnknownFields: false },
    shutdownSignal: draining.signal,
    interceptors: [calls.interceptor],
    requestGate: gate,
  })
  const noted = noting(router, grpc)
  options.routes(noted)
  health.register(noted)
  registerReflection(noted, [...services, Health])
  if (options.corsOrigins?.length) allowOrigins(http, options.corsOrigins)
  addRoutes(http, router, { log, bodyTimeoutMs: limits.bodyTimeoutMs, held, turns })
  addStatusRoutes(http, { health, metrics })
  const healthServer = options.healthPort === undefined ? undefined : createHealthServer({ health, metrics, log })

  let closing: Promise<void> | undefined
  return {
    http,
    health,
    async listen(address) {
      if (!options.tls) refuseClearListen(address.host, options)
      const listening = await listen(http, address, options.tls !== undefined)
      const beside = await healthServer?.listen({ host: address.host, port: options.healthPort as number })
      return { ...listening, ...(beside && { healthPort: beside.port }) }
    },
    close: () => {
      connections.closing = true
      const closed = () => close({ http, health, ...connections, draining, drainMs, brief: () => calls.brief })
      const guardClosed = () => closed().finally(() => guard.close?.())
      // Last, so that probes hear that it is stopping for as long as it is.
      return (closing ??= guardClosed().finally(() => healthServer?.close()))
    },
  }
}

/** The same router, which also notes the methods that are added to it, by their path. */
function noting(router: ConnectRouter, grpc: Map<string, GrpcMethod>): ConnectRouter {
  const service: ConnectRouter['service'] = (description, implementation, options) => {
    router.service(description, implementation, options)
    for (const method of description.methods) {
      const run = (implementation as Record<string, GrpcMethod['run'] | undefined>)[method.localName]
      if (run) grpc.set(`/${description.typeName}/${method.name}`, { method, run: run.bind(implementation) })
    }
    return noted
  }
  const noted: ConnectRouter = { ...router, service }
  return noted
}

/** Streams that `take` does not take go to `handler`. */
interface Handlers {
  readonly handler: RequestHandler
  readonly take: StreamTaker
}

interface Connections {
  /** What connects from now on is told to go away. */
  closing: boolean
  readonly sessions: Set<ServerHttp2Session>
  readonly sockets: Set<Socket>
}

function createListener({ handler, take }: Handlers, options: RpcServerOptions, limits: Limits, connections: Connections) {
  const { tls, log, metrics, clock } = options
  const { sessions, sockets } = connections
  const onSession = (session: ServerHttp2Session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
    pingSession(session, limits)
    if (connections.closing) session.close()
  }
  const times = {
    headersTimeout: limits.headerTimeoutMs,
    connectionsCheckingInterval: limits.headerTimeoutMs,
    // A body may be a stream of any length; those with one message are timed by their route.
    requestTimeout: 0,
    keepAliveTimeout: 60_000,
  }
  const http2 = http2Options(limits)
  const server = tls
    ? createTLSListener(handler, tls, {
        http: { ...times, ...http2, handshakeTimeout: limits.headerTimeoutMs },
        onSession,
        take,
        log,
        metrics,
        clock,
      })
    : createDualServer(handler, { take, http1: times, http2, sniffTimeoutMs: limits.headerTimeoutMs, onSession })
  server.maxConnections = limits.connections
  const admit = perAddress(limits.connectionsPerAddress)
  return server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    admit(socket)
  })
}

async function listen(http: FastifyInstance, { host, port }: { host: string; port: number }, secure: boolean) {
  try {
    await http.listen({ host, port })
  } catch (error) {
    throw describeListenError(error, host, port)
  }
  const bound = (http.server.address() as AddressInfo).port
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const authority = reachable.includes(':') ? `[${reachable}]` : reachable
  return { port: bound, url: `${secure ? 'https' : 'http'}://${authority}:${bound}` }
}

interface Closing {
  readonly http: FastifyInstance
  readonly health: HealthState
  readonly sessions: ReadonlySet<ServerHttp2Session>
  readonly sockets: ReadonlySet<Socket>
  readonly draining: AbortController
  readonly drainMs: number
  readonly brief: () => number
}

/**
 * Health first, so that balancers look elsewhere; then nothing new is accepted; calls that end by themselves may end; then every
 * other call is interrupted and told to come back; what is left after that is cut.
 */
async function close({ http, health, sessions, sockets, draining, drainMs, brief }: Closing): Promise<void> {
  health.setAll(ServingStatus.NOT_SERVING)
  const closed = http.close()
  for (const session of sessions) session.close()
  const endMs = performance.now() + drainMs
  // At least once: who watches the health is to hear of it before the stream is interrupted.
  do await new Promise((resolve) => setTimeout(resolve, 5))
  while (brief() > 0 && performance.now() < endMs)
  draining.abort(toConnectError(unavailable(500, 'the server is stopping; try again')))
  const idle = setInterval(() => http.server.closeIdleConnections?.(), 20)
  const cut = setTimeout(() => {
    for (const session of sessions) session.destroy()
    for (const socket of sockets) socket.destroy()
  }, 500)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
}

/** What a browser asks before it lets a page of another origin call. */
function allowOrigins(http: FastifyInstance, origins: readonly string[]): void {
  http.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined || !(origins.includes(origin) || origins.includes('*'))) return
    reply.header('access-control-allow-origin', origin).header('vary', 'origin')
    reply.header('access-control-expose-headers', [...corsHeaders.exposedHeaders].join(', '))
    if (request.method !== 'OPTIONS') return
    reply.header('access-control-allow-methods', [...corsHeaders.allowedMethods].join(', '))
    reply.header('access-control-allow-headers', [...corsHeaders.allowedHeaders, 'authorization', 'traceparent'].join(', '))
    reply.header('access-control-max-age', '7200')
    return reply.code(204).send()
  })
}

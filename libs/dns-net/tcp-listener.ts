/** DNS over TCP: connections with bounds, an answer to each message (RFC 7766). */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { describeListenError, type Logger } from '@zonecast/runtime'
import type { Address } from './address.ts'
import { serveQueries } from './tcp-queries.ts'

/** Bounds on TCP clients (RFC 7766 §6.2), over all addresses of a server. */
export interface TcpLimits {
  /** A connection without a query, or with responses that are not read, for this long is closed, in milliseconds. */
  readonly idleMilliseconds: number
  readonly connections: number
  readonly connectionsPerClient: number
  /** Octets of responses that wait for a client to read; beyond it no further query is taken from the connection. */
  readonly unreadOctets: number
}

export interface TcpListenerOptions {
  /** The octets of a response; undefined where nothing is to be sent. */
  readonly answer: (query: Uint8Array, address: string) => Uint8Array | undefined
  readonly log: Logger
  readonly limits?: Partial<TcpLimits> | undefined
  /** Lets sockets of several threads share the port; the kernel chooses one for each connection. */
  readonly reusePort?: boolean | undefined
}

export interface TcpListener {
  /** Listens at one more address. Throws `PortInUse` or `AddressUnavailable`. */
  listen(address: Address): Promise<void>
  close(): Promise<void>
}

const defaultLimits: TcpLimits = { idleMilliseconds: 10_000, connections: 1000, connectionsPerClient: 100, unreadOctets: 1 << 18 }

export function createTcpListener({ answer, log, limits, reusePort = false }: TcpListenerOptions): TcpListener {
  const bounds = { ...defaultLimits, ...limits }
  const servers: Server[] = []
  const clients = new Map<string, number>()
  const connections = new Set<Socket>()

  async function listen({ host, port }: Address): Promise<void> {
    const server = createServer({ noDelay: true, allowHalfOpen: true, highWaterMark: bounds.unreadOctets }, serve)
    server.listen({ host, port, ipv6Only: true, reusePort })
    try {
      await once(server, 'listening')
    } catch (error) {
      throw describeListenError(error, host, port, 'DNS port')
    }
    server.on('error', (error) => log.warn({ err: error }, 'TCP socket'))
    servers.push(server)
  }

  function serve(socket: Socket): void {
    const client = socket.remoteAddress ?? ''
    const held = clients.get(client) ?? 0
    if (connections.size >= bounds.connections || held >= bounds.connectionsPerClient) {
      socket.destroy()
      return
    }
    clients.set(client, held + 1)
    connections.add(socket)
    serveQueries(socket, (query) => answer(query, client), bounds.idleMilliseconds)
    socket.on('error', (error) => log.debug({ err: error }, 'TCP client'))
    socket.on('close', () => {
      connections.delete(socket)
      const left = (clients.get(client) ?? 1) - 1
      if (left > 0) clients.set(client, left)
      else clients.delete(client)
    })
  }

  async function close(): Promise<void> {
    const closing = servers.splice(0).map((server) => new Promise<void>((done) => void server.close(() => done())))
    for (const socket of connections) socket.destroy()
    await Promise.all(closing)
  }

  return { listen, close }
}

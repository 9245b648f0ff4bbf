/** A DNS server on UDP and TCP, over IPv4 and IPv6. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6, type Server as TcpServer, type Socket } from 'node:net'
import { AddressUnavailable, describeListenError, PortInUse, type Logger } from '@zonecast/runtime'
import type { Responder, Response, Transport } from './responder.ts'
import { frame, TcpFrames } from './tcp-frames.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Bounds on TCP clients (RFC 7766 §6.2). */
export interface TcpLimits {
  /** A connection without a query for this long is closed, in milliseconds. */
  readonly idleMilliseconds: number
  readonly connections: number
  readonly connectionsPerClient: number
  /** Octets of responses that wait for a client that does not read; beyond it the connection is cut. */
  readonly unreadOctets: number
}

export interface DnsServerOptions {
  readonly respond: Responder
  readonly log: Logger
  readonly limits?: Partial<TcpLimits>
  /** Told of every query that was answered. */
  readonly onAnswer?: (response: Response, transport: Transport) => void
}

export interface DnsServer {
  /**
   * Listens on UDP and TCP at each address and says where it does; port 0 takes a free one that is the same for all of them. Throws
   * `PortInUse` or `AddressUnavailable`. A machine without IPv6 has no `::1`: beside another address it is left out, with a warning.
   */
  listen(addresses: readonly Address[]): Promise<readonly Address[]>
  close(): Promise<void>
}

const defaultLimits: TcpLimits = { idleMilliseconds: 10_000, connections: 1000, connectionsPerClient: 100, unreadOctets: 1 << 20 }
const receiveBufferOctets = 4 << 20

export function createDnsServer({ respond, log, limits, onAnswer }: DnsServerOptions): DnsServer {
  const bounds = { ...defaultLimits, ...limits }
  const udp: UdpSocket[] = []
  const tcp: TcpServer[] = []
  const clients = new Map<string, number>()
  const connections = new Set<Socket>()

  /** A fault of ours costs the one answer and is logged; the server goes on. */
  function answer(query: Uint8Array, transport: Transport): Uint8Array | undefined {
    try {
      const response = respond(query, transport)
      if (response === undefined) return undefined
      if (response.fault !== undefined) report(response.fault, query)
      onAnswer?.(response, transport)
      return response.bytes
    } catch (error) {
      report(error, query)
      return undefined
    }
  }

  function report(error: unknown, query: Uint8Array): void {
    log.error({ err: error, query: Buffer.from(query).toString('hex') }, 'a query could not be answered')
  }

  async function bindUdp({ host, port }: Address): Promise<number> {
    const socket = createSocket({
      ...(isIPv6(host) ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' }),
      recvBufferSize: receiveBufferOctets,
    })
    socket.on('message', (query, client) => {
      // Nothing is sent to port 0, where no client can be.
      const bytes = client.port === 0 ? undefined : answer(query, 'udp')
      if (bytes) socket.send(bytes, client.port, client.address, unsent)
    })
    socket.bind(port, host)
    try {
      await once(socket, 'listening')
    } catch (error) {
      socket.close()
      throw describeListenError(error, host, port, 'DNS port')
    }
    socket.on('error', (error) => log.warn({ err: error }, 'UDP socket'))
    udp.push(socket)
    return socket.address().port
  }

  async function bindTcp({ host, port }: Address): Promise<void> {
    const server = createServer({ noDelay: true }, serve)
    server.listen({ host, port, ipv6Only: true })
    try {
      await once(server, 'listening')
    } catch (error) {
      throw describeListenError(error, host, port, 'DNS port')
    }
    server.on('error', (error) => log.warn({ err: error }, 'TCP socket'))
    tcp.push(server)
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
    const frames = new TcpFrames()
    // Counted from query to query, so that octets that trickle in do not hold the connection.
    const idle = setTimeout(() => socket.destroy(), bounds.idleMilliseconds)
    socket.on('data', (chunk) => {
      for (const query of frames.push(chunk)) {
        idle.refresh()
        const bytes = answer(query, 'tcp')
        if (bytes) socket.write(frame(bytes))
        // A client that sends rubbish or never reads is not served further.
        if (bytes === undefined || socket.writableLength > bounds.unreadOctets) {
          socket.destroy()
          return
        }
      }
    })
    socket.on('error', (error) => log.debug({ err: error }, 'TCP client'))
    socket.on('close', () => {
      clearTimeout(idle)
      connections.delete(socket)
      const left = (clients.get(client) ?? 1) - 1
      if (left > 0) clients.set(client, left)
      else clients.delete(client)
    })
  }

  async function close(): Promise<void> {
    const closing = [
      ...udp.splice(0).map((socket) => new Promise<void>((done) => void socket.close(done))),
      ...tcp.splice(0).map((server) => new Promise<void>((done) => void server.close(() => done()))),
    ]
    for (const socket of connections) socket.destroy()
    await Promise.all(closing)
  }

  async function bind({ host, port }: Address): Promise<Address> {
    const bound = await bindUdp({ host, port })
    await bindTcp({ host, port: bound })
    return { host, port: bound }
  }

  async function bindAll(addresses: readonly Address[]): Promise<Address[]> {
    const bound: Address[] = []
    for (const { host, port } of addresses) {
      try {
        // The other families of port 0 take the number that the first one got.
        bound.push(await bind({ host, port: port === 0 ? (bound.find((other) => other.host !== host)?.port ?? 0) : port }))
      } catch (error) {
        if (!(error instanceof AddressUnavailable) || host !== '::1' || addresses.length === 1) throw error
        log.warn({ reason: error.message }, 'DNS is not answered over IPv6')
      }
    }
    return bound
  }

  /** A free port of UDP may be taken for TCP or in the other family; then another is tried. */
  async function listen(addresses: readonly Address[]): Promise<readonly Address[]> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await bindAll(addresses)
      } catch (error) {
        await close()
        const another = error instanceof PortInUse && addresses.every(({ port }) => port === 0) && attempts < 10
        if (!another) throw error
      }
    }
  }

  /** A client that cannot be reached is its own affair; without a callback it would be an error of the socket. */
  function unsent(error: Error | null): void {
    if (error) log.debug({ err: error }, 'UDP client')
  }

  return { listen, close }
}

/** A DNS server on UDP and TCP, over IPv4 and IPv6. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6, type Server as TcpServer, type Socket } from 'node:net'
import { describeListenError, type Logger } from '@zonecast/runtime'
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
  /** Listens on UDP and TCP at each address; port 0 takes a free one that is the same for both. Throws `PortInUse`. */
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
      if (response) onAnswer?.(response, transport)
      return response?.bytes
    } catch (error) {
      log.error({ err: error, query: Buffer.from(query).toString('hex') }, 'a query could not be answered')
      return undefined
    }
  }

  async function bindUdp({ host, port }: Address): Promise<number> {
    const socket = createSocket({
      ...(isIPv6(host) ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' }),
      recvBufferSize: receiveBufferOctets,
    })
    socket.on('message', (query, client) => {
      // Nothing is sent to port 0, where no client can be.
      const bytes = client.port === 0 ? undefined : answer(query, 'udp')
      if (bytes) socket.send(bytes, client.port, client.address)
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
    socket.setTimeout(bounds.idleMilliseconds, () => socket.destroy())
    socket.on('data', (chunk) => {
      for (const query of frames.push(chunk)) {
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

  /** UDP first: where port 0 was asked for, TCP may find that number taken, and another is tried. */
  async function bind(address: Address): Promise<Address> {
    for (let attempts = 1; ; attempts++) {
      const port = await bindUdp(address)
      try {
        await bindTcp({ host: address.host, port })
        return { host: address.host, port }
      } catch (error) {
        if (address.port !== 0 || attempts === 10) throw error
        udp.pop()?.close()
      }
    }
  }

  return {
    listen: async (addresses) => {
      try {
        const bound: Address[] = []
        for (const address of addresses) {
          // The other families of port 0 take the number that the first one got.
          const port = address.port === 0 ? (bound.find((other) => other.host !== address.host)?.port ?? 0) : address.port
          bound.push(await bind({ host: address.host, port }))
        }
        return bound
      } catch (error) {
        await close()
        throw error
      }
    },
    close,
  }
}

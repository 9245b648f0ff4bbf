/** DNS over UDP: one socket, an answer to each datagram. */
import { createSocket } from 'node:dgram'
import { lookup, type LookupOneOptions } from 'node:dns'
import { once } from 'node:events'
import { isIP, isIPv6 } from 'node:net'
import { describeListenError, type Logger } from '@zonecast/runtime'
import type { Address } from './address.ts'

export interface UdpListenerOptions {
  /** The octets of a response; undefined where nothing is to be sent. */
  readonly answer: (query: Uint8Array, address: string) => Uint8Array | undefined
  readonly log: Logger
  /** Lets sockets of several threads share the port; the kernel chooses one for each client. */
  readonly reusePort?: boolean | undefined
}

export interface UdpListener {
  readonly port: number
  close(): Promise<void>
}

type LookupDone = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

const receiveBufferOctets = 4 << 20

/** Listens; port 0 takes a free one. Throws `PortInUse` or `AddressUnavailable`. */
export async function listenUdp(
  { host, port }: Address,
  { answer, log, reusePort = false }: UdpListenerOptions,
): Promise<UdpListener> {
  const socket = createSocket({
    ...(isIPv6(host) ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' }),
    recvBufferSize: receiveBufferOctets,
    lookup: lookupOnlyNames,
    reusePort,
  })
  socket.on('message', (query, client) => {
    // Nothing is sent to port 0, where no client can be.
    const bytes = client.port === 0 ? undefined : answer(query, client.address)
    // Without a callback: a client that cannot be reached is its own affair, and a callback is a tick of the event loop for each answer.
    if (bytes) socket.send(bytes, client.port, client.address)
  })
  const listening = once(socket, 'listening')
  socket.bind(port, host)
  try {
    await listening
  } catch (error) {
    socket.close()
    throw describeListenError(error, host, port, 'DNS port')
  }
  socket.on('error', (error) => log.warn({ err: error }, 'UDP socket'))
  return {
    port: socket.address().port,
    close: () => new Promise<void>((done) => void socket.close(done)),
  }
}

/** Node asks a resolver before each datagram and waits a tick for it; an address from the kernel needs none. */
function lookupOnlyNames(host: string, options: LookupOneOptions, done: LookupDone): void {
  const family = isIP(host)
  if (family === 0) lookup(host, options, done)
  else done(null, host, family)
}

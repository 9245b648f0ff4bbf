/** DNS over UDP: one socket, an answer to each datagram. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { describeListenError, type Logger } from '@zonecast/runtime'
import type { Address } from './address.ts'

export interface UdpListenerOptions {
  /** The octets of a response; undefined where nothing is to be sent. */
  readonly answer: (query: Uint8Array, address: string) => Uint8Array | undefined
  readonly log: Logger
}

export interface UdpListener {
  readonly port: number
  close(): Promise<void>
}

const receiveBufferOctets = 4 << 20

/** Listens; port 0 takes a free one. Throws `PortInUse` or `AddressUnavailable`. */
export async function listenUdp({ host, port }: Address, { answer, log }: UdpListenerOptions): Promise<UdpListener> {
  const socket = createSocket({
    ...(isIPv6(host) ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' }),
    recvBufferSize: receiveBufferOctets,
  })
  /** A client that cannot be reached is its own affair; without a callback it would be an error of the socket. */
  const unsent = (error: Error | null): void => {
    if (error) log.debug({ err: error }, 'UDP client')
  }
  socket.on('message', (query, client) => {
    // Nothing is sent to port 0, where no client can be.
    const bytes = client.port === 0 ? undefined : answer(query, client.address)
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
  return {
    port: socket.address().port,
    close: () => new Promise<void>((done) => void socket.close(done)),
  }
}

/** A DNS server on UDP and TCP, over IPv4 and IPv6. */
import { AddressUnavailable, PortInUse, type Logger } from '@zonecast/runtime'
import type { Address } from './address.ts'
import type { DnsClient, Responder, Response } from './responder.ts'
import { createTcpListener, type TcpLimits } from './tcp-listener.ts'
import { listenUdp, type UdpListener } from './udp-listener.ts'

export interface DnsServerOptions {
  readonly respond: Responder
  readonly log: Logger
  readonly limits?: Partial<TcpLimits>
  /** Shares the port with servers in other threads; another program on it goes unnoticed then. Linux and some BSDs. */
  readonly reusePort?: boolean
  /** Told of every query that was answered. */
  readonly onAnswer?: (response: Response, client: DnsClient) => void
}

export interface DnsServer {
  /**
   * Listens on UDP and TCP at each address and says where it does; port 0 takes a free one that is the same for all of them. Throws
   * `PortInUse` or `AddressUnavailable`. A machine without IPv6 has no `::1`: beside another address it is left out, with a warning.
   */
  listen(addresses: readonly Address[]): Promise<readonly Address[]>
  close(): Promise<void>
}

export function createDnsServer({ respond, log, limits, onAnswer, reusePort }: DnsServerOptions): DnsServer {
  const udp: UdpListener[] = []
  const tcp = createTcpListener({
    answer: (query, address) => answer(query, { transport: 'tcp', address }),
    log,
    limits,
    reusePort,
  })

  /** A fault of ours costs the one answer and is logged; the server goes on. */
  function answer(query: Uint8Array, client: DnsClient): Uint8Array | undefined {
    try {
      const response = respond(query, client)
      if (response === undefined) return undefined
      if (response.fault !== undefined) report(response.fault, query)
      onAnswer?.(response, client)
      return response.bytes
    } catch (error) {
      report(error, query)
      return undefined
    }
  }

  function report(error: unknown, query: Uint8Array): void {
    log.error({ err: error, query: Buffer.from(query).toString('hex') }, 'a query could not be answered')
  }

  async function close(): Promise<void> {
    await Promise.all([...udp.splice(0).map((listener) => listener.close()), tcp.close()])
  }

  async function bind({ host, port }: Address): Promise<Address> {
    const listener = await listenUdp(
      { host, port },
      { answer: (query, address) => answer(query, { transport: 'udp', address }), log, reusePort },
    )
    udp.push(listener)
    await tcp.listen({ host, port: listener.port })
    return { host, port: listener.port }
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

  return { listen, close }
}

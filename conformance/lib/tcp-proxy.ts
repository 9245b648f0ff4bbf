/** A TCP proxy of our own that counts octets and cuts connections. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface TcpProxy {
  readonly url: string
  /** Octets that went from the server to its clients. */
  received(): number
  /** Cuts all connections once so many more octets have come; resolves when it has. New ones are taken at once. */
  cutAfter(octets: number): Promise<void>
  close(): Promise<void>
}

/** Forwards to a port of this machine. */
export async function startProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let received = 0
  let cut: { readonly at: number; readonly done: () => void } | undefined

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    const pair = [client, upstream] as const
    pairs.add(pair)
    const drop = () => {
      pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of pair) socket.on('error', drop).on('close', drop)
    client.pipe(upstream)
    upstream.on('data', (chunk) => {
      received += chunk.length
      if (!client.write(chunk)) {
        upstream.pause()
        client.once('drain', () => upstream.resume())
      }
      if (cut === undefined || received < cut.at) return
      const { done } = cut
      cut = undefined
      cutAll()
      done()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  function cutAll(): void {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    cutAfter: (octets) =>
      new Promise((done) => {
        cut = { at: received + octets, done }
      }),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      cutAll()
      await closed
    },
  }
}

/** A TCP proxy of our own that counts octets, and cuts, delays, trickles and holds back what passes. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** `up` goes from the clients to the server, `down` to them. */
export type Direction = 'up' | 'down'

/** What a link does to what passes; nothing by default. */
export interface Shape {
  /** Everything arrives this much later. */
  readonly delayMs?: number
  /** At most so many octets at a time, a millisecond apart. */
  readonly pieceOctets?: number
  /** Directions in which nothing passes, while the connections stay open: a black hole that nobody is told of. */
  readonly held?: readonly Direction[]
}

export interface TcpProxy {
  readonly url: string
  /** Octets that went from the server to its clients. */
  received(): number
  /** Cuts all connections once so many more octets have passed, downwards by default; resolves when it has. New ones are taken at once. */
  cutAfter(octets: number, direction?: Direction): Promise<void>
  cutAll(): void
  /** From now on, also for connections that are open. */
  shape(shape: Shape): void
  close(): Promise<void>
}

/** Octets of one direction that are taken and not passed on yet. */
const mostHeldOctets = 1 << 20

/** Forwards to a port of this machine. `alter` may change what goes down to the clients, in place. */
export async function startProxy(port: number, alter: (chunk: Buffer) => void = () => {}): Promise<TcpProxy> {
  const link = new Link(alter)
  const server = createServer({ noDelay: true }, (client) =>
    link.join(client, connect({ port, host: '127.0.0.1', noDelay: true })),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => link.passed.down,
    cutAfter: (octets, direction = 'down') => link.cutAfter(octets, direction),
    cutAll: () => link.cutAll(),
    shape: (shape) => link.change(shape),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      link.cutAll()
      await closed
    },
  }
}

export interface Links {
  readonly all: readonly TcpProxy[]
  open(port: number, alter?: (chunk: Buffer) => void): Promise<TcpProxy>
}

/** For the time of a run: the links that it opens are closed behind it. */
export async function withLinks<T>(run: (links: Links) => Promise<T>): Promise<T> {
  const all: TcpProxy[] = []
  const open: Links['open'] = async (port, alter) => {
    const link = await startProxy(port, alter)
    all.push(link)
    return link
  }
  try {
    return await run({ all, open })
  } finally {
    await Promise.all(all.map((link) => link.close()))
  }
}

/** All connections of a proxy, and what is done to them. */
class Link {
  readonly passed = { up: 0, down: 0 }
  readonly #alter: (chunk: Buffer) => void
  readonly #sockets = new Set<Socket>()
  #shape: Shape = {}
  #cut: { readonly direction: Direction; readonly at: number; readonly done: () => void } | undefined
  #changed = Promise.withResolvers<void>()

  constructor(alter: (chunk: Buffer) => void) {
    this.#alter = alter
  }

  join(client: Socket, server: Socket): void {
    const drop = () => {
      for (const socket of [client, server]) {
        this.#sockets.delete(socket)
        socket.destroy()
      }
    }
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', drop).on('close', drop)
    }
    void this.#pump(client, server, 'up').catch(drop)
    void this.#pump(server, client, 'down').catch(drop)
  }

  change(shape: Shape): void {
    this.#shape = shape
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  cutAfter(octets: number, direction: Direction): Promise<void> {
    return new Promise((done) => {
      this.#cut = { direction, at: this.passed[direction] + octets, done }
    })
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** What has come is taken at once and passed on when its time has come, in order. */
  async #pump(from: Socket, to: Socket, direction: Direction): Promise<void> {
    const waiting: { readonly chunk: Buffer; readonly at: number }[] = []
    let held = 0
    let arrived = Promise.withResolvers<void>()
    let ended = false
    from.on('data', (chunk: Buffer) => {
      if (direction === 'down') this.#alter(chunk)
      waiting.push({ chunk, at: performance.now() })
      held += chunk.length
      if (held > mostHeldOctets) from.pause()
      arrived.resolve()
    })
    from.on('end', () => {
      ended = true
      arrived.resolve()
    })
    while (!to.destroyed) {
      const next = waiting.shift()
      if (next === undefined) {
        if (ended) return void to.end()
        await arrived.promise
        arrived = Promise.withResolvers()
        continue
      }
      await sleepUntil(next.at + (this.#shape.delayMs ?? 0))
      for (let at = 0; at < next.chunk.length;) {
        await this.#released(direction)
        const piece = next.chunk.subarray(at, at + (this.#shape.pieceOctets ?? next.chunk.length))
        at += piece.length
        if (this.#shape.pieceOctets !== undefined) await sleep(1)
        if (!this.#pass(piece, to, direction)) return
        if (to.writableNeedDrain) await Promise.race([once(to, 'drain'), once(to, 'close')])
      }
      held -= next.chunk.length
      if (held <= mostHeldOctets) from.resume()
    }
  }

  async #released(direction: Direction): Promise<void> {
    if (this.#shape.held?.includes(direction) !== true) return
    await this.#changed.promise
    return this.#released(direction)
  }

  /** Passes on, up to the octet at which it is to be cut; false when it was. */
  #pass(piece: Buffer, to: Socket, direction: Direction): boolean {
    if (to.destroyed) return false
    const cut = this.#cut?.direction === direction ? this.#cut : undefined
    const last = cut && cut.at - this.passed[direction] <= piece.length
    const part = last ? piece.subarray(0, Math.max(0, cut.at - this.passed[direction])) : piece
    this.passed[direction] += part.length
    to.write(part)
    if (!last) return true
    this.#cut = undefined
    // What stands before the cut does arrive.
    to.end(() => {
      this.cutAll()
      cut.done()
    })
    return false
  }
}

async function sleepUntil(at: number): Promise<void> {
  const ms = at - performance.now()
  if (ms > 0) await sleep(ms)
}

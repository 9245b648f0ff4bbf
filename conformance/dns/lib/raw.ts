/** Octets to a server and back, over UDP and TCP. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Address } from '@zonecast/dns-net'

const graceMilliseconds = 100

/** Octets from hexadecimal digits and, in quotes, names: `'1234 0000 "www.plain.test." 0001'`. */
export function octets(text: string): Buffer {
  const parts = text.split('"')
  return Buffer.concat(parts.map((part, i) => (i % 2 === 1 ? nameOctets(part) : Buffer.from(part.replaceAll(/\s/g, ''), 'hex'))))
}

function nameOctets(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')])),
    Buffer.of(0),
  ])
}

/** A query: flags and counts as 4 hexadecimal digits each, then the rest as `octets` takes it. */
export function query(rest: string, { id = '1234', flags = '0000', counts = '0001 0000 0000 0000' } = {}): Buffer {
  return octets(`${id} ${flags} ${counts} ${rest}`)
}

export const wwwA = '"www.plain.test." 0001 0001'
const probe = query(wwwA, { id: '4242' })

/**
 * The response to one datagram. It is followed by a plain question: once that is answered and a moment has passed, there was no
 * response.
 */
export async function overUdp({ host, port }: Address, bytes: Uint8Array): Promise<Buffer | undefined> {
  const socket = createSocket('udp4')
  try {
    socket.connect(port, host)
    await once(socket, 'connect')
    const ended = new AbortController()
    const response = new Promise<Buffer | undefined>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (message) => {
        if (message.readUInt16BE(0) !== 0x4242) resolve(message)
        else
          void pause(graceMilliseconds, undefined, { signal: ended.signal }).then(
            () => resolve(undefined),
            () => {},
          )
      })
    })
    socket.send(bytes)
    socket.send(probe)
    const answer = await response
    ended.abort()
    return answer
  } finally {
    socket.close()
  }
}

export function framed(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(bytes.length >>> 8, bytes.length & 0xff), bytes])
}

/** A TCP connection that gives messages one by one. */
export class TcpClient {
  readonly socket: Socket
  readonly #chunks: AsyncIterator<Buffer>
  #held = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  static async open({ host, port }: Address): Promise<TcpClient> {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    return new TcpClient(socket)
  }

  /** The next message; undefined once the server has closed. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const end = this.#held.length < 2 ? Infinity : 2 + this.#held.readUInt16BE(0)
      if (this.#held.length >= end) {
        const message = this.#held.subarray(2, end)
        this.#held = this.#held.subarray(end)
        return message
      }
      const chunk = await this.#chunks.next().catch(() => ({ done: true, value: undefined }))
      if (chunk.done || chunk.value === undefined) return undefined
      this.#held = Buffer.concat([this.#held, chunk.value])
    }
  }

  close(): void {
    this.socket.destroy()
  }
}

export async function overTcp(server: Address, bytes: Uint8Array): Promise<Buffer | undefined> {
  const client = await TcpClient.open(server)
  try {
    client.socket.write(framed(bytes))
    return await client.next()
  } finally {
    client.close()
  }
}

const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH']

/** RCODE and set flags of a header, such as `NOERROR qr aa`; `nothing` without a response. */
export function headerText(bytes: Buffer | undefined): string {
  if (bytes === undefined) return 'nothing'
  const [high, low] = [bytes[2]!, bytes[3]!]
  const bits: readonly [number, string][] = [
    [high & 0x80, 'qr'],
    [high & 4, 'aa'],
    [high & 2, 'tc'],
    [high & 1, 'rd'],
    [low & 0x80, 'ra'],
    [low & 0x40, 'z'],
    [low & 0x20, 'ad'],
    [low & 0x10, 'cd'],
  ]
  return [rcodes[low & 0xf], ...bits.filter(([bit]) => bit !== 0).map(([, name]) => name)].join(' ')
}

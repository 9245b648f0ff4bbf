/** A client of HTTP/2 that keeps to no rule: it sends what it is told, and notes what comes back. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { frame, FLAG, preface, settings, TYPE } from './http2-frames.ts'

export interface RawOptions {
  readonly port: number
  /** The address it comes from. */
  readonly from?: string
  /** What it asks for in its first SETTINGS. */
  readonly settings?: Readonly<Record<number, number>>
  /** Reads nothing. */
  readonly deaf?: boolean
  /** Answers neither PING nor SETTINGS. */
  readonly mute?: boolean
}

const codes = ['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED']
codes.push('FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM')

export class RawConnection {
  readonly socket: Socket
  /** Frames that came, by type. */
  readonly came = new Map<number, number>()
  /** The code of the GOAWAY that ended it. */
  goaway: string | undefined
  /** Octets of all DATA frames. */
  data = 0
  #rest = Buffer.alloc(0)

  readonly #mute: boolean

  private constructor(socket: Socket, deaf: boolean, mute: boolean) {
    this.socket = socket
    this.#mute = mute
    socket.on('error', () => {})
    if (deaf) socket.pause()
    else socket.on('data', (chunk: Buffer) => this.#read(chunk))
  }

  /** Connects and says the preface; where it is not let in, it is closed. */
  static async open(options: RawOptions): Promise<RawConnection> {
    const { port, from, deaf = false, mute = false } = options
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(from !== undefined && { localAddress: from }) })
    const raw = new RawConnection(socket, deaf, mute)
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
    await raw.send(Buffer.concat([preface, settings(options.settings)]))
    return raw
  }

  get closed(): boolean {
    return this.socket.destroyed || this.socket.readyState === 'closed'
  }

  /** Sends no faster than the other side reads; false once it is closed. */
  async send(octets: Uint8Array): Promise<boolean> {
    if (this.closed) return false
    if (!this.socket.write(octets)) {
      const ended = new AbortController()
      const { signal } = ended
      await Promise.race([once(this.socket, 'drain', { signal }), once(this.socket, 'close', { signal })]).catch(() => {})
      ended.abort()
    }
    return !this.closed
  }

  close(): void {
    this.socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      if (this.#rest.length < 9) return
      const length = this.#rest.readUIntBE(0, 3)
      if (this.#rest.length < 9 + length) return
      const [type, flags] = [this.#rest[3]!, this.#rest[4]!]
      this.#take(type, flags, this.#rest.subarray(9, 9 + length))
      this.#rest = this.#rest.subarray(9 + length)
    }
  }

  #take(type: number, flags: number, payload: Buffer): void {
    this.came.set(type, (this.came.get(type) ?? 0) + 1)
    if (type === TYPE.DATA) this.data += payload.length
    if (type === TYPE.GOAWAY) this.goaway = codes[payload.readUInt32BE(4)] ?? 'unknown'
    if ((flags & FLAG.ACK) !== 0 || this.#mute) return
    if (type === TYPE.PING) this.socket.write(frame(TYPE.PING, FLAG.ACK, 0, payload))
    if (type === TYPE.SETTINGS) this.socket.write(frame(TYPE.SETTINGS, FLAG.ACK, 0))
  }
}

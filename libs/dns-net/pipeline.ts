/** Many DNS messages to one server in few writes, over one TCP connection that is kept. */
import { connect, type Socket } from 'node:net'
import type { Address } from './address.ts'
import { frame, TcpFrames } from './tcp-frames.ts'

export interface PipelineOptions {
  readonly server: Address
  readonly onMessage: (message: Uint8Array) => void
  /** The connection has ended: what was written on it and is not answered will not be. */
  readonly onEnd: () => void
}

export interface Pipeline {
  /** Writes messages in one piece; connects where there is no connection. */
  write(messages: readonly Uint8Array[]): void
  close(): void
}

/** It does not keep the process alive. A connection that the server has closed is followed by another with the next message. */
export function createPipeline({ server: { host, port }, onMessage, onEnd }: PipelineOptions): Pipeline {
  let socket: Socket | undefined

  function open(): Socket {
    const opened = connect({ host, port, noDelay: true })
    const frames = new TcpFrames()
    opened.unref()
    opened.on('data', (chunk) => {
      for (const message of frames.push(chunk)) onMessage(message)
    })
    // An error is followed by 'close'.
    opened.on('error', () => {})
    opened.on('end', () => opened.destroy())
    opened.on('close', () => {
      if (socket === opened) socket = undefined
      onEnd()
    })
    return opened
  }

  return {
    write: (messages) => {
      socket ??= open()
      socket.write(Buffer.concat(messages.map(frame)))
    },
    close: () => socket?.destroy(),
  }
}

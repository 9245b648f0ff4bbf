/** The queries of one TCP connection, answered as fast as the client reads (RFC 7766 §6.2.1.1). */
import type { Socket } from 'node:net'
import { frame, TcpFrames } from './tcp-frames.ts'

/**
 * Answers what a socket asks, in its order. While more is unread than the socket's high-water mark, queries wait where they are: those
 * of the chunk at hand in `frames`, the rest in the socket (RFC 7766 §6.2.1.1).
 */
export function serveQueries(
  socket: Socket,
  answer: (query: Uint8Array) => Uint8Array | undefined,
  idleMilliseconds: number,
): void {
  const frames = new TcpFrames()
  // Counted from query to query, so that octets that trickle in do not hold the connection.
  const idle = setTimeout(() => {
    if (socket.writableLength === 0) return void socket.destroy()
    watchReading()
    idle.refresh()
  }, idleMilliseconds)

  /** From now on the connection ends when nothing of what is unread gets read for so long; Node watches the progress of writes. */
  function watchReading(): void {
    if (socket.timeout !== idleMilliseconds) socket.setTimeout(idleMilliseconds)
  }

  /** False for a client that sends rubbish, which is not served further. */
  function answerHeld(): boolean {
    let hasRoom = true
    while (hasRoom) {
      const query = frames.next()
      if (query === undefined) break
      idle.refresh()
      const bytes = answer(query)
      if (bytes === undefined) return false
      hasRoom = socket.write(frame(bytes))
    }
    return true
  }

  function goOn(): void {
    // What was asked in one piece is answered in one.
    socket.cork()
    const isServed = answerHeld()
    socket.uncork()
    if (!isServed) socket.destroy()
    else if (socket.writableNeedDrain) {
      socket.pause()
      watchReading()
    } else if (socket.readableEnded) socket.end()
    else if (socket.isPaused()) socket.resume()
  }

  socket.on('data', (chunk) => {
    frames.hold(chunk)
    goOn()
  })
  socket.on('drain', goOn)
  socket.on('end', () => {
    // Otherwise answers are still to be made.
    if (!socket.writableNeedDrain) socket.end()
  })
  socket.on('timeout', () => socket.destroy())
  socket.on('close', () => clearTimeout(idle))
}

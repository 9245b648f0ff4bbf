/** Waiting for room on a stream. */
import type { Http2Stream } from 'node:http2'

/** Resolves when more may be written, or when nothing will be read any more. */
export function drained(stream: Http2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve()
    const done = () => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.on('drain', done).on('close', done)
  })
}

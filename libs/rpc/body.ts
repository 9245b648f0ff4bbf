/** The body of a request: read for a bounded time, and left without tearing the connection down. */
import { Code, ConnectError } from '@connectrpc/connect'
import type { IncomingMessage } from 'node:http'
import { constants, type Http2ServerRequest, type ServerHttp2Stream } from 'node:http2'
import { interruptible } from './interrupt.ts'
import { cutOff, isCut } from './request-messages.ts'

type Request = IncomingMessage | Http2ServerRequest

/** The octets of a request. To stop reading leaves the connection open, so that the client can be told why. */
export function bodyOf(request: Request, timeoutMs: number | undefined): AsyncIterable<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }
  if (timeoutMs === undefined) return 'stream' in request ? wholeOf(chunks, request.stream) : chunks
  const late = new AbortController()
  const expire = () => {
    late.abort(new ConnectError('the request did not come in time', Code.DeadlineExceeded))
  }
  const timer = setTimeout(expire, timeoutMs)
  return interruptible(chunks, late.signal, { done: () => clearTimeout(timer) })
}

/** A stream of requests that is cut off ends in an error; a client that gives up may end it before it resets it, in one breath. */
async function* wholeOf(chunks: AsyncIterable<Uint8Array>, stream: ServerHttp2Stream): AsyncGenerator<Uint8Array> {
  yield* chunks
  await new Promise((resolve) => setImmediate(resolve))
  if (isCut(stream)) throw cutOff()
}

/** What a client of HTTP/1.1 still sends after its answer is read into nothing for a while. */
export function leaveRest(request: Request): void {
  if (request.complete || request.destroyed) return
  request.on('error', () => {}).resume()
  const timer = setTimeout(() => request.destroy(), 1_000)
  request.once('close', () => clearTimeout(timer))
}

/** What the client has not sent yet is refused (RFC 9113 §8.1): it would otherwise never be told to stop. */
export function leaveRequest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded) return
  stream.resume()
  setImmediate(() => {
    if (!stream.readableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR)
  })
}

/**
 * Ends a stream whose answer is complete before its request is (RFC 9113 §8.1): otherwise a client that goes on sending is never told
 * to stop. The answer must be one with trailers.
 */
export function leaveWhenAnswered(stream: ServerHttp2Stream): void {
  const leave = () => {
    if (stream.readableEnded || stream.destroyed || stream.closed) return
    stream.close(constants.NGHTTP2_NO_ERROR)
  }
  // Not before the trailers, which somebody else sends now.
  stream.once('wantTrailers', () => {
    // What has come already, and nobody read, is read now: most often that is the rest.
    stream.on('error', () => {}).resume()
    setImmediate(leave)
  })
}

/** The messages of a gRPC request, out of its HTTP/2 stream. */
import { type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import type { ServerHttp2Stream } from 'node:http2'
import { FrameReader } from './frames.ts'
import { MessageQueue } from './message-queue.ts'

export interface RequestBody {
  readonly stream: ServerHttp2Stream
  readonly input: DescMessage
  readonly readMaxBytes: number
  /** Told how much of the request is kept here; it may throw. */
  readonly keep: (octets: number) => void
}

/** The message of a request that has one. Waits as long as the stream takes: whoever asks has the clock. */
export async function readOneMessage({ stream, input, readMaxBytes, keep }: RequestBody): Promise<Message> {
  const octets = await new Promise<Uint8Array>((resolve, reject) => {
    let message: Uint8Array | undefined
    let several = false
    const reader = new FrameReader(readMaxBytes, (one) => {
      several ||= message !== undefined
      message ??= one
    })
    const kept = () => keep(reader.size)
    read({ stream, reader, kept }, reject, () => {
      if (several) reject(new ConnectError('the request has more than one message', Code.Unimplemented))
      else if (message === undefined) reject(new ConnectError('the request has no message', Code.Unimplemented))
      else resolve(message)
    })
  })
  return parse(input, octets)
}

/** The messages of a request as they come; `check` may throw. */
export function readMessages(
  { stream, input, readMaxBytes, keep }: RequestBody,
  check: (message: Message) => void,
): MessageQueue<Message> {
  const decode = (octets: Uint8Array) => {
    const message = parse(input, octets)
    check(message)
    return message
  }
  const queue = new MessageQueue(stream, decode, () => stream.resume())
  const reader = new FrameReader(readMaxBytes, (octets) => queue.push(octets))
  const kept = () => keep(reader.size + queue.size)
  queue.emptied = kept
  read(
    { stream, reader, kept },
    (error) => queue.end(error),
    // A client that gives up may end its stream before it resets it, in one breath.
    () => setImmediate(() => queue.end(isCut(stream) ? cutOff() : undefined)),
  )
  return queue
}

interface Reading {
  readonly stream: ServerHttp2Stream
  readonly reader: FrameReader
  readonly kept: () => void
}

function read({ stream, reader, kept }: Reading, fail: (error: unknown) => void, end: () => void): void {
  const take = (chunk: Buffer) => {
    try {
      reader.push(chunk)
      kept()
    } catch (error) {
      // What comes after it is read into nothing, so that the answer gets through.
      stream.off('data', take).resume()
      fail(error)
    }
  }
  stream.on('data', take)
  stream.once('end', () => {
    if (isCut(stream)) fail(cutOff())
    else if (reader.partial) fail(new ConnectError('the request ends within a message', Code.InvalidArgument))
    else end()
  })
}

/** A stream that is reset, or whose connection is gone, ends like one that is complete. */
export function isCut(stream: Pick<ServerHttp2Stream, 'closed' | 'destroyed'>): boolean {
  return stream.closed || stream.destroyed
}

export function cutOff(): ConnectError {
  return new ConnectError('the request was cut off', Code.Canceled)
}

function parse(input: DescMessage, octets: Uint8Array): Message {
  try {
    return fromBinary(input, octets)
  } catch (error) {
    throw new ConnectError(`the request is not a ${input.typeName}: ${(error as Error).message}`, Code.InvalidArgument)
  }
}

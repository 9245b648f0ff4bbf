/** One gRPC call of a client, straight on its HTTP/2 stream. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf'
import { Code, ConnectError, type StreamResponse, type UnaryResponse } from '@connectrpc/connect'
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { drained } from './drained.ts'
import { failureOf, isForeign } from './failure.ts'
import { frame, FrameReader } from './frames.ts'
import { headersFrom } from './header-fields.ts'
import { reasonOf } from './interrupt.ts'
import { MessageQueue } from './message-queue.ts'
import type { RoundRobinPool } from './pool.ts'

export interface CallOptions<Method extends DescMethod = DescMethod> {
  readonly method: Method
  readonly headers: Record<string, string>
  readonly signal: AbortSignal | undefined
  /** No deadline where it is 0. */
  readonly timeoutMs: number
  readonly readMaxBytes: number
}

/** One message there and one back. */
export async function callUnary(
  pool: RoundRobinPool,
  options: CallOptions<DescMethodUnary>,
  message: MessageInitShape<DescMessage>,
): Promise<UnaryResponse> {
  const { method } = options
  const body = frame(toBinary(method.input, create(method.input, message)))
  const call = new ClientCall(await open(pool, options), options)
  call.stream.end(body)
  const octets = await call.oneMessage()
  return {
    stream: false,
    service: method.parent,
    method,
    header: call.header,
    trailer: call.trailer,
    message: fromBinary(method.output, octets),
  }
}

/** Streams in either direction or both. Resolves when the header of the answer is there. */
export async function callStream(
  pool: RoundRobinPool,
  options: CallOptions<DescMethodStreaming>,
  input: AsyncIterable<MessageInitShape<DescMessage>>,
): Promise<StreamResponse> {
  const { method } = options
  const call = new ClientCall(await open(pool, options), options)
  void call.send(input)
  const message = await call.manyMessages()
  return { stream: true, service: method.parent, method, header: call.header, trailer: call.trailer, message }
}

async function open(pool: RoundRobinPool, { method, headers, signal, timeoutMs }: CallOptions): Promise<ClientHttp2Stream> {
  if (signal?.aborted) throw ConnectError.from(reasonOf(signal), Code.Canceled)
  const fields = {
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    ...(timeoutMs > 0 && { 'grpc-timeout': `${Math.min(99_999_999, Math.ceil(timeoutMs))}m` }),
    ...headers,
  }
  const opening = pool.request('POST', `/${method.parent.typeName}/${method.name}`, fields, {})
  return inTime(opening, signal, timeoutMs).catch((error: unknown): never => {
    throw ConnectError.from(error, Code.Unavailable)
  })
}

/** Connecting may take longer than the caller waits; a stream that comes too late is not used. */
async function inTime(opening: Promise<ClientHttp2Stream>, signal: AbortSignal | undefined, timeoutMs: number) {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const timer = timeoutMs > 0 ? setTimeout(() => reject(timedOut()), timeoutMs) : undefined
  const cancel = () => reject(ConnectError.from(signal && reasonOf(signal), Code.Canceled))
  signal?.addEventListener('abort', cancel)
  try {
    return await Promise.race([opening, over])
  } catch (error) {
    opening.then((stream) => stream.on('error', () => {}).close(constants.NGHTTP2_CANCEL)).catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
  }
}

function timedOut(): ConnectError {
  return new ConnectError('the operation timed out', Code.DeadlineExceeded)
}

class ClientCall {
  readonly stream: ClientHttp2Stream
  readonly header = new Headers()
  readonly trailer = new Headers()
  readonly #options: CallOptions
  readonly #deadlineAt: number
  readonly #reader: FrameReader
  readonly #timer: NodeJS.Timeout | undefined
  #fields: IncomingHttpHeaders = {}
  #trailers: IncomingHttpHeaders = {}
  #messages = 0
  #settled = false
  #deliver: (octets: Uint8Array) => void = () => {}
  #answered: () => void = () => {}
  #done: (error: ConnectError | undefined) => void = () => {}
  #stopSending: (() => void) | undefined

  constructor(stream: ClientHttp2Stream, options: CallOptions) {
    const { signal, timeoutMs, readMaxBytes } = options
    this.stream = stream
    this.#options = options
    this.#deadlineAt = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity
    this.#timer = timeoutMs > 0 ? setTimeout(this.#late, timeoutMs) : undefined
    this.#reader = new FrameReader(readMaxBytes, (octets) => {
      this.#messages++
      this.#deliver(octets)
    })
    signal?.addEventListener('abort', this.#cancel)
    // The caller may have left while the connection was made.
    if (signal?.aborted) queueMicrotask(this.#cancel)
    this.#listen()
  }

  /** The answer of a unary call. */
  oneMessage(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      let message: Uint8Array | undefined
      this.#deliver = (octets) => (message = octets)
      this.#done = (error) => {
        if (error) reject(error)
        else if (this.#messages > 1) reject(new ConnectError('the answer has more than one message', Code.Unimplemented))
        else if (message === undefined) reject(new ConnectError('the answer has no message', Code.Unimplemented))
        else resolve(message)
      }
    })
  }

  /** The answers of a stream, when their header is there; rejects when there is only an error. */
  manyMessages(): Promise<AsyncIterable<Message>> {
    const { output } = this.#options.method
    const queue = new MessageQueue<Message>(
      this.stream,
      (octets) => fromBinary(output, octets),
      () => this.#settle(left),
    )
    this.#deliver = (octets) => queue.push(octets)
    return new Promise((resolve, reject) => {
      this.#answered = () => resolve(queue)
      this.#done = (error) => {
        if (error?.code === Code.Canceled || error?.code === Code.DeadlineExceeded) queue.fail(error)
        else queue.end(error)
        // Where the header has come, this rejects nobody.
        if (error) reject(error)
        else resolve(queue)
      }
    })
  }

  /** Sends what `input` gives, no faster than the server takes it. */
  async send(input: AsyncIterable<MessageInitShape<DescMessage>>): Promise<void> {
    const { method } = this.#options
    const messages = input[Symbol.asyncIterator]()
    this.#stopSending = () => void messages.return?.().then(undefined, () => {})
    try {
      for (;;) {
        const { done, value } = await messages.next()
        if (this.#settled) return
        if (done) break
        if (!this.stream.write(frame(toBinary(method.input, create(method.input, value))))) await drained(this.stream)
        if (this.#settled) return
      }
      this.#stopSending = undefined
      this.stream.end()
    } catch (error) {
      this.#stopSending = undefined
      this.#settle(ConnectError.from(error, Code.Internal))
    }
  }

  #listen(): void {
    const { stream } = this
    stream.on('response', (fields) => {
      this.#fields = fields
      headersFrom(fields, this.header)
      // A status in the header is all there is.
      if (fields['grpc-status'] === undefined && fields[':status'] === 200) this.#answered()
    })
    stream.on('trailers', (fields) => {
      this.#trailers = fields
      headersFrom(fields, this.trailer)
    })
    stream.on('data', (chunk: Buffer) => {
      if (this.#settled || isForeign(this.#fields)) return
      try {
        this.#reader.push(chunk)
      } catch (error) {
        this.#settle(error as ConnectError)
      }
    })
    // What broke the stream is told by its reset code, or by the answer that came before.
    stream.on('error', () => {})
    stream.on('end', () => stream.rstCode === constants.NGHTTP2_NO_ERROR && this.#fields[':status'] && this.#ended())
    stream.on('close', () => this.#ended())
  }

  #ended(): void {
    if (this.#settled) return
    const { session, rstCode } = this.stream
    const received = { header: this.#fields, trailer: this.#trailers, rstCode, messages: this.#messages }
    const isDisconnected = session === undefined || session.destroyed
    const failure = failureOf({ ...received, isDisconnected })
    const late = failure && failure.metadata.get('grpc-status') === null && performance.now() >= this.#deadlineAt
    if (late) return this.#late()
    if (!failure && this.#reader.partial) return this.#settle(new ConnectError('the answer ends within a message', Code.Internal))
    this.#settle(failure)
  }

  #late = (): void => this.#settle(timedOut())

  #cancel = (): void => {
    const { signal } = this.#options
    this.#settle(ConnectError.from(signal && reasonOf(signal), Code.Canceled))
  }

  #settle(error?: ConnectError): void {
    if (this.#settled) return
    this.#settled = true
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#cancel)
    this.#stopSending?.()
    this.#done(error)
    const { stream } = this
    if (!stream.closed && !(stream.readableEnded && stream.writableEnded)) stream.close(constants.NGHTTP2_CANCEL)
  }
}

const left = new ConnectError('the caller has left', Code.Canceled)

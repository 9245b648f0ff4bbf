/** One gRPC call on its HTTP/2 stream: what its handler sees as its context, and how it is answered. */
import { create, type DescMethod, type DescService, type Message, toBinary } from '@bufbuild/protobuf'
import { Code, ConnectError, type ContextValues, createContextValues, type HandlerContext } from '@connectrpc/connect'
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc'
import { withTraceparent } from '@zonecast/runtime'
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { leaveRequest } from './body.ts'
import { CallDeadline } from './call-deadline.ts'
import { drained } from './drained.ts'
import { frame } from './frames.ts'
import { CallHolding, heldFromOctets } from './held-octets.ts'
import { headersFrom, plainHeaders } from './header-fields.ts'
import type { MessageQueue } from './message-queue.ts'
import { type Standing, standingKey } from './open-streams.ts'
import { callerKey } from './presented.ts'
import { readMessages, readOneMessage, type RequestBody } from './request-messages.ts'
import type { GrpcMethod, GrpcPorts, StreamHead } from './serve-grpc.ts'
import { inTurn } from './turns.ts'

// Made once: an error that nobody reads should not cost every call a stack trace.
const ended = new ConnectError('the call has ended', Code.Canceled)
const noContent: Record<string, string> = {}
/** A message that waits is there as its parts, too. */
const copiesOfAnswer = 3

export class ServerCall implements HandlerContext {
  readonly service: DescService
  readonly method: DescMethod
  readonly protocolName = 'grpc'
  readonly requestMethod = 'POST'
  readonly values: ContextValues
  readonly #stream: ServerHttp2Stream
  readonly #fields: IncomingHttpHeaders
  readonly #ports: GrpcPorts
  readonly #handler: GrpcMethod['run']
  readonly #forget: () => void
  readonly #holding: CallHolding
  readonly #deadline = new CallDeadline((reason) => this.interrupt(reason))
  #requestHeader: Headers | undefined
  #responseHeader: Headers | undefined
  #responseTrailer: Headers | undefined
  #controller: AbortController | undefined
  #incoming: MessageQueue<Message> | undefined
  /** Tells the stream of answers that nobody reads it any more. */
  #stopAnswers: (() => void) | undefined
  /** Of a stream; ended with it. */
  #standing: Standing | undefined
  #record: ((error?: unknown) => void) | undefined
  /** Set when the call is answered or lost: whatever comes later is late. */
  #outcome: { readonly error?: ConnectError } | undefined

  constructor(
    { method, run }: GrpcMethod,
    stream: ServerHttp2Stream,
    { fields, rawHeaders }: StreamHead,
    ports: GrpcPorts,
    forget: () => void,
  ) {
    this.values = createContextValues().set(callerKey, { rawHeaders, socket: stream.session?.socket })
    this.method = method
    this.service = method.parent
    this.#handler = run
    this.#stream = stream
    this.#fields = fields
    this.#ports = ports
    this.#forget = forget
    this.#holding = new CallHolding(ports.held, stream)
  }

  get url(): string {
    const { ':scheme': scheme = 'http', ':authority': authority = '', ':path': path = '' } = this.#fields
    return `${scheme}://${authority}${path}`
  }
  get requestHeader(): Headers {
    return (this.#requestHeader ??= headersFrom(this.#fields))
  }
  get responseHeader(): Headers {
    return (this.#responseHeader ??= new Headers())
  }
  get responseTrailer(): Headers {
    return (this.#responseTrailer ??= new Headers())
  }
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#outcome) this.#controller.abort(this.#outcome.error ?? ended)
    }
    return this.#controller.signal
  }
  timeoutMs = (): number | undefined => this.#deadline.leftMs

  /** Gate, request, validation, deadline, handler: as for every other protocol. */
  async run(): Promise<void> {
    const { method } = this
    this.#stream.on('error', () => {})
    // Every stream closes, most of them after their answer: only the others cost an error.
    this.#stream.once('close', () => this.#outcome ?? this.interrupt(new ConnectError('the caller has left', Code.Canceled)))
    try {
      const arrivedAt = performance.now()
      const admitted = this.#ports.gate(this)
      if (admitted) await admitted
      this.#standing = this.values.get(standingKey)
      if (this.#outcome) return this.#standing?.end()
      this.#standing?.signal.addEventListener('abort', () => this.interrupt(this.#standing?.signal.reason))
      this.#record = this.#ports.calls.begin(method)
      this.#deadline.read(this.#fields['grpc-timeout'] as string | undefined, arrivedAt)
      if (method.methodKind === 'unary') await this.#unary(await this.#oneMessage())
      else if (method.methodKind === 'server_streaming') await this.#answers(await this.#oneMessage())
      else if (method.methodKind === 'client_streaming') await this.#unary(this.#manyMessages())
      else await this.#answers(this.#manyMessages())
    } catch (error) {
      // A refusal by the gate has been counted where it was made.
      this.#finish(this.#ports.calls.asConnectError(error, method))
    }
  }

  /** Ends the call from outside, even where the handler waits for something that never comes. */
  interrupt(reason: ConnectError): void {
    if (!this.#outcome) this.#finish(reason)
  }

  /** A stream has the deadline it asks for. A unary call has the default one without that, and none is longer than the largest. */
  #startDeadline(): void {
    const { defaultDeadlineMs, maxDeadlineMs } = this.#ports
    const asked = this.#deadline.leftMs
    const bounded = this.method.methodKind === 'unary'
    const afterMs = bounded ? Math.min(asked ?? defaultDeadlineMs, maxDeadlineMs) : asked
    this.#deadline.start(afterMs, 'the call took longer than it may')
  }

  /** Its time is bounded; the deadline of the handler starts after it. */
  #oneMessage(): Promise<Message> {
    const forMs = Math.min(this.#ports.bodyTimeoutMs, this.#deadline.leftMs ?? Infinity)
    this.#deadline.start(forMs, 'the request did not come in time')
    return readOneMessage(this.#body)
  }

  #manyMessages(): AsyncIterable<Message> {
    const { input } = this.method
    return (this.#incoming = readMessages(this.#body, (message) => this.#ports.calls.validate(input, message)))
  }

  get #body(): RequestBody {
    const keep = (octets: number) => this.#holding.request(octets)
    return { stream: this.#stream, input: this.method.input, readMaxBytes: this.#ports.readMaxBytes, keep }
  }

  /** One message back. */
  async #unary(input: Message | AsyncIterable<Message>): Promise<void> {
    if (this.#outcome) return
    const { method } = this
    this.#begin(input)
    const traceparent = this.#fields['traceparent'] as string | undefined
    const run = () => (this.#outcome ? undefined : (this.#handler(input, this) as Promise<Message>))
    const answer = await withTraceparent(traceparent, method.name, () =>
      inTurn(this.#ports.turns, this.#stream.session, method, run),
    )
    if (this.#outcome || !answer) return
    const octets = frame(toBinary(method.output, create(method.output, answer)))
    if (octets.length >= heldFromOctets) this.#keepAnswer(octets.length)
    this.#respond()
    this.#finish(undefined, octets)
  }

  /** A stream of messages back, no faster than the client takes them. */
  async #answers(input: Message | AsyncIterable<Message>): Promise<void> {
    if (this.#outcome) return
    const { output } = this.method
    this.#begin(input)
    const answers = (this.#handler(input, this) as AsyncIterable<Message>)[Symbol.asyncIterator]()
    this.#stopAnswers = () => void answers.return?.().then(undefined, () => {})
    let next = inTurn(this.#ports.turns, this.#stream.session, this.method, () => answers.next())
    for (;;) {
      const { done, value } = await next
      if (this.#outcome) return
      if (done) break
      const octets = frame(toBinary(output, create(output, value as Message)))
      this.#holding.answer(octets.length * copiesOfAnswer)
      this.#respond()
      if (!this.#stream.write(octets)) await drained(this.#stream)
      if (this.#outcome) return
      this.#holding.answer(0)
      next = answers.next()
    }
    this.#stopAnswers = undefined
    this.#finish()
  }

  /** A large answer is kept until the client takes it, which it has to do in time. */
  #keepAnswer(octets: number): void {
    this.#holding.answer(octets)
    const untaken = setTimeout(() => this.#stream.close(constants.NGHTTP2_CANCEL), this.#ports.bodyTimeoutMs)
    this.#stream.once('close', () => clearTimeout(untaken))
  }

  #begin(input: Message | AsyncIterable<Message>): void {
    this.#startDeadline()
    if (input !== this.#incoming) this.#ports.calls.validate(this.method.input, input as Message)
  }

  #respond(trailers = noContent): void {
    if (this.#stream.headersSent) return
    const fields = {
      ':status': 200,
      'content-type': 'application/grpc+proto',
      ...plainHeaders(this.#responseHeader),
      ...trailers,
    }
    if (trailers !== noContent) return this.#stream.respond(fields, { endStream: true })
    this.#stream.respond(fields, { waitForTrailers: true })
    this.#stream.once('wantTrailers', () => {
      this.#stream.sendTrailers(this.#trailers())
      leaveRequest(this.#stream)
    })
  }

  #trailers(): Record<string, string> {
    const error = this.#outcome?.error
    if (!error && !this.#responseTrailer) return { 'grpc-status': '0' }
    return plainHeaders(setTrailerStatus(this.responseTrailer, error))
  }

  #finish(error?: ConnectError, last?: Uint8Array): void {
    if (this.#outcome) return
    this.#outcome = error ? { error } : {}
    this.#forget()
    this.#standing?.end()
    this.#deadline.stop()
    this.#record?.(error)
    if (!this.#stream.destroyed && !this.#stream.closed) this.#close(last)
    this.#incoming?.fail(error ?? ended)
    this.#controller?.abort(error ?? ended)
    this.#stopAnswers?.()
  }

  #close(last: Uint8Array | undefined): void {
    const bare = !this.#stream.headersSent && this.#responseHeader === undefined
    // An error before anything was said is one frame.
    if (bare && this.#outcome?.error) {
      this.#respond(this.#trailers())
      return leaveRequest(this.#stream)
    }
    this.#respond()
    this.#stream.end(last)
  }
}

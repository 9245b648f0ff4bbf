/** One call as the suite describes it, and what became of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DescMethod, DescMethodUnary, Message, MessageShape } from '@bufbuild/protobuf'
import { type Any, AnySchema, anyUnpackTo } from '@bufbuild/protobuf/wkt'
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import type { RpcTransport } from '@zonecast/rpc'
import { type ClientRequestSchema, type NamedValues, type Result, serviceOf } from './schema.ts'

type Request = MessageShape<typeof ClientRequestSchema>
type Answer = Message & { payload?: { data: Uint8Array } }

/** `StreamType` of the suite. */
const fullDuplex = 5

export async function makeCall(request: Request, transport: RpcTransport): Promise<Result> {
  const method = serviceOf(request.service).methods.find(({ name }) => name === request.method)
  if (!method) throw new Error(`the suite has no method ${request.method}`)
  const abort = new AbortController()
  const header = new Headers()
  for (const { name, value } of request.requestHeaders) for (const one of value) header.append(name, one)
  const call = {
    request,
    transport,
    method,
    abort,
    header,
    messages: request.requestMessages.map((any) => unpacked(any, method)),
  }
  return method.methodKind === 'unary' ? unary(call) : stream(call)
}

interface Call {
  readonly request: Request
  readonly transport: RpcTransport
  readonly method: DescMethod
  readonly abort: AbortController
  readonly header: Headers
  readonly messages: readonly Message[]
}

async function unary({ request, transport, method, abort, header, messages }: Call): Promise<Result> {
  if (request.requestDelayMs) await sleep(request.requestDelayMs)
  const { signal } = abort
  const answering = transport.unary(method as DescMethodUnary, signal, request.timeoutMs, header, messages[0]!)
  cancelAfterSending(request, abort)
  try {
    const answer = await answering
    const payload = (answer.message as Answer).payload
    return {
      payloads: [payload ?? ({ data: new Uint8Array() } as never)],
      responseHeaders: namedValues(answer.header),
      responseTrailers: namedValues(answer.trailer),
    }
  } catch (error) {
    return failed(error)
  }
}

async function stream({ request, transport, method, abort, header, messages }: Call): Promise<Result> {
  const timing = request.cancel?.cancelTiming
  const result: Result & { payloads: { data: Uint8Array }[] } = { payloads: [], numUnsentRequests: 0 }
  const answered = waiters()
  let sent = 0
  async function* outgoing() {
    for (const message of messages) {
      if (request.requestDelayMs) await sleep(request.requestDelayMs)
      sent++
      yield message
      // Full duplex: the next request goes when the answer to this one is there.
      if (request.streamType === fullDuplex) await answered.reached(sent)
    }
    if (timing?.case === 'beforeCloseSend') return abort.abort()
    cancelAfterSending(request, abort)
  }
  try {
    const client = createClient(method.parent, transport)
    const { signal } = abort
    const options = {
      signal,
      headers: header,
      ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
      onHeader: (headers: Headers) => (result.responseHeaders = namedValues(headers)),
      onTrailer: (trailers: Headers) => (result.responseTrailers = namedValues(trailers)),
    }
    const run = (client as unknown as Record<string, (input: unknown, options: object) => unknown>)[method.localName]!
    const take = (message: Answer) => {
      result.payloads.push(message.payload ?? { data: new Uint8Array() })
      answered.add()
      if (timing?.case === 'afterNumResponses' && timing.value === result.payloads.length) abort.abort()
    }
    if (method.methodKind === 'client_streaming') take((await run(outgoing(), options)) as Answer)
    else if (method.methodKind === 'bidi_streaming')
      for await (const message of run(outgoing(), options) as AsyncIterable<Answer>) take(message)
    else {
      sent = 1
      cancelAfterSending(request, abort)
      for await (const message of run(messages[0], options) as AsyncIterable<Answer>) take(message)
    }
    return result
  } catch (error) {
    const { responseHeaders, ...rest } = failed(error)
    return { responseHeaders, ...result, ...rest, numUnsentRequests: messages.length - sent } as Result
  } finally {
    answered.leave()
  }
}

function cancelAfterSending({ cancel }: Request, abort: AbortController): void {
  if (!cancel) return
  const { cancelTiming: timing } = cancel
  if (timing.case === undefined) abort.abort()
  else if (timing.case === 'afterCloseSendMs') setTimeout(() => abort.abort(), timing.value)
}

/** Counts answers, and lets a sender wait for one. */
function waiters() {
  const waiting: { wanted: number; wake: () => void }[] = []
  let count = 0
  const wakeUpTo = (limit: number) => {
    for (const { wanted, wake } of waiting) if (wanted <= limit) wake()
  }
  return {
    add: () => wakeUpTo(++count),
    /** No answer comes any more: nobody waits on. */
    leave: () => wakeUpTo((count = Infinity)),
    reached: (wanted: number) =>
      new Promise<void>((resolve) => (wanted <= count ? resolve() : void waiting.push({ wanted, wake: resolve }))),
  }
}

/** What travels with an error is the trailers, or the headers where there is nothing else. */
function failed(thrown: unknown): Result {
  const error = ConnectError.from(thrown)
  const details = error.details.map((detail) =>
    'type' in detail ? create(AnySchema, { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value }) : never(),
  )
  const metadata = namedValues(error.metadata)
  return {
    error: { code: error.code ?? Code.Unknown, message: error.rawMessage, details },
    responseHeaders: metadata,
    responseTrailers: metadata,
  }
}

function never(): never {
  throw new Error('a received detail is bytes')
}

function namedValues(headers: Headers): NamedValues[] {
  return [...headers].map(([name, value]) => ({ name, value: value.split(', ') }))
}

function unpacked(any: Any, { input }: DescMethod): Message {
  const message = create(input)
  if (!anyUnpackTo(any, input, message)) throw new Error(`${any.typeUrl} is not a ${input.typeName}`)
  return message
}

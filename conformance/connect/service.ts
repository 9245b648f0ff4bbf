/** The service that the suite's client calls: it answers as each request tells it to, and tells what it saw. */
import { setTimeout as sleep } from 'node:timers/promises'
import { create, type DescMessage, type Message } from '@bufbuild/protobuf'
import { type Any, anyPack } from '@bufbuild/protobuf/wkt'
import { ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import { type Failure, InfoSchema, type NamedValues, serviceOf, type StreamDefinition, type UnaryDefinition } from './schema.ts'

type Unary = Message & { responseDefinition?: UnaryDefinition }
type Stream = Message & { responseDefinition?: StreamDefinition; fullDuplex?: boolean }

/** `Unimplemented` is left out: that is what it is for. */
export function addConformanceService(router: ConnectRouter): void {
  const service = serviceOf()
  const inputOf = (name: string) => service.method[name]!.input
  const implementation = {
    unary: (request: Unary, context: HandlerContext) => unary(inputOf('unary'), [request], context),
    idempotentUnary: (request: Unary, context: HandlerContext) => unary(inputOf('idempotentUnary'), [request], context),
    async clientStream(requests: AsyncIterable<Unary>, context: HandlerContext) {
      const timeoutMs = context.timeoutMs()
      const all: Unary[] = []
      for await (const request of requests) all.push(request)
      return unary(inputOf('clientStream'), all, context, timeoutMs)
    },
    async *serverStream(request: Stream, context: HandlerContext) {
      setHeaders(request.responseDefinition, context)
      yield* answers(request.responseDefinition, info(inputOf('serverStream'), [request], context))
    },
    bidiStream: (requests: AsyncIterable<Stream>, context: HandlerContext) => bidi(inputOf('bidiStream'), requests, context),
  }
  router.service(service, implementation as never)
}

async function unary(input: DescMessage, requests: readonly Unary[], context: HandlerContext, timeoutMs = context.timeoutMs()) {
  const definition = requests[0]?.responseDefinition
  const requestInfo = info(input, requests, context, timeoutMs)
  setHeaders(definition, context)
  if (definition?.responseDelayMs) await sleep(definition.responseDelayMs)
  if (definition?.response.case === 'error') throw failure(definition.response.value, requestInfo)
  return { payload: { requestInfo, ...(definition?.response.case && { data: definition.response.value }) } }
}

async function* answers(definition: StreamDefinition | undefined, requestInfo: ReturnType<typeof info>) {
  for (const [index, data] of (definition?.responseData ?? []).entries()) {
    if (definition?.responseDelayMs) await sleep(definition.responseDelayMs)
    yield { payload: index === 0 ? { data, requestInfo } : { data } }
  }
  if (definition?.error) throw failure(definition.error, definition.responseData.length === 0 ? requestInfo : undefined)
}

async function* bidi(input: DescMessage, requests: AsyncIterable<Stream>, context: HandlerContext) {
  const timeoutMs = context.timeoutMs()
  const seen: Stream[] = []
  let definition: StreamDefinition | undefined
  let fullDuplex = false
  let sent = 0
  for await (const request of requests) {
    if (seen.length === 0) {
      definition = request.responseDefinition
      fullDuplex = request.fullDuplex === true
      setHeaders(definition, context)
    }
    seen.push(request)
    if (!fullDuplex) continue
    const data = definition?.responseData[sent]
    // More requests than answers: what is left to say is the error.
    if (data === undefined) break
    if (definition?.responseDelayMs) await sleep(definition.responseDelayMs)
    const requestInfo =
      sent === 0 ? info(input, [request], context, timeoutMs) : create(InfoSchema, { requests: [anyPack(input, request)] })
    sent++
    yield { payload: { data, requestInfo } }
  }
  if (!definition) return
  if (!fullDuplex) return yield* answers(definition, info(input, seen, context, timeoutMs))
  for (const data of definition.responseData.slice(sent)) {
    if (definition.responseDelayMs) await sleep(definition.responseDelayMs)
    yield { payload: sent++ === 0 ? { data, requestInfo: info(input, seen, context, timeoutMs) } : { data } }
  }
  if (definition.error) throw failure(definition.error, sent === 0 ? info(input, seen, context, timeoutMs) : undefined)
}

/** What was seen of the call. The timeout is the one when the handler began: later less is left, and the suite asks what came. */
function info(input: DescMessage, requests: readonly Message[], context: HandlerContext, timeoutMs = context.timeoutMs()) {
  return create(InfoSchema, {
    requestHeaders: namedValues(context.requestHeader),
    requests: requests.map((request): Any => anyPack(input, request)),
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.ceil(timeoutMs)) }),
    ...(context.requestMethod === 'GET' && {
      connectGetInfo: { queryParams: namedValues(new URL(context.url).searchParams) },
    }),
  })
}

function namedValues(values: Iterable<[string, string]>): NamedValues[] {
  return [...values].map(([name, value]) => ({ name, value: [value] }))
}

function setHeaders(
  definition: Pick<UnaryDefinition, 'responseHeaders' | 'responseTrailers'> | undefined,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  for (const { name, value } of definition?.responseHeaders ?? []) for (const one of value) responseHeader.append(name, one)
  for (const { name, value } of definition?.responseTrailers ?? []) for (const one of value) responseTrailer.append(name, one)
}

function failure({ code, message, details }: Failure, requestInfo: ReturnType<typeof info> | undefined): ConnectError {
  const error = new ConnectError(message ?? '', code)
  error.details = [...details, ...(requestInfo ? [anyPack(InfoSchema, requestInfo)] : [])].map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
    value,
  }))
  return error
}

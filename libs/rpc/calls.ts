/** What happens around every handler: validation, deadline, errors, metrics. */
import type { DescMessage, DescMethod, Message } from '@bufbuild/protobuf'
import { pathToString } from '@bufbuild/protobuf/reflect'
import { createValidator } from '@bufbuild/protovalidate'
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect'
import { type Logger, type Metrics, withTraceparent } from '@zonecast/runtime'
import { internal, invalidRequest, Refusal, toConnectError } from './errors.ts'
import { interruptedBy, interruptible } from './interrupt.ts'
import type { Limits } from './limits.ts'
import { standingKey } from './open-streams.ts'

export interface Calls {
  /** For what goes through Connect; `server-call.ts` does the same by itself. */
  readonly interceptor: Interceptor
  /** Counts a call; the function it gives is called at its end, with the error if there was one. */
  begin(method: DescMethod): (error?: unknown) => void
  /** Throws a refusal that names every violation. */
  validate(schema: DescMessage, message: Message): void
  /** What the caller is told; what it must not see goes to the log. */
  asConnectError(error: unknown, method: DescMethod): ConnectError
  /** Counts a call that never reached a handler. */
  refused(method: DescMethod, refusal: Refusal): void
  /** Calls that end by themselves: unary ones and client streams. */
  readonly brief: number
}

/** One interceptor for all kinds of call: each further one would cost every message a promise. */
export function createCalls({ log, metrics, limits }: { log: Logger; metrics: Metrics; limits: Limits }): Calls {
  const record = recorder(metrics)
  const validate = createValidation()
  let brief = 0
  const begin = (method: DescMethod) => {
    const endsByItself = method.methodKind === 'unary' || method.methodKind === 'client_streaming'
    if (endsByItself) brief++
    const startedMs = performance.now()
    return (error?: unknown) => {
      if (endsByItself) brief--
      record(method, error, performance.now() - startedMs)
    }
  }
  const mapError = (method: DescMethod) => (error: unknown) => asConnectError(error, method, log)

  const unary = async (request: UnaryRequest, next: (request: UnaryRequest) => Promise<UnaryResponse>) => {
    const end = begin(request.method)
    try {
      validate(request.method.input, request.message)
      const traceparent = request.header.get('traceparent') ?? undefined
      const response = await withTraceparent(traceparent, request.method.name, () => withDeadline(request, next, limits))
      end()
      return response
    } catch (error) {
      const mapped = mapError(request.method)(error)
      end(mapped)
      throw mapped
    }
  }
  const stream = async (request: StreamRequest, next: (request: StreamRequest) => Promise<StreamResponse>) => {
    const { method } = request
    const standing = request.contextValues.get(standingKey)
    const signal = standing ? AbortSignal.any([request.signal, standing.signal]) : request.signal
    const end = begin(method)
    const each = (message: Message) => validate(method.input, message)
    try {
      const message = interruptible(request.message, signal, { each })
      const traceparent = request.header.get('traceparent') ?? undefined
      // What answers with one message works in here; what answers with a stream works when it is read.
      const response = await withTraceparent(traceparent, method.name, () =>
        interruptedBy(signal, next({ ...request, signal, message })),
      )
      const watched = interruptible(response.message, signal, { mapError: mapError(method), done: end })
      return { ...response, message: watched }
    } catch (error) {
      const mapped = mapError(method)(error)
      end(mapped)
      throw mapped
    }
  }
  return {
    begin,
    validate,
    asConnectError: (error, method) => asConnectError(error, method, log),
    interceptor: (next) => (request) => {
      return request.stream
        ? stream(request, next as (request: StreamRequest) => Promise<StreamResponse>)
        : unary(request, next as (request: UnaryRequest) => Promise<UnaryResponse>)
    },
    refused(method, refusal) {
      if (refusal.hidden !== undefined) log.error({ err: refusal.hidden, method: method.name }, refusal.message)
      record(method, toConnectError(refusal), 0)
    },
    get brief() {
      return brief
    },
  }
}

/** Checks a message against the rules of its schema (protovalidate); all violations are told at once. */
function createValidation(): (schema: DescMessage, message: Message) => void {
  const validator = createValidator()
  return (schema, message) => {
    const result = validator.validate(schema, message)
    if (result.kind === 'valid') return
    if (result.kind === 'error') throw result.error
    throw invalidRequest(
      result.violations.map(({ field, ruleId, message: text }) => {
        const path = pathToString(field)
        return { field: path, reason: ruleId, message: path === '' ? text : `${path} ${text}` }
      }),
    )
  }
}

/** A unary call ends at its deadline, at the default one where it named none, and at the largest one in any case. */
function withDeadline(
  request: UnaryRequest,
  next: (request: UnaryRequest) => Promise<UnaryResponse>,
  { defaultDeadlineMs, maxDeadlineMs }: Limits,
): Promise<UnaryResponse> {
  const askedMs = timeoutOf(request.header)
  // A deadline the caller named is already in the signal.
  if (askedMs !== undefined && askedMs <= maxDeadlineMs) return interruptedBy(request.signal, next(request))
  const deadline = new AbortController()
  const expire = () => deadline.abort(new ConnectError('the call took longer than the server allows', Code.DeadlineExceeded))
  const timer = setTimeout(expire, askedMs === undefined ? defaultDeadlineMs : maxDeadlineMs)
  const signal = AbortSignal.any([request.signal, deadline.signal])
  return interruptedBy(signal, next({ ...request, signal })).finally(() => clearTimeout(timer))
}

const unitMs: Record<string, number> = { n: 1e-6, u: 1e-3, m: 1, S: 1_000, M: 60_000, H: 3_600_000 }

/** The timeout of a request in the header of gRPC and gRPC-Web (`100m`) or of Connect (milliseconds). */
function timeoutOf(header: Headers): number | undefined {
  const connect = header.get('connect-timeout-ms')
  if (connect !== null) return Number(connect)
  const grpc = header.get('grpc-timeout')
  return grpc === null ? undefined : Number(grpc.slice(0, -1)) * (unitMs[grpc.slice(-1)] ?? 1)
}

function asConnectError(error: unknown, method: DescMethod, log: Logger): ConnectError {
  if (error instanceof Refusal) {
    if (error.hidden !== undefined) log.error({ err: error.hidden, method: method.name }, error.message)
    return toConnectError(error)
  }
  if (error instanceof ConnectError) return error
  if (error instanceof Error && error.name === 'AbortError') return new ConnectError('the call was cancelled', Code.Canceled)
  return asConnectError(internal(error), method, log)
}

function recorder(metrics: Metrics): (method: DescMethod, error: unknown, elapsedMs: number) => void {
  const seconds = metrics.histogram({
    name: 'zonecast_rpc_call_seconds',
    help: 'Time that calls took, by method and outcome.',
    labels: ['method', 'code'],
  })
  const known = new Map<DescMethod, Map<Code | 0, ReturnType<typeof seconds.labels>>>()
  return (method, error, elapsedMs) => {
    const code = error === undefined ? 0 : ConnectError.from(error).code
    const byCode = known.get(method) ?? new Map<Code | 0, ReturnType<typeof seconds.labels>>()
    known.set(method, byCode)
    let child = byCode.get(code)
    if (!child) {
      child = seconds.labels({ method: `${method.parent.typeName}/${method.name}`, code: code === 0 ? 'OK' : Code[code] })
      byCode.set(code, child)
    }
    child.observe(elapsedMs / 1000)
  }
}

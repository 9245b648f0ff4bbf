/** Trace context (W3C Trace Context) that travels with every change, with or without a tracing backend. */
import { context, ROOT_CONTEXT, type Span, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

/** A step of a change that is over. */
export interface StepRecord {
  readonly name: string
  /** Unix milliseconds with a fraction. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes?: Readonly<Record<string, string | number>>
}

const current = new AsyncLocalStorage<string>()
let exporting = false

const idOctets = 24
/** Random octets drawn in bulk: one call for each trace would cost more than the rest of it. */
let pool = Buffer.alloc(0)

/** A fresh `traceparent`: the beginning of a new trace. */
export function newTraceparent(): string {
  if (pool.length < idOctets) pool = randomBytes(170 * idOctets)
  const random = pool.toString('hex', 0, idOctets)
  pool = pool.subarray(idOctets)
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`
}

/** The `traceparent` of what runs now, to be sent along with what it causes. */
export function currentTraceparent(): string | undefined {
  return current.getStore()
}

/**
 * Runs `run` as a part of the trace `traceparent` (of a new one where there is none or it is malformed). A span is recorded only
 * where `startTracing` found a backend; the context travels either way.
 */
export function withTraceparent<T>(traceparent: string | undefined, spanName: string, run: () => T): T {
  const parent = traceparent !== undefined && parse(traceparent) ? traceparent : undefined
  return exporting ? recorded(parent, spanName, run) : current.run(parent ?? newTraceparent(), run)
}

/** Records a step as a span of the trace, where spans are exported. Returns the context for what follows from the step. */
export function recordStep(traceparent: string | undefined, { name, startMs, endMs, attributes }: StepRecord): string {
  const parent = traceparent === undefined ? undefined : parse(traceparent)
  if (!exporting || !parent) return traceparent ?? ''
  const base = trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
  const span = trace.getTracer('zonecast').startSpan(name, { startTime: startMs, ...(attributes && { attributes }) }, base)
  span.end(endMs)
  return textOf(span)
}

let offsetMs = Date.now() - performance.now()
/** A step of the wall clock that is larger than this is followed. */
const toleranceMs = 2

/** Unix milliseconds with a fraction, so that steps of less than one can be told apart. */
export function wallMs(): number {
  const ms = performance.now() + offsetMs
  const wall = Date.now()
  if (Math.abs(wall - ms) <= toleranceMs) return ms
  offsetMs += wall - ms
  return wall
}

/** Starts to export spans where `OTEL_EXPORTER_OTLP_ENDPOINT` names a backend; otherwise nothing is even loaded. */
export async function startTracing(app: string): Promise<{ close(): Promise<void> }> {
  if (!process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) return { close: async () => {} }
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  const sdk = new NodeSDK({ serviceName: app, instrumentations: [] })
  sdk.start()
  exporting = true
  return {
    async close() {
      exporting = false
      await sdk.shutdown()
    },
  }
}

/** Without a parent a trace begins, and the sampler that `OTEL_TRACES_SAMPLER` names decides whether it is recorded. */
function recorded<T>(parent: string | undefined, spanName: string, run: () => T): T {
  const remote = parent === undefined ? undefined : parse(parent)
  const base = remote ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true }) : ROOT_CONTEXT
  const span = trace.getTracer('zonecast').startSpan(spanName, {}, base)
  return current.run(textOf(span), () => context.with(trace.setSpan(base, span), () => ended(span, run)))
}

function textOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}

function ended<T>(span: Span, run: () => T): T {
  const failed = (error: unknown): never => {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
    span.end()
    throw error
  }
  const finish = <R>(result: R): R => {
    span.end()
    return result
  }
  try {
    const result = run()
    return result instanceof Promise ? (result.then(finish, failed) as T) : finish(result)
  } catch (error) {
    return failed(error)
  }
}

/** Takes apart a `traceparent` header (W3C Trace Context §3.2.2). */
function parse(traceparent: string): { traceId: string; spanId: string; traceFlags: number } | undefined {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent)
  if (!match) return undefined
  const [, traceId = '', spanId = '', flags = ''] = match
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED }
}

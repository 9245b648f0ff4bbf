/** Trace context (W3C Trace Context) that travels with every change, with or without a tracing backend. */
import { context, ROOT_CONTEXT, type Span, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

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
  const parent = traceparent !== undefined && parse(traceparent) ? traceparent : newTraceparent()
  return exporting ? recorded(parent, spanName, run) : current.run(parent, run)
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

function recorded<T>(parent: string, spanName: string, run: () => T): T {
  const remote = parse(parent)
  const base = remote ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true }) : ROOT_CONTEXT
  const span = trace.getTracer('zonecast').startSpan(spanName, {}, base)
  const { traceId, spanId, traceFlags } = span.spanContext()
  const own = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  return current.run(own, () => context.with(trace.setSpan(base, span), () => ended(span, run)))
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

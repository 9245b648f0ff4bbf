/** The one client of every program: gRPC over HTTP/2 with a credential, pings and deadlines. */
import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { currentTraceparent, type Logger, type Metrics } from '@zonecast/runtime'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { refuseClearCredential } from './clear-text.ts'
import { callStream, callUnary } from './client-call.ts'
import { type ClientCredential, type ClientCredentialOptions, credentialOf, hasCredential } from './client-credential.ts'
import { clientMetrics } from './client-metrics.ts'
import { type CompressionName, compressionsOf } from './compression.ts'
import { defaultLimits } from './limits.ts'
import { type PoolAddress, RoundRobinPool } from './pool.ts'
import { replayable } from './replayable.ts'
import { defaultRetries, isSafeToRepeat, retried, RetryBudget, type RetryPolicy, type RetryPorts } from './retry.ts'
import type { ClientSecrets } from './tls-connect.ts'
import { type TLSFileNames, TLSFiles } from './tls-files.ts'

export interface RpcClientOptions extends ClientCredentialOptions {
  /** `http://…` is clear text over HTTP/2, `https://…` TLS. */
  readonly url: string
  /** PEM of the authority, where it is not one the system knows. */
  readonly ca?: Buffer | string
  /** The same in files, any of them; read again for each new connection. */
  readonly tls?: TLSFileNames
  /** PEM of the certificate this client shows, for servers that ask for one. */
  readonly certificate?: { readonly cert: Buffer | string; readonly key: Buffer | string }
  /** Deadline of unary calls that name none. Streams have none. */
  readonly timeoutMs?: number
  readonly log?: Logger
  /** Lets a credential travel in clear text to other machines. */
  readonly allowInsecure?: boolean
  readonly readMaxBytes?: number
  /** What requests are compressed with; answers may then be, too. None by default: it costs 6 to 8 times of throughput. */
  readonly compression?: CompressionName
  readonly resolve?: (host: string) => Promise<readonly PoolAddress[]>
  /** How often the name is looked up, give or take a quarter; every 5 s by default, and whenever a connection breaks. */
  readonly refreshMs?: number
  /** How calls that fail are made again. Who has pauses of its own takes one attempt. */
  readonly retries?: Partial<RetryPolicy>
  /** Told of attempts and addresses, and when the certificates in `tls` expire. */
  readonly metrics?: Metrics
}

/** A transport that holds connections until it is closed. One serves any number of clients. */
export interface RpcTransport extends Transport {
  close(): void
}

/** A client of `service`, over a transport of its own or over one that is shared. */
export function createRpcClient<Service extends DescService>(
  service: Service,
  target: RpcClientOptions | Transport,
): Client<Service> {
  return createClient(service, 'unary' in target ? target : createRpcTransport(target))
}

export function createRpcTransport(options: RpcClientOptions): RpcTransport {
  const { url, timeoutMs = 30_000, resolve, refreshMs, log } = options
  if (hasCredential(options)) refuseClearCredential(url, options)
  const { secrets, close } = secretsOf(options)
  const pool = new RoundRobinPool(url, { secrets, ...(resolve && { resolve }), ...(refreshMs && { refreshMs }) })
  const readMaxBytes = options.readMaxBytes ?? defaultLimits.readMaxBytes
  const credential = credentialOf(options)
  const compressed = options.compression && compressing(options.compression, { url, pool, readMaxBytes })
  const { retries, forget } = retriesOf(options, pool)
  log?.debug({ url }, 'client ready')
  return {
    async unary(method, signal, callTimeoutMs = timeoutMs, header, message) {
      const { deadlineAt, leftMs } = deadlineIn(callTimeoutMs)
      const isSafe = isSafeToRepeat(method, message as never)
      const answer = retried(retries, { isSafe, deadlineAt, signal }, (previous) => {
        const call = { method, headers: headersOf(header, credential, previous), signal, timeoutMs: leftMs(), readMaxBytes }
        return compressed?.unary(method, signal, call.timeoutMs, call.headers, message) ?? callUnary(pool, call, message)
      })
      return answer.catch(credential.forget) as never
    },
    async stream(method, signal, callTimeoutMs = 0, header, messages) {
      // A refusal of a stream may come among its messages, too late to be caught here; streams are few, so each reads the file.
      credential.renew()
      const { deadlineAt, leftMs } = deadlineIn(callTimeoutMs)
      const input = replayable(messages, method.methodKind === 'server_streaming')
      const isSafe = isSafeToRepeat(method)
      return retried(retries, { isSafe, deadlineAt, signal, isOver: () => input.spent }, (previous) => {
        const call = { method, headers: headersOf(header, credential, previous), signal, timeoutMs: leftMs(), readMaxBytes }
        if (compressed) return compressed.stream(method, signal, call.timeoutMs || undefined, call.headers, input.again())
        return callStream(pool, call, input.again())
      }) as never
    },
    close: () => {
      close()
      forget()
      pool.close()
    },
  }
}

/** How calls are made again, and what is counted of it until it is forgotten. */
function retriesOf({ url, metrics, retries }: RpcClientOptions, pool: RoundRobinPool) {
  const counted = metrics && clientMetrics(metrics).count({ server: new URL(url).host, states: () => pool.states })
  const ports: RetryPorts = {
    policy: { ...defaultRetries, ...retries },
    budget: new RetryBudget(),
    hasOthers: () => pool.states.filter((state) => state === 'connected').length > 1,
    tell: (what) => counted?.tell(what),
  }
  return { retries: ports, forget: () => counted?.forget() }
}

/** All attempts of a call share it; without one, `leftMs` is 0. */
function deadlineIn(timeoutMs: number): { readonly deadlineAt: number; readonly leftMs: () => number } {
  if (timeoutMs <= 0) return { deadlineAt: Infinity, leftMs: () => 0 }
  const deadlineAt = performance.now() + timeoutMs
  return { deadlineAt, leftMs: () => Math.max(1, Math.ceil(deadlineAt - performance.now())) }
}

/** What connections over TLS are made with. */
function secretsOf({ url, ca, certificate, tls, log, metrics }: RpcClientOptions) {
  const files = tls && new URL(url).protocol === 'https:' ? new TLSFiles({ files: tls, role: 'client', log, metrics }) : undefined
  const given: ClientSecrets = { ...(ca && { ca }), ...certificate }
  return {
    secrets() {
      files?.refresh()
      return { secrets: { ...files?.current, ...given }, ...(files && tls && { files: tls }) }
    },
    close: () => files?.close(),
  }
}

/** What was given with the call, the credential, the trace context, and how often it was made before (gRFC A6). */
function headersOf(
  given: ConstructorParameters<typeof Headers>[0],
  credential: ClientCredential,
  previous: number,
): Record<string, string> {
  const again = previous > 0 && { 'grpc-previous-rpc-attempts': String(previous) }
  return { ...Object.fromEntries(new Headers(given)), ...metadataOf(credential), ...again }
}

/** Compressed calls are Connect's, over the same connections. */
function compressing(name: CompressionName, ports: { url: string; pool: RoundRobinPool; readMaxBytes: number }): Transport {
  return createGrpcTransport({
    baseUrl: ports.url,
    sessionManager: ports.pool,
    readMaxBytes: ports.readMaxBytes,
    sendCompression: compressionsOf([name])[0]!,
    acceptCompression: compressionsOf(['gzip', 'br']),
  })
}

/** The credential and the trace context that go with every call. */
function metadataOf(credential: ClientCredential): Record<string, string> {
  const authorization = credential.current()
  const traceparent = currentTraceparent()
  return { ...(authorization !== undefined && { authorization }), ...(traceparent !== undefined && { traceparent }) }
}

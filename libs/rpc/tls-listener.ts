/** The port of a program that has a certificate: HTTP/2 and HTTP/1.1 over TLS. */
import { createSecureServer, type SecureServerOptions, type ServerHttp2Session } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { type Clock, type Logger, type Metrics, systemClock } from '@zonecast/runtime'
import { type RequestHandler, takeStreams } from './listener.ts'
import type { StreamTaker } from './serve-grpc.ts'
import { TLSFiles } from './tls-files.ts'
import { tlsMetrics } from './tls-metrics.ts'

export interface ServerTLS {
  /** PEM; a chain begins with the server's own. */
  readonly certFile: string
  readonly keyFile: string
  /** PEM of the authorities whose clients are known. */
  readonly caFile?: string | undefined
  /** With `caFile`: clients must show a certificate of those authorities, or may. One that does not hold counts as none. */
  readonly clientCertificates?: 'required' | 'optional' | undefined
}

export interface TLSListenerOptions {
  readonly http: SecureServerOptions & { readonly headersTimeout: number; readonly requestTimeout: number }
  readonly onSession: (session: ServerHttp2Session) => void
  readonly take: StreamTaker
  readonly log: Logger
  readonly metrics: Metrics
  readonly clock?: Clock | undefined
}

/** Kubernetes swaps a symbolic link in a folder above, which no watch on the files sees: they are read again this often. */
const rereadMs = 2_000

/** Throws `TLSFileError` where the files cannot be used. When they are replaced, new connections get the new ones; others go on. */
export function createTLSListener(handler: RequestHandler, tls: ServerTLS, options: TLSListenerOptions) {
  const { http, onSession, take, log, metrics, clock = systemClock } = options
  const { certFile, keyFile, caFile, clientCertificates = 'required' } = tls
  const files = new TLSFiles({ files: { certFile, keyFile, caFile }, role: 'server', log, metrics, clock })
  const asks = caFile !== undefined
  const mutual = { requestCert: asks, rejectUnauthorized: asks && clientCertificates === 'required' }
  const common = { ...http, ...mutual, allowHTTP1: true, minVersion: 'TLSv1.2' } as const
  const server = createSecureServer({ ...common, ...files.current }, handler as never)
  takeStreams(server, take)
  server.on('session', onSession)
  const { refused } = tlsMetrics(metrics)
  server.on('tlsClientError', (error: NodeJS.ErrnoException, { remoteAddress }: TLSSocket) => {
    refused.inc()
    log.debug({ remoteAddress, code: error.code }, 'a TLS handshake failed')
  })
  const look = () => {
    if (files.refresh()) server.setSecureContext({ minVersion: common.minVersion, ...files.current })
    next = clock.schedule(rereadMs, look)
  }
  let next = clock.schedule(rereadMs, look)
  server.once('close', () => {
    next.cancel()
    files.close()
  })
  // Quiet sessions are asked by pings, not ended; for HTTP/1.1 node:http2 sets its own times whatever the options say.
  return Object.assign(server.setTimeout(0), { headersTimeout: http.headersTimeout, requestTimeout: http.requestTimeout })
}

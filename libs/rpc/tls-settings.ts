/** Settings of TLS as programs have them, made into what servers and clients take. */
import { TLSFileError, type TLSFileNames } from './tls-files.ts'
import type { ServerTLS } from './tls-listener.ts'

export interface ServerTLSSettings {
  readonly tlsCertFile?: string | undefined
  readonly tlsKeyFile?: string | undefined
  readonly tlsCaFile?: string | undefined
  readonly tlsClientCertificates?: 'required' | 'optional' | undefined
}

/** Undefined for clear text. Half of it is none of both: throws `TLSFileError`. */
export function serverTLS(settings: ServerTLSSettings): ServerTLS | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsCaFile: caFile, tlsClientCertificates: clientCertificates } = settings
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile, caFile, clientCertificates }
  if (certFile === undefined && keyFile === undefined && caFile === undefined) return undefined
  throw new TLSFileError('TLS takes a certificate and its key: set both ZONECAST_TLS_CERT_FILE and ZONECAST_TLS_KEY_FILE')
}

export interface ClientTLSSettings {
  readonly caFile?: string | undefined
  readonly clientCertFile?: string | undefined
  readonly clientKeyFile?: string | undefined
}

/** Files that a client verifies servers with, and shows to them. */
export function clientTLS({ caFile, clientCertFile: certFile, clientKeyFile: keyFile }: ClientTLSSettings): TLSFileNames {
  if ((certFile === undefined) === (keyFile === undefined)) return { caFile, certFile, keyFile }
  throw new TLSFileError(
    'a client shows a certificate and has its key: set both ZONECAST_CLIENT_CERT_FILE and ZONECAST_CLIENT_KEY_FILE',
  )
}

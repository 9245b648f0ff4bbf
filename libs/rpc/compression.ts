/** Compression of messages, for links where octets cost more than time: none unless asked for. */
import type { IncomingHttpHeaders } from 'node:http2'
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node'

/** As in `grpc-encoding`. */
export type CompressionName = 'gzip' | 'br'

const byName = { gzip: compressionGzip, br: compressionBrotli }

/** What Connect takes. A message is bounded by `readMaxBytes` while it is decompressed, not afterwards. */
export function compressionsOf(names: readonly CompressionName[]): (typeof compressionGzip)[] {
  return names.map((name) => byName[name])
}

/** True when neither the request nor its answer is compressed. */
export function isUncompressed(headers: IncomingHttpHeaders, offered: readonly CompressionName[]): boolean {
  if ((headers['grpc-encoding'] ?? 'identity') !== 'identity') return false
  if (offered.length === 0) return true
  const accepted = String(headers['grpc-accept-encoding'] ?? '')
  return !accepted.split(',').some((name) => offered.includes(name.trim() as CompressionName))
}

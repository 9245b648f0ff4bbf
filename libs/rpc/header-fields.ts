/** Header fields between node:http2, where they are an object, and calls, where they are `Headers`. */
import type { IncomingHttpHeaders } from 'node:http2'

/** Without the pseudo-header fields. */
export function headersFrom(fields: IncomingHttpHeaders, headers = new Headers()): Headers {
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(':') || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
  }
  return headers
}

/** A field that stands there several times has its values in one, separated by commas (RFC 9110 §5.3). */
export function plainHeaders(headers: Headers | undefined): Record<string, string> {
  return headers ? Object.fromEntries(headers) : {}
}

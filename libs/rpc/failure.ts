/** What became of a gRPC call, from what came of its answer. */
import { Code, ConnectError } from '@connectrpc/connect'
import { codeFromHttpStatus, findTrailerError } from '@connectrpc/connect/protocol-grpc'
import { constants, type IncomingHttpHeaders } from 'node:http2'
import { headersFrom } from './header-fields.ts'

export interface Received {
  readonly header: IncomingHttpHeaders
  readonly trailer: IncomingHttpHeaders
  readonly rstCode: number
  readonly messages: number
  /** The connection has ended with the stream: Node then closes the stream with a code that the server never sent. */
  readonly isDisconnected: boolean
}

/** Why no handler has seen a call: the server turned it away, or none could be reached. Such a call may be made again, whatever it does. */
export type Unseen = 'refused' | 'unreachable'
const unseenErrors = new WeakMap<ConnectError, Unseen>()

export function unseen(error: ConnectError, how: Unseen): ConnectError {
  unseenErrors.set(error, how)
  return error
}

export function howUnseen(error: ConnectError): Unseen | undefined {
  return unseenErrors.get(error)
}

const resetCodes: Readonly<Record<number, Code>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: Code.Unavailable,
  // We did not cancel, so it was the end of the connection.
  [constants.NGHTTP2_CANCEL]: Code.Unavailable,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: Code.ResourceExhausted,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: Code.PermissionDenied,
}

/** True where the body holds no messages, but what a proxy has to say, for people. */
export function isForeign(header: IncomingHttpHeaders): boolean {
  const type = header['content-type']
  return Number(header[':status']) !== 200 || (type !== undefined && !isOfGRPC(type))
}

function isOfGRPC(type: string): boolean {
  return /^application\/grpc(\+proto)?(;|$)/.test(type)
}

/** The status a server gave, or what became of the stream where it gave none. An error carries all fields of the answer. */
export function failureOf({ header, trailer, rstCode, messages, isDisconnected }: Received): ConnectError | undefined {
  const http = header[':status'] === undefined ? undefined : Number(header[':status'])
  const type = header['content-type']
  if (http === 200 && type !== undefined && !isOfGRPC(type)) {
    const ours = type.startsWith('application/grpc+')
    return new ConnectError(`the answer is of type ${type}`, ours ? Code.Internal : Code.Unknown)
  }
  // A status in the header counts where it is all there is.
  const last = 'grpc-status' in trailer ? trailer : messages === 0 && http === 200 ? header : {}
  if (last['grpc-status'] === '0') return undefined
  if (last['grpc-status'] !== undefined) {
    const found = findTrailerError(headersFrom(last))
    if (found && last === trailer) headersFrom(header, found.metadata)
    return found
  }
  if (http === undefined && rstCode === constants.NGHTTP2_REFUSED_STREAM) {
    // Also what a GOAWAY leaves out (RFC 9113 §8.7): Node closes streams beyond its last one so.
    return unseen(new ConnectError('the server takes no more calls', Code.Unavailable), 'refused')
  }
  if (isDisconnected || (http === undefined && rstCode === constants.NGHTTP2_NO_ERROR)) {
    return new ConnectError('the connection was lost', Code.Unavailable)
  }
  if (http !== undefined && http !== 200) return new ConnectError(`HTTP status ${http}`, codeFromHttpStatus(http))
  if (rstCode === constants.NGHTTP2_NO_ERROR) return new ConnectError('the answer has no status', Code.Internal)
  return new ConnectError(`the stream was reset with HTTP/2 error ${rstCode}`, resetCodes[rstCode] ?? Code.Internal)
}

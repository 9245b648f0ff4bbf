/** A client's connection over TLS, which knows why it came to nothing. */
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { noHTTP2Fault, refusedFault, type TLSFault, tlsFault, type TLSSide } from './tls-fault.ts'
import type { TLSFileNames } from './tls-files.ts'

/** What servers are verified with and what this side shows, PEM. */
export interface ClientSecrets {
  readonly ca?: Buffer | string
  readonly cert?: Buffer | string
  readonly key?: Buffer | string
}

export interface SecureTarget {
  /** What is connected to; the name that is verified stands in `url`. */
  readonly address: string
  readonly port: number
  readonly url: URL
  readonly secrets: ClientSecrets
  /** Where the secrets come from, to be named in errors. */
  readonly files?: TLSFileNames
}

const sides = new WeakMap<object, TLSSide>()

/** Errors that have to do with TLS leave the socket as a `TLSFault`. */
export function connectSecurely({ address, port, url, secrets, files = {} }: SecureTarget): TLSSocket {
  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  const side = { server: url.host, host, ...files, showsCertificate: secrets.cert !== undefined }
  const name = isIP(host) === 0 && { servername: host }
  const socket = connect({ host: address, port, ...name, ALPNProtocols: ['h2'], minVersion: 'TLSv1.2', ...secrets })
  const destroy = socket.destroy.bind(socket)
  socket.destroy = (error) => destroy(error && (tlsFault(error, side) ?? error))
  socket.once('secureConnect', () => {
    sides.set(socket, side)
    // Not at once: node:http2 is about to take the socket over, and aborts the process where it has gone.
    if (socket.alpnProtocol !== 'h2') setImmediate(() => socket.destroy(noHTTP2Fault(side)))
  })
  return socket
}

/**
 * For a connection that the server ended before it spoke: with TLS 1.3 a client believes that the handshake went well while the server
 * looks at its certificate, and Node's servers then close without a word. Undefined where it did not come so far.
 */
export function endedFault(socket: object): TLSFault | undefined {
  const side = sides.get(socket)
  return side && refusedFault(side)
}

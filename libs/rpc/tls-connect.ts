/** A client's connection over TLS, which knows why it came to nothing. */
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { bareHost } from './bare-host.ts'
import { noHTTP2Fault, refusedFault, TLSFault, tlsFault, type TLSSide } from './tls-fault.ts'
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

const connections = new WeakMap<object, { readonly side: TLSSide; shookHands: boolean }>()

export function connectSecurely({ address, port, url, secrets, files = {} }: SecureTarget): TLSSocket {
  const host = bareHost(url.hostname)
  const side = { server: url.host, host, ...files, showsCertificate: secrets.cert !== undefined }
  const name = isIP(host) === 0 && { servername: host }
  const socket = connect({ host: address, port, ...name, ALPNProtocols: ['h2'], minVersion: 'TLSv1.2', ...secrets })
  const known = { side, shookHands: false }
  connections.set(socket, known)
  socket.once('secureConnect', () => {
    known.shookHands = true
    // Not at once: node:http2 is about to take the socket over, and aborts the process where it has gone.
    if (socket.alpnProtocol !== 'h2') setImmediate(() => socket.destroy(noHTTP2Fault(side)))
  })
  return socket
}

/**
 * Why a connection ended before the server spoke, with or without an error; undefined where TLS has nothing to do with it. With TLS 1.3
 * a client believes that the handshake went well while the server looks at its certificate, and Node's servers then close without a word.
 */
export function connectionFault(socket: object, error?: NodeJS.ErrnoException): TLSFault | undefined {
  const { side, shookHands } = connections.get(socket) ?? {}
  if (!side) return undefined
  if (error instanceof TLSFault) return error
  const fault = error && tlsFault(error, side)
  const isEnd = error === undefined || error.code === 'ECONNRESET' || error.code === 'EPIPE'
  return fault ?? (isEnd && shookHands ? refusedFault(side) : undefined)
}

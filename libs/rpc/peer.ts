/** Who is at the other end of a connection: its address, and the certificate it has shown. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface Peer {
  /** IPv4 addresses look like IPv4; empty where the connection is gone. */
  readonly address: string
  /** Absent where none was asked for, none was shown, or it was not verified. */
  readonly certificate?: PeerCertificate
}

/** A client's certificate, whose chain the listener has verified. */
export interface PeerCertificate {
  /** SHA-256 of its DER. */
  readonly sha256: Uint8Array
  /** Its subject alternative names, such as `DNS:edge-1` and `URI:spiffe://…`, and last the common name of its subject, `CN=edge-1`. */
  readonly subjects: readonly string[]
  /** It counts until then, also on connections made before. */
  readonly notAfterMs: number
}

type PeerSocket = Pick<Socket, 'remoteAddress'> & Partial<Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>>

const known = new WeakMap<object, Peer>()

/** Looked up once a connection. */
export function peerOf(socket: PeerSocket | undefined): Peer {
  if (!socket) return { address: '' }
  const found = known.get(socket)
  if (found) return found
  const peer = look(socket)
  known.set(socket, peer)
  return peer
}

function look(socket: PeerSocket): Peer {
  try {
    const certificate = certificateOf(socket)
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    return { address, ...(certificate && { certificate }) }
  } catch {
    // The connection has ended meanwhile, and node:http2 lets nobody look at its socket any more.
    return { address: '' }
  }
}

function certificateOf(socket: PeerSocket): PeerCertificate | undefined {
  const shown = socket.authorized === true ? socket.getPeerX509Certificate?.() : undefined
  if (!shown) return undefined
  return {
    sha256: new Uint8Array(Buffer.from(shown.fingerprint256.replaceAll(':', ''), 'hex')),
    subjects: [...namesOf(shown.subjectAltName ?? ''), ...(/^CN=.+$/m.exec(shown.subject ?? '') ?? [])],
    notAfterMs: Date.parse(shown.validTo),
  }
}

/** Node quotes, as JSON, names that hold a comma or a quotation mark. */
function namesOf(text: string): string[] {
  return (text.match(/[A-Za-z ]+:(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? []).map((name) => name.trim())
}

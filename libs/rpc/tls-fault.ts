/** Why a connection over TLS came to nothing: the server, the rule, and what to do. */

/** The server could not be trusted, or did not trust this client. */
export class TLSFault extends Error {
  override readonly name = 'TLSFault'
  readonly advice: string
  /** 77 where the server asks for another certificate of this client, 69 where the server is at fault. */
  readonly exitCode: 69 | 77

  constructor(message: string, advice: string, exitCode: 69 | 77 = 69) {
    super(message)
    this.advice = advice
    this.exitCode = exitCode
  }
}

export interface TLSSide {
  /** Host and port as the caller has named them. */
  readonly server: string
  readonly host: string
  readonly caFile?: string | undefined
  /** The file of the certificate that this side shows, where it has one. */
  readonly certFile?: string | undefined
  readonly showsCertificate: boolean
}

type Fault = (side: TLSSide, error: NodeJS.ErrnoException) => TLSFault

const untrusted: Fault = ({ server, caFile }) =>
  new TLSFault(
    `${server} is not trusted: its certificate was signed by no authority ${caFile === undefined ? 'that is known here' : `in ${caFile}`}`,
    'name the file of the authority that signed it (zonectl: --ca FILE; programs: ZONECAST_CA_FILE)',
  )

const otherName: Fault = ({ server, host }, error) => {
  const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname ?? 'no name'
  return new TLSFault(
    `${server} is not trusted: its certificate is not for ${host} but for ${names.replaceAll(/DNS:|IP Address:/g, '')}`,
    `reach the server by a name of its certificate, or give it one for ${host}`,
  )
}

const expired: Fault = ({ server }) =>
  new TLSFault(
    `${server} is not trusted: its certificate, or that of its authority, has expired`,
    'replace it on the server, which takes a new one without a restart; or set the clock of this machine',
  )

const early: Fault = ({ server }) =>
  new TLSFault(
    `${server} is not trusted: its certificate is not valid yet`,
    'set the clocks of this machine and of the server, or wait',
  )

const refused: Fault = ({ server, certFile, showsCertificate }) =>
  showsCertificate
    ? new TLSFault(
        `${server} does not accept the certificate of this client${certFile === undefined ? '' : ` in ${certFile}`}`,
        'show one that is not expired and that the server’s authority of clients has signed (ZONECAST_TLS_CA_FILE on the server)',
        77,
      )
    : new TLSFault(
        `${server} asks for a certificate of the client, and none was shown`,
        'name one and its key (zonectl: --client-cert FILE --client-key FILE; programs: ZONECAST_CLIENT_CERT_FILE and ZONECAST_CLIENT_KEY_FILE)',
        77,
      )

const noTLS: Fault = ({ server }) =>
  new TLSFault(
    `${server} speaks no TLS`,
    'write http:// in place of https:// where that is meant, or switch TLS on at the server',
  )

const noWord: Fault = ({ server }) =>
  new TLSFault(
    `${server} ended the TLS handshake without a word: it may speak no TLS`,
    'write http:// in place of https:// where that is meant, or switch TLS on at the server',
  )

const oldTLS: Fault = ({ server }) =>
  new TLSFault(`${server} speaks no TLS of version 1.2 or later`, 'bring what stands at that address up to date')

const noHTTP2: Fault = ({ server }) =>
  new TLSFault(
    `${server} speaks no HTTP/2 over TLS (ALPN h2)`,
    'name the server itself, or have what stands before it pass HTTP/2 on',
  )

/** By the codes of OpenSSL and Node. */
const faults: readonly { readonly codes: RegExp; readonly fault: Fault }[] = [
  {
    codes:
      /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_SIGNATURE_FAILURE|INVALID_)/,
    fault: untrusted,
  },
  { codes: /^(CERT_UNTRUSTED|CERT_REJECTED|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|CERT_CHAIN_TOO_LONG)/, fault: untrusted },
  { codes: /^ERR_TLS_CERT_ALTNAME/, fault: otherName },
  { codes: /^CERT_HAS_EXPIRED/, fault: expired },
  { codes: /^CERT_NOT_YET_VALID/, fault: early },
  { codes: /^ERR_SSL_.*(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)/, fault: noTLS },
  { codes: /^ERR_SSL_.*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)/, fault: oldTLS },
  { codes: /^ERR_SSL_.*NO_APPLICATION_PROTOCOL/, fault: noHTTP2 },
  {
    codes: /^ERR_SSL_.*ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|HANDSHAKE_FAILURE|ACCESS_DENIED)/,
    fault: refused,
  },
]

/** Undefined where the error has nothing to do with TLS. */
export function tlsFault(error: NodeJS.ErrnoException, side: TLSSide): TLSFault | undefined {
  // Node has no code of its own for this.
  if (error.code === 'ECONNRESET' && error.message.includes('before secure TLS connection')) return noWord(side, error)
  return faults.find(({ codes }) => codes.test(error.code ?? ''))?.fault(side, error)
}

/** A server that does not speak what calls travel over. */
export const noHTTP2Fault = (side: TLSSide): TLSFault => noHTTP2(side, new Error('no ALPN'))

/** With TLS 1.3 a refusal may be nothing but the end of a connection that has just begun. */
export const refusedFault = (side: TLSSide): TLSFault => refused(side, new Error('ended'))

/** What stands behind an error of a call. */
export function tlsFaultOf(error: unknown): TLSFault | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof TLSFault) return cause
  return undefined
}

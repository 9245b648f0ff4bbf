/** TLS for a whole system: an authority of its own and a certificate for each program and for whoever asks. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority, issueCertificate } from '@zonecast/runtime/certificates'

/** With it every system of a run speaks TLS, and every program asks every client for a certificate. */
export const isSecured = process.env['ZONECAST_CONFORMANCE_SECURED'] === '1'

const dayMs = 86_400_000

export interface Secured {
  /** What the tests' own clients are given. */
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string }
  /** Variables of a program, whose certificate is made on the way. */
  serverVariables(name: string): Record<string, string>
  /** The same for what a program calls. */
  clientVariables(name: string): Record<string, string>
}

export function makeSecured(parent: string): Secured {
  const folder = join(parent, 'tls')
  mkdirSync(folder, { recursive: true })
  const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs }
  const authority = createAuthority({ commonName: 'zonecast of a test', ...validity })
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const caFile = write('ca.crt', authority.cert)
  const issue = (commonName: string) => {
    const names = ['localhost', '127.0.0.1', '::1']
    const pair = issueCertificate(authority, { commonName, names, usages: ['server', 'client'], ...validity })
    return { certFile: write(`${commonName}.crt`, pair.cert), keyFile: write(`${commonName}.key`, pair.key) }
  }
  return {
    tls: { caFile, ...issue('tester') },
    serverVariables: (name) => {
      const { certFile, keyFile } = issue(name)
      return { ZONECAST_TLS_CERT_FILE: certFile, ZONECAST_TLS_KEY_FILE: keyFile, ZONECAST_TLS_CA_FILE: caFile }
    },
    clientVariables: (name) => {
      const { certFile, keyFile } = issue(`${name}-client`)
      return { ZONECAST_CA_FILE: caFile, ZONECAST_CLIENT_CERT_FILE: certFile, ZONECAST_CLIENT_KEY_FILE: keyFile }
    },
  }
}

/** What is in the files, for clients that are not ours. */
export function readSecrets({ caFile, certFile, keyFile }: Secured['tls']) {
  return { ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) }
}

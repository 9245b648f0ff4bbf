/** TLS for a whole system: an authority of its own and a certificate for each program and for whoever asks. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority, issueCertificate, type KeyPair, type Validity } from '@zonecast/runtime/certificates'

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
  /** Has another authority trusted beside those there are; it signs from now on. */
  addAuthority(): void
  /** Gives everybody a certificate of the newest authority, in the files that there are. */
  reissue(): void
  /** Trusts the newest authority alone. */
  dropOldAuthorities(): void
  /** A certificate of the newest authority in files of its own. */
  issue(name: string, times?: Partial<Validity>): { readonly certFile: string; readonly keyFile: string }
}

export function makeSecured(parent: string): Secured {
  const folder = join(parent, 'tls')
  mkdirSync(folder, { recursive: true })
  const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs }
  const newAuthority = () => createAuthority({ commonName: 'zonecast of a test', ...validity })
  const known = new Set<string>()
  let authorities = [newAuthority()]
  const write = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
    renameSync(`${file}.new`, file)
    return file
  }
  const trust = () => write('ca.crt', authorities.map(({ cert }) => cert).join(''))
  const caFile = trust()
  const issue: Secured['issue'] = (commonName, times) => {
    known.add(commonName)
    const names = ['localhost', '127.0.0.1', '::1']
    const request = { commonName, names, usages: ['server', 'client'] as const, ...validity, ...times }
    const pair = issueCertificate(authorities.at(-1) as KeyPair, request)
    return { keyFile: write(`${commonName}.key`, pair.key), certFile: write(`${commonName}.crt`, pair.cert) }
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
    addAuthority() {
      authorities.push(newAuthority())
      trust()
    },
    reissue() {
      for (const name of known) issue(name)
    },
    dropOldAuthorities() {
      authorities = authorities.slice(-1)
      trust()
    },
    issue,
  }
}

/** What is in the files, for clients that are not ours. */
export function readSecrets({ caFile, certFile, keyFile }: Secured['tls']) {
  return { ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) }
}

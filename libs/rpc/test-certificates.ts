/** An authority and its certificates in a folder of the test's own. */
import { createAuthority, issueCertificate, type KeyPair } from '@zonecast/runtime/certificates'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const dayMs = 86_400_000

export interface TestCertificate {
  /** Whose signature it has; `ca` by default. */
  readonly authority?: string
  readonly names?: readonly string[]
  readonly notBeforeMs?: number
  readonly notAfterMs?: number
}

export class TestCertificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'zonecast-tls-'))
  readonly #authorities = new Map<string, KeyPair>()

  /** Files of a certificate and its key, made anew under the same name each time. */
  issue(name: string, { authority = 'ca', names = ['127.0.0.1'], ...times }: TestCertificate = {}) {
    const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs, ...times }
    const pair = issueCertificate(this.#of(authority), { commonName: name, names, usages: ['server', 'client'], ...validity })
    return { certFile: this.write(`${name}.crt`, pair.cert), keyFile: this.write(`${name}.key`, pair.key) }
  }

  /** The file of an authority. */
  authority(name = 'ca'): string {
    return this.write(`${name}.ca`, this.#of(name).cert)
  }

  pem(name = 'ca'): string {
    return this.#of(name).cert
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name)
    writeFileSync(file, text)
    return file
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }

  #of(name: string): KeyPair {
    const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + 2 * dayMs }
    const made = this.#authorities.get(name) ?? createAuthority({ commonName: 'zonecast', ...validity })
    this.#authorities.set(name, made)
    return made
  }
}

/** A private authority in the data folder, and a certificate for each program of this machine. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority, issueCertificate, type KeyPair } from '@zonecast/runtime/certificates'
import type { DataFolder } from './data-folder.ts'
import { writePrivately } from './write-privately.ts'

const dayMs = 86_400_000
const authorityDays = 3_650
const leafDays = 397
/** Renewed when less is left. An authority goes before the last certificate that it could sign. */
const renewedDays = { authority: leafDays, leaf: 30 } as const
/** Clocks of one machine may still be set back a little. */
const earlierMs = dayMs

/** How programs of this machine reach each other. */
const names = ['localhost', '127.0.0.1', '::1']

export interface Certificates {
  readonly caFile: string
  of(principal: string): { readonly certFile: string; readonly keyFile: string }
}

/** Where they stand, whether or not they are there. */
export function certificatesIn({ of }: Pick<DataFolder, 'of'>): Certificates {
  const folder = of('tls')
  return {
    caFile: join(folder, 'ca.crt'),
    of: (principal) => ({ certFile: join(folder, `${principal}.crt`), keyFile: join(folder, `${principal}.key`) }),
  }
}

export interface PrepareOptions {
  readonly principals: readonly string[]
  readonly talk: (line: string) => void
  readonly nowMs: number
}

/** Makes what is missing, is soon to expire or cannot be used; programs that run take what is new by themselves. */
export function prepareCertificates(folder: Pick<DataFolder, 'of'>, { principals, talk, nowMs }: PrepareOptions): Certificates {
  const certificates = certificatesIn(folder)
  mkdirSync(folder.of('tls'), { recursive: true, mode: 0o700 })
  chmodSync(folder.of('tls'), 0o700)
  const days = (count: number) => ({ notBeforeMs: nowMs - earlierMs, notAfterMs: nowMs + count * dayMs })
  const keep = (keyFile: string, certFile: string, pair: KeyPair) => {
    writePrivately(keyFile, pair.key)
    writePrivately(certFile, pair.cert)
    talk(`made ${certFile}`)
    return pair
  }
  const { caFile } = certificates
  const caKeyFile = join(folder.of('tls'), 'ca.key')
  const known = pairIn(caFile, caKeyFile)
  const authority =
    known && isGood(known, nowMs + renewedDays.authority * dayMs)
      ? known
      : keep(caKeyFile, caFile, createAuthority({ commonName: 'zonecast of this machine', ...days(authorityDays) }))
  for (const principal of principals) {
    const { certFile, keyFile } = certificates.of(principal)
    const pair = pairIn(certFile, keyFile)
    if (pair && isGood(pair, nowMs + renewedDays.leaf * dayMs) && isSignedBy(pair, authority)) continue
    const request = { commonName: principal, names, usages: ['server', 'client'] as const, ...days(leafDays) }
    keep(keyFile, certFile, issueCertificate(authority, request))
  }
  return certificates
}

/** Undefined where one of them is missing or is not what it should be. */
function pairIn(certFile: string, keyFile: string): KeyPair | undefined {
  try {
    const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
    return new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key)) ? pair : undefined
  } catch {
    return undefined
  }
}

function isGood({ cert }: KeyPair, untilMs: number): boolean {
  return Date.parse(new X509Certificate(cert).validTo) > untilMs
}

function isSignedBy({ cert }: KeyPair, authority: KeyPair): boolean {
  return new X509Certificate(cert).verify(new X509Certificate(authority.cert).publicKey)
}

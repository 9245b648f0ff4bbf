/** Certificate, key and authorities in files that are replaced while a program runs. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Clock, type Logger, type Metrics, systemClock } from '@zonecast/runtime'
import { tlsMetrics, type TLSMetrics } from './tls-metrics.ts'

/** PEM files. `certFile` may hold a chain, the leaf first; `caFile` any number of authorities. */
export interface TLSFileNames {
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly caFile?: string | undefined
}

/** What is in them. */
export interface TLSMaterial {
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly ca?: Buffer
}

export interface TLSFilesOptions {
  readonly files: TLSFileNames
  /** Whose certificate it is: the one a server has, or the one a client shows. */
  readonly role: 'server' | 'client'
  readonly log?: Logger | undefined
  readonly metrics?: Metrics | undefined
  readonly clock?: Clock | undefined
}

/** A file that cannot be used, with its name and the rule it breaks. */
export class TLSFileError extends Error {
  readonly exitCode = 64
  override readonly name = 'TLSFileError'
}

/** Certificate and key are often replaced one after the other: for so long nobody is told that they do not fit. */
const settlingMs = 1_000

/**
 * The newest content of the files that can be used. What cannot be used, such as a certificate without its key, one that has expired
 * or a half written file, changes nothing: the content of before stays, and the log and a counter tell of it once.
 */
export class TLSFiles {
  readonly #options: TLSFilesOptions
  readonly #clock: Clock
  readonly #counts: TLSMetrics | undefined
  readonly #tell: () => void
  #material: TLSMaterial
  #broken: { readonly fault: string; readonly sinceMs: number; told: boolean } | undefined

  /** Throws `TLSFileError` where there is nothing to begin with. */
  constructor(options: TLSFilesOptions) {
    const { files, log, metrics, clock = systemClock } = options
    this.#options = options
    this.#clock = clock
    this.#material = read(files)
    // Better one that some clients refuse than a server that does not start; who has to be told is told.
    const late = timeFault(this.#material, files, clock.now())
    if (late !== undefined) log?.error({ ...files }, `${late}; it is in use all the same, for there is no other`)
    this.#counts = metrics && tlsMetrics(metrics)
    this.#tell = this.#counts?.watch(() => this.#expiries()) ?? (() => {})
  }

  get current(): TLSMaterial {
    return this.#material
  }

  /** Reads the files; true when they have something new that can be used. */
  refresh(): boolean {
    const { files, role, log } = this.#options
    let found: TLSMaterial
    try {
      found = read(files)
      const late = same(found, this.#material) ? undefined : timeFault(found, files, this.#clock.now())
      if (late !== undefined) throw new TLSFileError(late)
    } catch (error) {
      this.#refuse((error as Error).message)
      return false
    }
    this.#broken = undefined
    if (same(found, this.#material)) return false
    this.#material = found
    this.#counts?.reloads.inc({ role })
    log?.info({ ...files, ...subjectOf(found) }, 'TLS files were replaced; new connections get the new ones')
    return true
  }

  /** Forgets the metrics of this one. */
  close(): void {
    this.#tell()
  }

  #refuse(fault: string): void {
    const { files, role, log } = this.#options
    const nowMs = this.#clock.monotonicMs()
    if (this.#broken?.fault !== fault) this.#broken = { fault, sinceMs: nowMs, told: false }
    if (this.#broken.told || nowMs - this.#broken.sinceMs < settlingMs) return
    this.#broken.told = true
    this.#counts?.failures.inc({ role })
    log?.error({ ...files }, `${fault}; what was read before stays in use`)
  }

  #expiries(): { file: string; role: string; seconds: number }[] {
    const { files, role } = this.#options
    const { cert, ca } = this.#material
    const found: { file: string; role: string; seconds: number }[] = []
    if (cert && files.certFile) found.push({ file: files.certFile, role, seconds: Math.min(...certificatesIn(cert).map(endOf)) })
    // Of several authorities all but the newest may be on their way out.
    if (ca && files.caFile)
      found.push({ file: files.caFile, role: 'authority', seconds: Math.max(...certificatesIn(ca).map(endOf)) })
    return found
  }
}

function read({ certFile, keyFile, caFile }: TLSFileNames): TLSMaterial {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new TLSFileError(`${certFile ?? keyFile} stands alone: a certificate and its key go together, each in its file`)
  const ca = caFile === undefined ? undefined : readPEM(caFile)
  if (ca && caFile) parsed(ca, caFile)
  if (certFile === undefined || keyFile === undefined) return { ...(ca && { ca }) }
  const [cert, key] = [readPEM(certFile), readPEM(keyFile)]
  const [leaf] = parsed(cert, certFile)
  if (!leaf?.checkPrivateKey(keyIn(key, keyFile)))
    throw new TLSFileError(`${keyFile} is not the key of the certificate in ${certFile}`)
  return { cert, key, ...(ca && { ca }) }
}

function readPEM(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new TLSFileError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function parsed(pem: Buffer, file: string): X509Certificate[] {
  let found: X509Certificate[] = []
  try {
    found = certificatesIn(pem)
  } catch {
    // Cut off, or no certificate at all.
  }
  if (found.length === 0) throw new TLSFileError(`${file} holds no whole certificate in PEM`)
  return found
}

/** What stands between the certificates is a comment; a last one that does not end is a fault. */
function certificatesIn(pem: Buffer): X509Certificate[] {
  const [, ...blocks] = pem.toString('latin1').split('-----BEGIN CERTIFICATE-----')
  return blocks.map((block) => new X509Certificate(`-----BEGIN CERTIFICATE-----${block}`))
}

function keyIn(pem: Buffer, file: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new TLSFileError(`${file} holds no whole private key in PEM without a passphrase`)
  }
}

function timeFault({ cert }: TLSMaterial, { certFile }: TLSFileNames, nowMs: number): string | undefined {
  const [leaf] = cert ? certificatesIn(cert) : []
  if (leaf && Date.parse(leaf.validTo) <= nowMs) return `the certificate in ${certFile} expired on ${leaf.validTo}`
  if (leaf && Date.parse(leaf.validFrom) > nowMs) return `the certificate in ${certFile} is not valid before ${leaf.validFrom}`
  return undefined
}

function same(a: TLSMaterial, b: TLSMaterial): boolean {
  const equal = (one: Buffer | undefined, other: Buffer | undefined) =>
    one === undefined || other === undefined ? one === other : one.equals(other)
  return equal(a.cert, b.cert) && equal(a.key, b.key) && equal(a.ca, b.ca)
}

const endOf = ({ validTo }: X509Certificate): number => Date.parse(validTo) / 1000

function subjectOf({ cert }: TLSMaterial): { subject?: string; until?: string } {
  const [leaf] = cert ? certificatesIn(cert) : []
  return leaf ? { subject: leaf.subject, until: leaf.validTo } : {}
}

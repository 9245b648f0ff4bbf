/** Clear text is spoken with other machines only where that was allowed, and not without a word. */
import type { Logger } from '@zonecast/runtime'
import { isLoopback } from './loopback.ts'

/** A credential would have left in clear text. */
export class InsecureCredential extends Error {
  readonly exitCode = 64

  constructor(url: string) {
    super(
      `a credential is not sent in clear text to ${new URL(url).host}; use https, or allow it: ZONECAST_ALLOW_INSECURE=true, --allow-insecure`,
    )
    this.name = 'InsecureCredential'
  }
}

/** Whoever calls over the network would send its credential in clear text. */
export class InsecureListen extends Error {
  readonly exitCode = 64

  constructor(host: string) {
    super(
      `clear text is not spoken on ${host}, where other machines can listen in; set ZONECAST_TLS_CERT_FILE and ZONECAST_TLS_KEY_FILE, or allow it: ZONECAST_ALLOW_INSECURE=true`,
    )
    this.name = 'InsecureListen'
  }
}

interface Allowance {
  readonly allowInsecure?: boolean | undefined
  readonly log?: Logger | undefined
}

/** TLS keeps a credential secret, and so does a connection that never leaves the machine. Throws `InsecureCredential`. */
export function refuseClearCredential(url: string, { allowInsecure, log }: Allowance): void {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || isLoopback(hostname)) return
  if (!allowInsecure) throw new InsecureCredential(url)
  log?.warn({ url }, 'the credential goes to another machine in clear text, as was allowed')
}

/** Of a port without TLS. Throws `InsecureListen`. */
export function refuseClearListen(host: string, { allowInsecure, log }: Allowance): void {
  if (isLoopback(host)) return
  if (!allowInsecure) throw new InsecureListen(host)
  log?.warn({ host }, 'clear text is spoken to other machines, credentials included, as was allowed')
}

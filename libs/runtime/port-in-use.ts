/** The refusals to start that every server shares: its address is taken, or cannot be had. */

/** Another program listens on the address. Exit code 69 (EX_UNAVAILABLE). */
export class PortInUse extends Error {
  readonly exitCode = 69
  readonly host: string
  readonly port: number

  constructor(host: string, port: number, what = 'port') {
    super(`${what} ${textOf(host, port)} is taken by another program; stop it, or choose another port`)
    this.name = 'PortInUse'
    this.host = host
    this.port = port
  }
}

/** The machine has no such address, or the program may not listen there. Exit code 69 (EX_UNAVAILABLE). */
export class AddressUnavailable extends Error {
  readonly exitCode = 69
  readonly host: string
  readonly port: number

  constructor(host: string, port: number, reason: string, options?: ErrorOptions) {
    super(`cannot listen on ${textOf(host, port)}: ${reason}`, options)
    this.name = 'AddressUnavailable'
    this.host = host
    this.port = port
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine does not speak that version of IP',
  EINVAL: 'this machine cannot use such an address',
  EACCES: 'ports below 1024 need a permission that this program does not have; choose another port',
  ENOTFOUND: 'no such host is known',
}

/** Turns the error of a listening socket into `PortInUse` or `AddressUnavailable`; gives any other error back. */
export function describeListenError(error: unknown, host: string, port: number, what?: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  if (code === 'EADDRINUSE') return new PortInUse(host, port, what)
  const reason = reasons[code]
  return reason === undefined ? error : new AddressUnavailable(host, port, reason, { cause: error })
}

function textOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

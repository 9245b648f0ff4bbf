/** The refusal to start that every server shares: its address is taken. */

/** Another program listens on the address. Exit code 69 (EX_UNAVAILABLE). */
export class PortInUse extends Error {
  readonly exitCode = 69
  readonly host: string
  readonly port: number

  constructor(host: string, port: number, what = 'port') {
    super(
      `${what} ${host.includes(':') ? `[${host}]` : host}:${port} is taken by another program; stop it, or choose another port`,
    )
    this.name = 'PortInUse'
    this.host = host
    this.port = port
  }
}

/** Turns the EADDRINUSE of a listening socket into `PortInUse`; gives any other error back. */
export function describeListenError(error: unknown, host: string, port: number, what?: string): unknown {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE' ? new PortInUse(host, port, what) : error
}

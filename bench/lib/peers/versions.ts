/** What the peers call themselves, with their version. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const asks = {
  BIND: ['named', '-v'],
  Knot: ['knotd', '-V'],
  NSD: ['nsd', '-v'],
  PowerDNS: ['pdns_server', '--version'],
} as const

export type PeerName = keyof typeof asks

/** `BIND 9.18`; fails with a message that names the program when it is missing. */
export async function versionOf(name: PeerName): Promise<string> {
  const [program, ...args] = asks[name]
  const said = await run(program, args).then(
    ({ stdout, stderr }) => stdout + stderr,
    // Some programs end with a code other than 0 after they have said it.
    (error: { code?: unknown; stdout?: string; stderr?: string }) => {
      if (error.code === 'ENOENT') throw new Error(`${program} is missing: bench/README.md names the package it is in`)
      return `${error.stdout}${error.stderr}`
    },
  )
  const [, version] = /(?:BIND|version|Server) (\d+\.\d+)/.exec(said) ?? []
  if (version === undefined) throw new Error(`${program} does not say its version:\n${said}`)
  return `${name} ${version}`
}

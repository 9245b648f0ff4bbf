/** BIND as primary and secondary: UPDATE, NOTIFY, IXFR. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { copyZones } from './files.ts'
import type { Pair, PairOptions, PeerZone, Variant } from './pair.ts'
import { freePort } from '../../../conformance/lib/free-port.ts'
import { type Server, startServer } from './server.ts'
import { openUpdateLane } from './update-client.ts'
import { versionOf } from './versions.ts'

/** Five seconds of gathering before a NOTIFY, and twenty NOTIFYs and SOA queries a second, are what a user waits for most. */
const tuning: Readonly<Record<Variant, string>> = {
  defaults: '',
  tuned: 'notify-delay 0; notify-rate 10000; startup-notify-rate 10000; serial-query-rate 10000;',
}

export const bindOptions = (folder: string, port: number, more: string): string => `options {
  directory "${folder}"; pid-file none; session-keyfile none; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; notify explicit; querylog no; allow-transfer { 127.0.0.1; }; allow-new-zones no; ${more}
};
controls { };
logging { category default { stderr; }; channel stderr { stderr; severity warning; }; };
`

/** `-g`: in the foreground, with its log on stderr; `-4`: the machine may have no IPv6. */
export const startNamed = (folder: string, port: number, config: string): Promise<Server> =>
  startServer('BIND', folder, port, {
    program: 'named',
    args: (file) => ['-f', '-4', '-c', file],
    config,
    configName: 'named.conf',
  })

export async function startBindPair({ folder, zones, variant }: PairOptions): Promise<Pair> {
  const [primaryPort, secondaryPort] = [await freePort(), await freePort()]
  const own = join(folder, 'primary')
  mkdirSync(own, { recursive: true })
  const files = copyZones(zones, own)
  const primary = await startNamed(own, primaryPort, primaryConfig(own, primaryPort, secondaryPort, files, variant))
  let secondary: Server | undefined
  const address = { host: '127.0.0.1', port: primaryPort }
  return {
    system: await versionOf('BIND'),
    variant,
    primary,
    primaryAddress: address,
    secondary: () => secondary!,
    startSecondary: async () => {
      const at = join(folder, 'secondary')
      mkdirSync(at, { recursive: true })
      secondary = await startNamed(at, secondaryPort, secondaryConfig(at, secondaryPort, primaryPort, zones, variant))
      return secondary
    },
    mostLanes: 32,
    lane: async () => openUpdateLane(address),
    stop: async () => {
      await Promise.all([primary.stop(), secondary?.stop()])
    },
  }
}

function primaryConfig(
  folder: string,
  port: number,
  secondaryPort: number,
  zones: readonly PeerZone[],
  variant: Variant,
): string {
  const one = ({ name, file }: PeerZone) =>
    `zone "${name}" { type primary; file "${file}"; check-integrity no; allow-update { 127.0.0.1; }; ` +
    `also-notify { 127.0.0.1 port ${secondaryPort}; }; };\n`
  return bindOptions(folder, port, tuning[variant]) + zones.map(one).join('')
}

function secondaryConfig(
  folder: string,
  port: number,
  primaryPort: number,
  zones: readonly PeerZone[],
  variant: Variant,
): string {
  const one = ({ name }: PeerZone) =>
    `zone "${name}" { type secondary; file "${name}db"; primaries { 127.0.0.1 port ${primaryPort}; }; };\n`
  return bindOptions(folder, port, tuning[variant]) + zones.map(one).join('')
}

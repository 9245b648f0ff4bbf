/** Knot as primary, and Knot or NSD as its secondary. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@zonecast/dns-net'
import { copyZones } from './files.ts'
import { openNotifier } from './notify.ts'
import { startNsd } from './nsd.ts'
import type { Lane, Pair, PairOptions, PeerZone, Variant } from './pair.ts'
import { freePort } from '../../../conformance/lib/free-port.ts'
import { type Server, startServer } from './server.ts'
import { openUpdateLane } from './update-client.ts'
import { versionOf } from './versions.ts'

/** A zone file written after each change is work that nobody waits for; the journal keeps what is acknowledged. */
const tuning: Readonly<Record<Variant, string>> = {
  defaults: '',
  tuned: '    zonefile-sync: -1\n    journal-content: all\n    semantic-checks: off\n',
}

export const startKnot = (folder: string, port: number, config: string): Promise<Server> =>
  startServer('Knot', folder, port, { program: 'knotd', args: (file) => ['-c', file], config, configName: 'knot.conf' })

export const knotServer = (folder: string, port: number, more = ''): string => `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
${more}database:
  storage: "${folder}"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "${folder}"
`

type Secondary = 'Knot' | 'NSD'

export const startKnotPair = (options: PairOptions): Promise<Pair> => startPair(options, 'Knot')
export const startKnotNsdPair = (options: PairOptions): Promise<Pair> => startPair(options, 'NSD')

async function startPair({ folder, zones, variant }: PairOptions, kind: Secondary): Promise<Pair> {
  const [primaryPort, secondaryPort] = [await freePort(), await freePort()]
  const own = join(folder, 'primary')
  mkdirSync(own, { recursive: true })
  const primary = await startKnot(
    own,
    primaryPort,
    primaryConfig(own, primaryPort, secondaryPort, copyZones(zones, own), variant),
  )
  let secondary: Server | undefined
  const address = { host: '127.0.0.1', port: primaryPort }
  return {
    system: kind === 'Knot' ? await versionOf('Knot') : `${await versionOf('NSD')} behind Knot`,
    variant,
    primary,
    primaryAddress: address,
    secondary: () => secondary!,
    startSecondary: async () => {
      const at = join(folder, 'secondary')
      mkdirSync(at, { recursive: true })
      secondary =
        kind === 'Knot'
          ? await startKnot(at, secondaryPort, secondaryConfig(at, secondaryPort, primaryPort, zones, variant))
          : await startNsd(at, secondaryPort, primaryPort, zones, variant)
      return secondary
    },
    mostLanes: 32,
    lane: async () => (variant === 'tuned' ? notifying(openUpdateLane(address), secondary!.address) : openUpdateLane(address)),
    stop: async () => {
      await Promise.all([primary.stop(), secondary?.stop()])
    },
  }
}

/** Knot 3.2 waits a second before it notifies, and no setting changes that: who tunes it sends the NOTIFY too. */
async function notifying(lane: Lane, secondary: Address): Promise<Lane> {
  const notifier = await openNotifier(secondary)
  return {
    ...lane,
    announce: async (zone) => notifier.notify(zone),
    close: async () => {
      notifier.close()
      await lane.close()
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
    `  - domain: "${name}"\n    file: "${file}"\n    notify: other\n    acl: [ update, transfer ]\n${tuning[variant]}`
  return `${knotServer(folder, port)}remote:
  - id: other
    address: 127.0.0.1@${secondaryPort}
acl:
  - id: update
    address: 127.0.0.1
    action: update
  - id: transfer
    address: 127.0.0.1
    action: transfer
zone:
${zones.map(one).join('')}`
}

function secondaryConfig(
  folder: string,
  port: number,
  primaryPort: number,
  zones: readonly PeerZone[],
  variant: Variant,
): string {
  const one = ({ name }: PeerZone) => `  - domain: "${name}"\n    master: other\n    acl: notify\n${tuning[variant]}`
  return `${knotServer(folder, port)}remote:
  - id: other
    address: 127.0.0.1@${primaryPort}
acl:
  - id: notify
    address: 127.0.0.1
    action: notify
zone:
${zones.map(one).join('')}`
}

/** NSD as a secondary. */
import type { PeerZone, Variant } from './pair.ts'
import { type Server, startServer } from './server.ts'

const tuning: Readonly<Record<Variant, (folder: string) => string>> = {
  // By default the database has a path of its own on the machine; here it stands with the rest.
  defaults: (folder) => `  database: "${folder}/nsd.db"\n`,
  tuned: () => '  database: ""\n  xfrd-reload-timeout: 0\n',
}

export function startNsd(
  folder: string,
  port: number,
  primaryPort: number,
  zones: readonly PeerZone[],
  variant: Variant,
): Promise<Server> {
  const one = ({ name }: PeerZone) => `zone:
  name: "${name}"
  zonefile: "${folder}/${name}zone"
  request-xfr: 127.0.0.1@${primaryPort} NOKEY
  allow-notify: 127.0.0.1 NOKEY
`
  const config = `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
${tuning[variant](folder)}remote-control:
  control-enable: no
${zones.map(one).join('')}`
  return startServer('NSD', folder, port, { program: 'nsd', args: (file) => ['-d', '-c', file], config, configName: 'nsd.conf' })
}

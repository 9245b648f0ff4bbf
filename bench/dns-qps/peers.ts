/** Name servers of others, each with one zone, one core and no rate limit. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../conformance/lib/free-port.ts'
import { goProgram, program as runProgram } from '../../conformance/lib/programs.ts'
import { versionOf } from '../lib/peers/versions.ts'

export interface PeerZone {
  readonly name: string
  readonly file: string
}

export interface Peer {
  readonly name: string
  /** The name with its version: `BIND 9.18`. */
  readonly version: string
  readonly port: number
  readonly child: ChildProcess
  /** What it said last. */
  readonly log: () => string
  stop(): Promise<void>
}

interface Recipe {
  readonly config: (zone: PeerZone, folder: string, port: number) => string
  readonly version: () => Promise<string>
  readonly command: (config: string) => readonly [program: string, ...args: string[]]
}

const recipes: Readonly<Record<string, Recipe>> = {
  BIND: {
    version: () => versionOf('BIND'),
    config: (zone, folder, port) => `options {
  directory "${folder}"; pid-file none; session-keyfile none; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; minimal-responses yes; notify no; querylog no; allow-transfer { none; };
};
controls { };
zone "${zone.name}" { type primary; file "${zone.file}"; check-integrity no; };
`,
    command: (config) => ['named', '-g', '-n', '1', '-c', config],
  },
  Knot: {
    version: () => versionOf('Knot'),
    config: (zone, folder, port) => `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${folder}"
log:
  - target: stderr
    any: warning
zone:
  - domain: ${zone.name}
    file: "${zone.file}"
    semantic-checks: off
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
`,
    command: (config) => ['knotd', '-c', config],
  },
  NSD: {
    version: () => versionOf('NSD'),
    config: (zone, folder, port) => `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  minimal-responses: yes
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${zone.name}
  zonefile: ${zone.file}
`,
    command: (config) => ['nsd', '-d', '-c', config],
  },
  CoreDNS: {
    version: coreDnsVersion,
    config: (zone, _, port) => `${zone.name}:${port} {
  bind 127.0.0.1
  file ${zone.file}
}
`,
    command: (config) => [goProgram('coredns'), '-conf', config, '-quiet'],
  },
}

export const peerNames: readonly string[] = Object.keys(recipes)

/** Starts a server on one core; it may not answer yet. */
export async function startPeer(name: string, zone: PeerZone, folder: string, core: number): Promise<Peer> {
  const recipe = recipes[name]!
  const own = join(folder, name)
  mkdirSync(own)
  const port = await freePort()
  const version = await recipe.version()
  const config = join(own, 'config')
  writeFileSync(config, recipe.config(zone, own, port))
  const [program, ...args] = recipe.command(config)
  const child = spawn('taskset', ['-c', String(core), program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said = `${said}${data}`.slice(-4_000)))
  const exited = once(child, 'exit')
  return {
    name,
    version,
    port,
    child,
    log: () => said,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}

async function coreDnsVersion(): Promise<string> {
  const said = await runProgram(goProgram('coredns'), ['-version'])
  const [, version = ''] = /CoreDNS-(\d+\.\d+)/.exec(said) ?? []
  return `CoreDNS ${version}`.trim()
}

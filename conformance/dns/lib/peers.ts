/** BIND, Knot and NSD, each over the suite's zone files, on a port and in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseName, TYPE } from '@zonecast/dns'
import { dnsQuery, type Address } from '@zonecast/dns-net'
import type { ZoneFile } from './sign.ts'

export type PeerName = 'bind' | 'knot' | 'nsd'

export interface Peer {
  readonly name: PeerName
  readonly address: Address
  close(): Promise<void>
}

export interface PeerOptions {
  readonly folder: string
  readonly zones: readonly ZoneFile[]
  /** What NSID and id.server tell. */
  readonly identity: string
  /** The secret of server cookies, 32 hexadecimal digits. */
  readonly cookieSecret: string
}

interface Plan {
  readonly config: string
  readonly command: readonly string[]
}

type Planner = (options: PeerOptions & { readonly port: number; readonly path: string }) => Plan

const planners: Readonly<Record<PeerName, Planner>> = { bind, knot, nsd }

/** Starts one; resolves once it answers. Rejects with what it said when it does not start. */
export async function startPeer(name: PeerName, options: PeerOptions): Promise<Peer> {
  const folder = join(options.folder, name)
  mkdirSync(folder)
  const port = await freePort()
  const path = join(folder, 'config')
  const { config, command } = planners[name]({ ...options, folder, port, path })
  writeFileSync(path, config)
  const child = spawn(command[0]!, command.slice(1), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const address = { host: '127.0.0.1', port }
  await untilAnswering(name, child, address, options.zones).catch((error: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${name}: ${error.message}\n${Buffer.concat(said).toString()}`)
  })
  return { name, address, close: () => stop(child) }
}

async function untilAnswering(name: string, child: ChildProcess, server: Address, zones: readonly ZoneFile[]): Promise<void> {
  let ended: unknown
  child.on('error', (error) => (ended = error))
  child.on('exit', (code, signal) => (ended = new Error(`ended with ${code ?? signal}`)))
  const deadline = Date.now() + 30_000
  for (const { apex } of zones) {
    for (;;) {
      if (ended !== undefined) throw ended as Error
      const answer = await dnsQuery({ server, name: parseName(apex), type: TYPE.SOA, timeoutMilliseconds: 500 }).catch(
        () => undefined,
      )
      if (answer?.aa) break
      if (Date.now() > deadline) throw new Error(`${name} does not answer ${apex}`)
      await pause(50)
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await exited
  clearTimeout(hard)
}

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

function bind({ folder, zones, identity, cookieSecret, port, path }: Parameters<Planner>[0]): Plan {
  const config = [
    'options {',
    `  directory "${folder}"; pid-file none; session-keyfile none; managed-keys-directory "${folder}"; lock-file none;`,
    `  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };`,
    '  recursion no; allow-transfer { none; }; allow-update { none; }; notify no; dnssec-validation no; empty-zones-enable no;',
    '  minimal-responses no-auth; minimal-any yes; check-sibling no; check-integrity no; check-mx ignore; check-names primary ignore;',
    `  version none; hostname none; server-id "${identity}"; cookie-algorithm siphash24; cookie-secret "${cookieSecret}";`,
    '  zero-no-soa-ttl no; max-udp-size 1232; edns-udp-size 1232;',
    '};',
    'controls {};',
    ...zones.map(({ apex, path: file }) => `zone "${apex}" { type primary; file "${file}"; };`),
    '',
  ].join('\n')
  return { config, command: ['named', '-g', '-n', '1', '-c', path] }
}

function knot({ folder, zones, identity, port, path }: Parameters<Planner>[0]): Plan {
  const config = [
    'server:',
    `  rundir: "${folder}"`,
    `  listen: 127.0.0.1@${port}`,
    `  identity: "${identity}"`,
    `  nsid: "${identity}"`,
    '  udp-workers: 1',
    '  tcp-workers: 1',
    '  background-workers: 1',
    '  udp-max-payload: 1232',
    'log:',
    '  - target: stderr',
    '    any: warning',
    'database:',
    `  storage: "${folder}"`,
    'template:',
    '  - id: default',
    '    semantic-checks: off',
    '    journal-content: none',
    '    zonefile-sync: -1',
    'zone:',
    ...zones.flatMap(({ apex, path: file }) => [`  - domain: ${apex}`, `    file: "${file}"`]),
    '',
  ].join('\n')
  return { config, command: ['knotd', '-c', path] }
}

function nsd({ folder, zones, identity, cookieSecret, port, path }: Parameters<Planner>[0]): Plan {
  const config = [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    '  server-count: 1',
    '  username: ""',
    `  zonesdir: "${folder}"`,
    '  database: ""',
    `  pidfile: "${folder}/pid"`,
    `  zonelistfile: "${folder}/zone.list"`,
    `  xfrdfile: "${folder}/xfrd.state"`,
    `  xfrdir: "${folder}"`,
    `  identity: "${identity}"`,
    `  nsid: "ascii_${identity}"`,
    '  hide-version: yes',
    '  refuse-any: no',
    '  minimal-responses: yes',
    '  ipv4-edns-size: 1232',
    '  rrl-ratelimit: 0',
    '  answer-cookie: yes',
    `  cookie-secret: "${cookieSecret}"`,
    'remote-control:',
    '  control-enable: no',
    ...zones.flatMap(({ apex, path: file }) => ['zone:', `  name: ${apex}`, `  zonefile: "${file}"`]),
    '',
  ].join('\n')
  return { config, command: ['nsd', '-d', '-c', path] }
}

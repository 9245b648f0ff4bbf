/** PowerDNS as primary and secondary on SQLite: changes by its HTTP API, NOTIFY, AXFR. */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { copyZones } from './files.ts'
import type { Lane, Pair, PairOptions, Variant } from './pair.ts'
import { freePort } from '../../../conformance/lib/free-port.ts'
import { type Server, startServer } from './server.ts'
import { versionOf } from './versions.ts'

const run = promisify(execFile)
const key = 'bench'
const mostTries = 50
const retryPauseMs = 20
const schema = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql'

const tuning: Readonly<Record<Variant, string>> = {
  defaults: '',
  tuned:
    'xfr-cycle-interval=1\nslave-cycle-interval=1\nquery-cache-ttl=0\nnegquery-cache-ttl=0\ncache-ttl=0\nretrieval-threads=4\n',
}

const common = (folder: string, port: number, variant: Variant): string => `launch=gsqlite3
gsqlite3-database=${folder}/zones.sqlite3
socket-dir=${folder}
local-address=127.0.0.1
local-port=${port}
loglevel=3
${tuning[variant]}`

export async function startPowerdnsPair({ folder, zones, variant }: PairOptions): Promise<Pair> {
  const [primaryPort, secondaryPort, httpPort] = [await freePort(), await freePort(), await freePort()]
  const [own, other] = [join(folder, 'primary'), join(folder, 'secondary')]
  for (const each of [own, other]) {
    mkdirSync(each, { recursive: true })
    await run('sqlite3', [`${each}/zones.sqlite3`, `.read ${schema}`])
  }
  const primaryConfig = `${common(own, primaryPort, variant)}primary=yes
api=yes
api-key=${key}
webserver=yes
webserver-port=${httpPort}
also-notify=127.0.0.1:${secondaryPort}
`
  const tool = (at: string, ...args: string[]) => run('pdnsutil', [`--config-dir=${at}`, ...args], { maxBuffer: 1 << 28 })
  writeFileSync(join(own, 'pdns.conf'), primaryConfig)
  for (const { name, file } of copyZones(zones, own)) {
    await tool(own, 'load-zone', name, file)
    await tool(own, 'set-kind', name, 'primary')
    // As the API does for the zones that it creates: without it the serial stays.
    await tool(own, 'set-meta', name, 'SOA-EDIT-API', 'DEFAULT')
  }
  const primary = await startPowerdns(own, primaryPort, primaryConfig)
  let secondary: Server | undefined
  return {
    system: await versionOf('PowerDNS'),
    variant,
    primary,
    primaryAddress: { host: '127.0.0.1', port: primaryPort },
    secondary: () => secondary!,
    startSecondary: async () => {
      const config = `${common(other, secondaryPort, variant)}secondary=yes\n`
      if (secondary === undefined) {
        writeFileSync(join(other, 'pdns.conf'), config)
        for (const { name } of zones) await tool(other, 'create-secondary-zone', name, `127.0.0.1:${primaryPort}`)
      }
      secondary = await startPowerdns(other, secondaryPort, config)
      return secondary
    },
    // With more at a time, SQLite is locked and the API refuses.
    mostLanes: 1,
    lane: async () => openHttpLane(httpPort),
    stop: async () => {
      await Promise.all([primary.stop(), secondary?.stop()])
    },
  }
}

function startPowerdns(folder: string, port: number, config: string): Promise<Server> {
  const args = () => [`--config-dir=${folder}`, '--daemon=no', '--guardian=no', '--disable-syslog', '--write-pid=no']
  return startServer('PowerDNS', folder, port, { program: 'pdns_server', args, config, configName: 'pdns.conf' })
}

/** A keep-alive connection of the runtime's own pool. */
function openHttpLane(port: number): Lane {
  const send = async (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/api/v1/servers/localhost/zones/${path}`, {
      method,
      headers: { 'X-API-Key': key, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const call = async (method: string, path: string, body?: object): Promise<void> => {
    for (let tries = 1; ; tries++) {
      const response = await send(method, path, body)
      const said = await response.text()
      if (response.ok) return
      // Its own transfers lock SQLite too: a client has to come again.
      if (response.status < 500 || tries === mostTries) {
        throw new Error(`PowerDNS: ${method} ${path} was answered with ${response.status}: ${said}`)
      }
      await sleep(retryPauseMs)
    }
  }
  return {
    change: async (zone, hosts) => {
      const rrsets = hosts.map(({ host, address }) => ({
        name: `${host}.${zone}`,
        type: 'A',
        ttl: 60,
        changetype: 'REPLACE',
        records: [{ content: address, disabled: false }],
      }))
      await call('PATCH', zone, { rrsets })
    },
    announce: (zone) => call('PUT', `${zone}/notify`),
    close: async () => {},
  }
}

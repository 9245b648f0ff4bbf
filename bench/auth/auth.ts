/** What the look at a credential costs: unary calls with each kind of it, and the same calls where nobody is asked. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { programFlags } from '@zonecast/runtime'
import { createAuthority, issueCertificate } from '@zonecast/runtime/certificates'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { describeMachine, machineText } from '../lib/machine.ts'
import { type Row, saveResults } from '../lib/results.ts'
import { isQuick } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { type Caller, framed, openAsker } from '../unary/client.ts'
import { password, token, username } from './guard.ts'
import { rowsOfPairs } from './rows.ts'
import { measurePairs, type Side } from './slices.ts'

/** Of each kind, and before them as warm-up. */
const seconds = isQuick ? 0.5 : 18
const warmUpSeconds = isQuick ? 0.2 : 3

export async function benchAuth(): Promise<void> {
  const machine = describeMachine()
  console.log(`auth: slices by turns, ${seconds} s of each kind\n${machineText(machine)}`)
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-auth-'))
  const running: Running[] = []
  try {
    const rows: Row[] = []
    for (const { group, variant, server, sides } of await kindsIn(folder, running)) {
      await measurePairs(server.child, sides, warmUpSeconds)
      const pairs = await measurePairs(server.child, sides, seconds)
      rows.push(...rowsOfPairs({ group, variant }, pairs))
      console.log(`${group}, ${variant}: ${pairs.length} pairs of slices`)
      for (const { asker } of sides) asker.close()
    }
    console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('auth', machine, { rows })}`)
  } finally {
    // They end by it, and take what they wrote with them.
    for (const { child } of running) if (child.connected) child.disconnect()
    rmSync(folder, { recursive: true })
  }
}

interface Kind {
  readonly group: string
  readonly variant: string
  readonly server: Running
  readonly sides: readonly [Side, Side]
}

/** What is called, how the caller says who it is, and the same call of nobody. */
async function kindsIn(folder: string, running: Running[]): Promise<Kind[]> {
  const files = certificatesIn(folder)
  const start = async (kind: string, more: readonly string[] = []) => {
    const server = await startServer(kind, more)
    running.push(server)
    return server
  }
  const [empty, overTLS, zones] = [await start('empty'), await start('empty', files.server), await start('zones')]
  const bearer = { fields: { authorization: `Bearer ${token}` } }
  const basic = { fields: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` } }
  const shown = { fields: {}, tls: files.client }
  const kind = (group: string, variant: string, server: Running, caller: Caller, call = emptyCall): Kind => {
    const sideOf = (port: number, who: Caller) => ({ asker: openAsker(port, who), call })
    const without = sideOf(server.ports[0], { ...caller, fields: {} })
    return { group, variant, server, sides: [without, sideOf(server.ports[1], caller)] }
  }
  const zonesOf = openAsker(zones.ports[1], bearer)
  await zonesOf.ask(ZoneService.method.createZone, newZone)
  zonesOf.close()
  return [
    kind('an empty call', 'token', empty, bearer),
    kind('an empty call', 'password, Basic', empty, basic),
    kind('an empty call', 'password, metadata', empty, { fields: { username, password } }),
    kind('an empty call over TLS', 'certificate', overTLS, shown),
    kind('GetZone', 'token', zones, bearer),
    kind('a change', 'token', zones, bearer, changeCall()),
  ]
}

const emptyCall: Side['call'] = (asker) => asker.unary()
const zone = 'bench.example.'
const newZone = framed(ZoneService.method.createZone, { zone, nameServers: ['ns1.example.net.'], rname: 'host.example.net.' })

/** One address of one of a thousand names, another each time. */
function changeCall(): Side['call'] {
  const method = RecordService.method.applyChanges
  let count = 0
  return (asker) => {
    const i = count++
    const value = { name: `h${i % 1000}`, type: 'A', ttl: 60, values: [`10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`] }
    return asker.ask(method, framed(method, { zone, changes: [{ operation: { case: 'put', value } }] }))
  }
}

interface Running {
  readonly child: ChildProcess
  /** Of the server that lets everybody in, and of the one with a guard. */
  readonly ports: readonly [without: number, guarded: number]
}

async function startServer(kind: string, more: readonly string[]): Promise<Running> {
  const program = fileURLToPath(new URL('./server.ts', import.meta.url))
  const child = spawn(process.execPath, [...programFlags, program, kind, ...more], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  const [without = 0, guarded = 0] = line.split(' ').map(Number)
  return { child, ports: [without, guarded] }
}

/** A server's and a client's of one authority. */
function certificatesIn(folder: string) {
  const validity = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 3_600_000 }
  const authority = createAuthority({ commonName: 'bench', ...validity })
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const [server, client] = ['server', 'client'].map((commonName) =>
    issueCertificate(authority, { commonName, names: ['127.0.0.1'], usages: ['server', 'client'], ...validity }),
  )
  const ca = file('ca.pem', authority.cert)
  return {
    server: [file('cert.pem', server!.cert), file('key.pem', server!.key), ca],
    client: { ca: readFileSync(ca), cert: client!.cert, key: client!.key },
  }
}

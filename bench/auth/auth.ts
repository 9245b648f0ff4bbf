/** What a credential costs: a unary call with each kind of it, beside the same server without a guard. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { programFlags } from '@zonecast/runtime'
import { createAuthority, issueCertificate } from '@zonecast/runtime/certificates'
import { describeMachine, machineText } from '../lib/machine.ts'
import { cpuMs } from '../lib/process-use.ts'
import { type Measure, ours, rowsOf, saveResults } from '../lib/results.ts'
import { isQuick, rounds, spaced } from '../lib/rounds.ts'
import { rowsText } from '../lib/rows-text.ts'
import { type Caller, openAsker } from '../unary/client.ts'
import { password, token, username } from './guard.ts'

/** Of each kind in each round. */
const calls = isQuick ? 1_000 : 10_000
const inFlight = 32
const nobody = 'no guard'

interface Turn {
  readonly group: string
  readonly system: string
  readonly variant: string
  readonly server: Running
  readonly caller: Caller
}

export async function benchAuth(): Promise<void> {
  const machine = describeMachine()
  console.log(`auth: ${rounds} rounds of ${spaced(calls)} calls each\n${machineText(machine)}`)
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-auth-'))
  const running: Running[] = []
  try {
    const turns = await turnsIn(folder, running)
    const measures: Measure[] = []
    for (const turn of turns) await timeOf(turn, calls / 4)
    for (let round = 0; round < rounds; round++) {
      for (const turn of turns) {
        const { group, system, variant } = turn
        const figure = "server's time on a core for a call"
        measures.push({ group, system, variant, figure, unit: 'µs', better: 'lower', value: await timeOf(turn, calls) })
      }
    }
    const rows = rowsOf(measures, nobody)
    console.log(`\n${rowsText(rows)}\n\nwritten to ${saveResults('auth', machine, { rows })}`)
  } finally {
    for (const { child } of running) child.kill()
    rmSync(folder, { recursive: true })
  }
}

async function turnsIn(folder: string, running: Running[]): Promise<Turn[]> {
  const files = certificatesIn(folder)
  const start = async (kind: string, ...more: string[]) => {
    const server = await startServer(kind, more)
    running.push(server)
    return server
  }
  const [without, guarded] = [await start('without'), await start('with')]
  const [withoutTLS, guardedTLS] = [await start('without', ...files.server), await start('with', ...files.server)]
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const kinds: [variant: string, fields: Caller['fields']][] = [
    ['token', { authorization: `Bearer ${token}` }],
    ['password, Basic', { authorization: basic }],
    ['password, metadata', { username, password }],
  ]
  const clear = 'clear text'
  const tls = 'TLS, with a certificate of the client'
  const shown = { fields: {}, tls: files.client }
  return [
    { group: clear, system: nobody, variant: '', server: without, caller: { fields: {} } },
    ...kinds.map(([variant, fields = {}]) => ({ group: clear, system: ours, variant, server: guarded, caller: { fields } })),
    { group: tls, system: nobody, variant: '', server: withoutTLS, caller: shown },
    { group: tls, system: ours, variant: 'certificate', server: guardedTLS, caller: shown },
  ]
}

/** Microseconds of the server's time on a core for each of so many calls. */
async function timeOf({ server, caller }: Turn, count: number): Promise<number> {
  const asker = openAsker(server.port, caller)
  await asker.unary()
  const before = cpuMs(server.child.pid!)
  let left = count
  const worker = async () => {
    while (left-- > 0) await asker.unary()
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const used = cpuMs(server.child.pid!) - before
  asker.close()
  return (used * 1000) / count
}

interface Running {
  readonly child: ChildProcess
  readonly port: number
}

async function startServer(kind: string, more: readonly string[]): Promise<Running> {
  const program = fileURLToPath(new URL('./server.ts', import.meta.url))
  const child = spawn(process.execPath, [...programFlags, program, kind, ...more], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return { child, port: Number(line) }
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

/** The three programs of the old way, in processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Address } from '@zonecast/dns-net'
import type { ProgramInput, Protocol } from './contract.ts'
import { createRestClient, type RestClient } from './rest.ts'

export interface OldSystem {
  readonly api: RestClient
  readonly dns: Address
  readonly pids: readonly number[]
  /** Octets of the bodies that the publisher has put to the edge. */
  octetsToEdge(): Promise<number>
  close(): Promise<void>
}

interface Program {
  readonly child: ChildProcess
  readonly url: string
  readonly pid: number
  readonly dns: readonly Address[]
}

export async function startOldSystem(protocol: Protocol): Promise<OldSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-old-way-'))
  const started: Program[] = []
  const run = async (name: string, input: Omit<ProgramInput, 'protocol' | 'folder'>): Promise<Program> => {
    const own = join(folder, name)
    mkdirSync(own)
    const program = await startProgram(name, { protocol, folder: own, ...input })
    started.push(program)
    return program
  }
  const edge = await run('edge', {})
  const publisher = await run('publisher', { edgeUrl: edge.url })
  const api = await run('api', { publisherUrl: publisher.url })
  const toPublisher = createRestClient(protocol, publisher.url)
  await toPublisher.send('POST', '/api', { url: api.url })
  const client = createRestClient(protocol, api.url)
  return {
    api: client,
    dns: edge.dns[0] as Address,
    pids: [api, publisher, edge].map(({ pid }) => pid),
    octetsToEdge: async () => (await toPublisher.send<{ octets: number }>('GET', '/octets')).octets,
    close: async () => {
      client.close()
      toPublisher.close()
      for (const { child } of started) child.kill('SIGKILL')
      await Promise.all(started.map(({ child }) => (child.exitCode ?? child.signalCode) || once(child, 'exit')))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startProgram(name: string, input: ProgramInput): Promise<Program> {
  // The heap may grow as far as the machine allows: a zone in one body needs it.
  const flags = ['--max-old-space-size=8192']
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  const child = spawn(process.execPath, [...flags, file, JSON.stringify(input)], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const [, json] = /^ready (\{.*\})$/.exec(line) ?? []
    if (json !== undefined) return { child, ...(JSON.parse(json) as Omit<Program, 'child'>) }
  }
  throw new Error(`the old way's ${name} ended before it was ready`)
}

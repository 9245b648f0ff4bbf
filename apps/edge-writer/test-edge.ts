/** A whole edge writer in the test's own process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DescService } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { formatRR, parseName, RCODE, typeFromText } from '@zonecast/dns'
import { dnsQuery, type Address } from '@zonecast/dns-net'
import { createRpcClient, createRpcTransport } from '@zonecast/rpc'
import { createMetrics, silentLogger, type Metrics, type RunningApp } from '@zonecast/runtime'
import { configSchema } from './config.ts'
import { startEdgeWriter, type EdgeContext } from './start.ts'
import { tokens } from './test-publisher.ts'

export interface TestEdge {
  readonly app: RunningApp
  readonly metrics: Metrics
  readonly dns: Address
  /** RRs of the answer as lines without TTL and class, or the RCODE's name where there are none. */
  ask(name: string, type?: string): Promise<string[]>
  client<S extends DescService>(service: S, token?: string): Client<S>
  /** Stops it; its folder stays for another. */
  stop(): Promise<void>
}

/** Undone by `closeEdges`. */
const open = new Set<() => Promise<void>>()
const folders: string[] = []

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-edge-'))
  folders.push(folder)
  return folder
}

export async function closeEdges(): Promise<void> {
  for (const close of open) await close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export async function startEdge(
  publisherUrls: string[],
  folder = newFolder(),
  context: Partial<EdgeContext> = {},
  settings: Record<string, unknown> = {},
): Promise<TestEdge> {
  const tokenFile = join(folder, '..', `${folder.split('/').at(-1)}.token`)
  writeFileSync(tokenFile, `${tokens.edge}\n`)
  folders.push(tokenFile)
  const config = configSchema.parse({
    data: folder,
    edgeId: 'edge-1',
    port: 0,
    dnsListen: ['127.0.0.1:0'],
    publisherUrls,
    tokenFile,
    ...settings,
  })
  const metrics = createMetrics('edge-writer')
  const fail = (error: unknown) => {
    throw error
  }
  const signal = new AbortController().signal
  const app = await startEdgeWriter(config, {
    name: 'edge-writer',
    log: silentLogger(),
    metrics,
    signal,
    fail,
    abandon: fail,
    ...context,
  })
  const [dns] = app.ready['dns'] as [Address]
  const url = app.ready['url'] as string
  const transports = new Set<{ close(): void }>()
  const stop = async () => {
    open.delete(stop)
    for (const transport of transports) transport.close()
    await app.close()
  }
  open.add(stop)
  return {
    app,
    metrics,
    dns,
    stop,
    ask: async (name, type = 'A') => {
      const { rcode, answers } = await dnsQuery({ server: dns, name: parseName(name), type: typeFromText(type) as number })
      if (answers.length === 0) return [Object.entries(RCODE).find(([, value]) => value === rcode)?.[0] ?? String(rcode)]
      return answers.map((one) =>
        formatRR(one)
          .replaceAll(/\s+/g, ' ')
          .replace(/ \d+ IN /, ' '),
      )
    },
    client: (service, token) => {
      const transport = createRpcTransport({ url, ...(token && { token }) })
      transports.add(transport)
      return createRpcClient(service, transport)
    },
  }
}

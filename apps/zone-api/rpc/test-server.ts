/** A zone API on a free port with real clients, for tests. */
import type { DescService } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { createRpcClient, createRpcTransport, type RpcClientOptions, type RpcTransport } from '@zonecast/rpc'
import { createLogger, createMetrics, type Metrics } from '@zonecast/runtime'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startZoneApi, type ZoneApi, type ZoneApiOptions } from '../zone-api.ts'

const roles = { admin: 'administrator', publisher: 'publisher', edge: 'edge' } as const
export type Who = keyof typeof roles

export interface TestServer {
  readonly api: ZoneApi
  readonly metrics: Metrics
  /** What it logged. */
  readonly lines: Record<string, unknown>[]
  client<Service extends DescService>(service: Service, who?: Who): Client<Service>
  /** A transport with any token, or none, and without retries where it is to hear the first answer. */
  transport(token?: string, retries?: RpcClientOptions['retries']): RpcTransport
  /** Stops it and starts it again on the same folder. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const tokenOf = (who: Who) => `zc_${who}_secret`

export async function startTestServer(
  edges: readonly string[] = ['edge1'],
  more: Partial<ZoneApiOptions> = {},
): Promise<TestServer> {
  const data = mkdtempSync(join(tmpdir(), 'zonecast-api-'))
  const credentials = [
    ...Object.entries(roles).map(([who, role]) => ({ who, role, edgeId: role === 'edge' ? edges[0]! : '' })),
    ...edges.slice(1).map((edgeId) => ({ who: edgeId, role: 'edge', edgeId })),
  ].map(({ who, role, edgeId }) => ({
    sha256: new Uint8Array(
      createHash('sha256')
        .update(tokenOf(who as Who))
        .digest(),
    ),
    principal: who,
    role,
    edgeId,
    placements: [],
  }))
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }
  const log = createLogger({ app: 'test', level: 'debug', destination })
  let metrics = createMetrics('test')
  const options = { data, host: '127.0.0.1', port: 0, credentials, log }
  const failed = (error: Error) => {
    throw error
  }
  const start = () => {
    metrics = createMetrics('test')
    return startZoneApi({ ...options, metrics, failed, ...more })
  }
  let api = await start()
  let transports: RpcTransport[] = []
  const transport = (token?: string, retries: RpcClientOptions['retries'] = {}) => {
    const made = createRpcTransport({ url: api.url, retries, ...(token !== undefined && { token }) })
    transports.push(made)
    return made
  }
  const stop = async () => {
    for (const made of transports) made.close()
    transports = []
    await api.close()
  }
  return {
    get api() {
      return api
    },
    get metrics() {
      return metrics
    },
    lines,
    client: (service, who = 'admin') => createRpcClient(service, transport(tokenOf(who))),
    transport,
    async restart() {
      await stop()
      api = await start()
    },
    async close() {
      await stop()
      rmSync(data, { recursive: true })
    },
  }
}

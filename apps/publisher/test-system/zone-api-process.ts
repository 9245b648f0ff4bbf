/** A real zone API as a process, for tests. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ChangeService } from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { ImportFormat, ZoneService } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcTransport, type RpcTransport } from '@zonecast/rpc'

const program = fileURLToPath(new URL('../../zone-api/main.ts', import.meta.url))

export const tokens = {
  administrator: 'zc_admin',
  publisher: 'zc_publisher',
  'edge-1': 'zc_edge_1',
  'edge-2': 'zc_edge_2',
} as const

/** Credentials of an administrator, a publisher and two edges; edge-2 carries another placement, too. */
function writeBootstrap(file: string): void {
  const hash = (token: string) => createHash('sha256').update(token).digest('hex')
  const edge = (edgeId: 'edge-1' | 'edge-2', placements: string[]) => ({
    principal: edgeId,
    role: 'edge',
    sha256: hash(tokens[edgeId]),
    edgeId,
    placements,
  })
  const list = [
    { principal: 'administrator', role: 'administrator', sha256: hash(tokens.administrator) },
    { principal: 'publisher-1', role: 'publisher', sha256: hash(tokens.publisher) },
    edge('edge-1', ['default']),
    edge('edge-2', ['default', 'other']),
  ]
  writeFileSync(file, JSON.stringify(list))
}

export class ZoneApiProcess {
  readonly url: string
  readonly port: number
  readonly zones
  readonly records
  readonly changes
  readonly #process: ChildProcess
  readonly #transport: RpcTransport

  private constructor(process: ChildProcess, { url, port }: { url: string; port: number }) {
    this.#process = process
    this.url = url
    this.port = port
    this.#transport = createRpcTransport({ url, token: tokens.administrator })
    this.zones = createRpcClient(ZoneService, this.#transport)
    this.records = createRpcClient(RecordService, this.#transport)
    this.changes = createRpcClient(ChangeService, this.#transport)
  }

  static async start(folder: string, port = 0): Promise<ZoneApiProcess> {
    mkdirSync(folder, { recursive: true })
    const bootstrap = join(folder, 'bootstrap.json')
    writeBootstrap(bootstrap)
    const env = {
      PATH: process.env['PATH'],
      ZONECAST_DATA: join(folder, 'data'),
      ZONECAST_PORT: String(port),
      ZONECAST_BOOTSTRAP_FILE: bootstrap,
      ZONECAST_LOG_LEVEL: 'warn',
    }
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('ready ')) return new ZoneApiProcess(child, JSON.parse(line.slice(6)) as { url: string; port: number })
      if (line.startsWith('failed ')) throw new Error(line)
    }
    throw new Error('the zone API has ended before it was ready')
  }

  /** Imports a zone file; gives the change. */
  async importText(zone: string, text: string): Promise<string> {
    async function* parts() {
      yield { part: { case: 'header' as const, value: { zone, format: ImportFormat.ZONE_FILE, force: true } } }
      for (let at = 0; at < text.length; at += 256 * 1024) {
        yield { part: { case: 'data' as const, value: Buffer.from(text.slice(at, at + 256 * 1024)) } }
      }
    }
    const { outcomes } = await this.zones.importZone(parts())
    const [outcome] = outcomes
    if (outcome?.effect === undefined) throw new Error(`${zone} was refused: ${outcome?.errors[0]?.message}`)
    return outcome.changeId
  }

  /** Sets one A RRset; gives the change and the version it made. */
  async setAddress(zone: string, name: string, address: string): Promise<{ changeId: string; version: bigint }> {
    const rrset = { name, type: 'A', ttl: 60, values: [address] }
    const { changeId, effects } = await this.records.applyChanges({
      zone,
      changes: [{ operation: { case: 'put', value: rrset } }],
    })
    return { changeId, version: effects[0]?.state?.version ?? 0n }
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#transport.close()
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exited
  }
}

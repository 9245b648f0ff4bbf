/** ZoneService by gRPC over a database of its own, and what imports are made of, for tests. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  ExportFormat,
  type ImportZoneRequestSchema,
  ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { createRpcClient, createRpcServer, createRpcTransport, principalOfRole } from '@zonecast/rpc'
import { createMetrics, silentLogger } from '@zonecast/runtime'
import { openDatabase } from '../database/open-database.ts'
import { Importer } from '../staging/importer.ts'
import { zoneService } from './zone-service.ts'

export type Part = MessageInitShape<typeof ImportZoneRequestSchema>

export const apexLines =
  '@ 60 IN SOA ns1.example.net. hostmaster.example.net. 5 3600 600 86400 300\n@ 60 IN NS ns1.example.net.\n'

export const header = (zone: string, more = {}): Part => ({ part: { case: 'header', value: { zone, ...more } } })

export const data = (text: string | Uint8Array): Part => ({
  part: { case: 'data', value: typeof text === 'string' ? Buffer.from(text) : text },
})

export async function* stream(parts: Iterable<Part>) {
  yield* parts
}

export type TestZones = Awaited<ReturnType<typeof openTestZones>>

export async function openTestZones(more: { readonly outcomesOctets?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'zone-service-'))
  const importFolder = join(folder, 'tmp')
  const ports = { log: silentLogger(), metrics: createMetrics('zone-api') }
  const database = await openDatabase({ folder, ...ports, failed: (error) => assert.fail(error) })
  const importer = new Importer({ database, folder: importFolder })
  let caller = principalOfRole('tester', 'administrator')
  const server = createRpcServer({
    ...ports,
    routes: (router) => router.service(ZoneService, zoneService({ database, importer, ...more })),
    services: [ZoneService],
    guard: { authenticate: () => caller },
  })
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  const transport = createRpcTransport({ url, token: 'zc_test' })
  const zones = createRpcClient(ZoneService, transport)
  return {
    zones,
    importer,
    /** Where imports keep what has come so far. */
    importFolder,
    /** Who calls from now on. */
    become(role: Parameters<typeof principalOfRole>[1]): void {
      caller = principalOfRole('tester', role)
    },
    importParts: async (parts: readonly Part[]) => (await zones.importZone(stream(parts))).outcomes,
    async exported(zone: string, format: ExportFormat = ExportFormat.ZONE_FILE): Promise<Buffer> {
      const sent: Uint8Array[] = []
      for await (const piece of zones.exportZone({ zone, format })) sent.push(piece.data)
      return Buffer.concat(sent)
    },
    async close(): Promise<void> {
      transport.close()
      await server.close()
      await importer.close()
      await database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

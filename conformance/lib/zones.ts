/** What the suites do with zones: import, change, watch, export. */
import { create } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { EdgeService, type EdgeZone } from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import {
  ChangeService,
  ChangeStage,
  type WatchChangeResponse,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { RecordService } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import {
  ExportFormat,
  ImportZoneRequestSchema,
  ZoneService,
  type ImportHeader,
  type ImportOutcome,
  type ImportZoneRequest,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import type { System } from './system.ts'

type HeaderInit = Partial<Omit<ImportHeader, '$typeName' | '$unknown' | 'settings'>> & { readonly zone: string }

/** A zone of what every zone has; text may be put behind it. */
export const smallZone = `@ 60 IN SOA ns1 hostmaster 1 14400 3600 1209600 300
@ 60 IN NS ns1
ns1 60 IN A 192.0.2.53
`

const pieceOctets = 256 * 1024

/** The messages of an import of one zone. */
export function* importMessages(header: HeaderInit, data: Uint8Array): Generator<ImportZoneRequest> {
  yield create(ImportZoneRequestSchema, { part: { case: 'header', value: header } })
  for (let at = 0; at < data.length; at += pieceOctets) {
    yield create(ImportZoneRequestSchema, { part: { case: 'data', value: data.subarray(at, at + pieceOctets) } })
  }
}

export async function importZone(
  client: Client<typeof ZoneService>,
  header: HeaderInit,
  data: Uint8Array | string,
): Promise<ImportOutcome> {
  async function* messages() {
    yield* importMessages(header, typeof data === 'string' ? Buffer.from(data) : data)
  }
  const { outcomes } = await client.importZone(messages(), { timeoutMs: 300_000 })
  return outcomes[0] as ImportOutcome
}

/** Imports a zone that must be taken, and waits until every edge answers it. */
export async function publishZone(
  system: System,
  zone: string,
  data: Uint8Array | string,
  header: Partial<HeaderInit> = {},
): Promise<ImportOutcome> {
  const outcome = await importZone(system.client(ZoneService), { zone, ...header }, data)
  if (!outcome.effect) throw new Error(`${zone} was refused: ${outcome.errors.map(({ message }) => message).join('; ')}`)
  if (outcome.changeId !== '') await answered(system, outcome.changeId)
  return outcome
}

/** Waits until every expected edge answers a change; resolves with the last message. */
export async function answered(system: System, changeId: string, timeoutMs = 120_000): Promise<WatchChangeResponse> {
  let last: WatchChangeResponse | undefined
  for await (const message of system.client(ChangeService).watchChange({ changeId }, { timeoutMs })) {
    last = message
    if (message.done) return message
  }
  throw new Error(`the watch of ${changeId} ended at stage ${last?.stage ?? ChangeStage.UNSPECIFIED}`)
}

/** Puts one RRset; resolves with the change id. */
export async function putRRset(
  system: System,
  zone: string,
  name: string,
  type: string,
  values: string[],
  ttl = 60,
): Promise<string> {
  const changes = [{ operation: { case: 'put' as const, value: { name, type, ttl, values } } }]
  const { changeId } = await system.client(RecordService).applyChanges({ zone, changes })
  return changeId
}

/** The zone as text, or as stored RRs back to back. */
export async function exportText(system: System, zone: string, format: ExportFormat = ExportFormat.ZONE_FILE): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const { data } of system.client(ZoneService).exportZone({ zone, format })) pieces.push(data)
  return Buffer.concat(pieces)
}

/** Zones as an edge lists them. */
export async function zonesOfEdge(system: System, edge: string, tombstones = false): Promise<EdgeZone[]> {
  const found: EdgeZone[] = []
  for await (const { zones } of system.client(EdgeService, edge).listZones({ tombstones })) found.push(...zones)
  return found
}

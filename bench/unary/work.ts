/** The work both servers do: one message there and back, and a stream of pieces, with messages of our own contract. */
import { create, type MessageShape } from '@bufbuild/protobuf'
import { ContentService } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import {
  type ExportZoneRequest,
  ExportZoneResponseSchema,
  type GetZoneRequest,
  type ImportZoneRequestSchema,
  ZoneService,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'

export const methods = {
  unary: ZoneService.method.getZone,
  serverStream: ZoneService.method.exportZone,
  clientStream: ZoneService.method.importZone,
  bidi: ContentService.method.fetch,
}

export const piece = new Uint8Array(64 * 1024).fill(7)

/** Some 200 octets back. */
export function getZone({ zone }: GetZoneRequest) {
  return { zone: { name: zone, id: 'x'.repeat(170) } }
}

/** Reads a stream of pieces to its end, and tells its octets. */
export async function importZone(parts: AsyncIterable<MessageShape<typeof ImportZoneRequestSchema>>) {
  let octets = 0n
  for await (const { part } of parts) if (part.case === 'data') octets += BigInt(part.value.length)
  return { outcomes: [{ zone: 'bench.example.', rrCount: octets }] }
}

/** As many pieces of 64 KiB as the request's version says. */
export function* exportZone({ version }: ExportZoneRequest) {
  for (let left = version; left > 0n; left--) yield create(ExportZoneResponseSchema, { data: piece })
}

/** Exports: one version of a zone as text or stored RRs, in pieces. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { stateToMessage } from '@zonecast/contract'
import {
  ExportFormat,
  type ExportZoneRequest,
  type ExportZoneResponse,
  ExportZoneResponseSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { decodeRR, formatZone, type Name, type RR, zoneKeyOf } from '@zonecast/dns'
import { notFound, requirePermission } from '@zonecast/rpc'
import { unpackRRs } from '@zonecast/zone'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { VersionWalk } from '../history/version-walk.ts'
import { VersionReader } from '../staging/version-reader.ts'
import { absoluteName, knownZone } from './zone-messages.ts'

/** Writing text takes a few milliseconds for as many octets of RRs, and nothing else runs meanwhile. */
const textPartOctets = 65_536
const wirePartOctets = 524_288

/** The next part is read when the one before has gone out: the stream's back-pressure is the reader's. */
export async function* exportZone(
  database: ZoneDatabase,
  request: ExportZoneRequest,
  context: HandlerContext,
): AsyncGenerator<ExportZoneResponse> {
  const apex = absoluteName(request.zone, 'zone')
  for (const permission of ['zone.read', 'record.read']) requirePermission(context, permission, { zone: apex })
  const zone = zoneKeyOf(apex)
  const isWire = request.format === ExportFormat.WIRE
  const { header, reader } = await versionOf(database, zone, request.version, isWire ? wirePartOctets : textPartOctets)
  const { state, soa } = header
  yield create(ExportZoneResponseSchema, { state: stateToMessage(state), ...(isWire && { data: soa }) })
  const text = isWire ? undefined : new TextWriter(decodeRR(soa))
  for (let isLast = false; !isLast;) {
    const part = await reader.next()
    isLast = part.last
    const stored = Buffer.concat(part.packed)
    const data = text === undefined ? stored : text.write(stored)
    for (let at = 0; at < data.length; at += wirePartOctets) {
      yield create(ExportZoneResponseSchema, { data: data.subarray(at, at + wirePartOctets) })
    }
  }
}

/** The newest version as it stands, an older one rebuilt. */
async function versionOf(database: ZoneDatabase, zone: string, version: bigint, partOctets: number) {
  const live = await database.getZone(zone)
  if (version === 0n || live?.header.state.version === version) {
    const { header } = knownZone(live, zone)
    return { header, reader: new VersionReader(database, { zone, state: header.state, partOctets }) }
  }
  const reader = await VersionWalk.open(database, zone, version, partOctets)
  const { header } = reader.plan
  if (header.state.deleted)
    throw notFound('zone', zone, `at version ${version} ${zone} was deleted; name a version that has content`)
  return { header, reader }
}

const encoder = new TextEncoder()

/** Writes a zone file in pieces: head and SOA with the first, then records alone. */
class TextWriter {
  readonly #origin: Name
  #soa: RR | undefined

  constructor(soa: RR) {
    this.#origin = soa.owner
    this.#soa = soa
  }

  write(packed: Uint8Array): Uint8Array {
    const rrs = unpackRRs(packed).map((stored) => decodeRR(stored))
    const soa = this.#soa
    this.#soa = undefined
    if (soa === undefined && rrs.length === 0) return new Uint8Array()
    const text = [...formatZone(soa ? [soa, ...rrs] : rrs, { origin: this.#origin })].join('')
    // `$ORIGIN` stands on the first line, and once in a file.
    return encoder.encode(soa ? text : text.slice(text.indexOf('\n') + 1))
  }
}

/** EdgeService.ExportZone: a zone as the edge has it, in pieces. */
import { create } from '@bufbuild/protobuf'
import {
  type EdgeZone,
  type ExportZoneResponse,
  ExportZoneResponseSchema,
} from '@zonecast/contract/generated/zonecast/edge/v1/edge_service_pb'
import { zoneKeyOf } from '@zonecast/dns'
import { notFound, unavailable, versionMoved } from '@zonecast/rpc'
import { sha256 } from '@zonecast/runtime'
import { equalStates, firstKey, nextRange, packedRRs, shardOf } from '@zonecast/zone'
import { StoreDamage, type StoredZone, type StoreView, type ZoneStore } from '@zonecast/zone-store'
import { readName } from './read-name.ts'

export interface ExportPorts {
  readonly edgeId: string
  readonly store: ZoneStore
  /** Whether the edge knows what publishers have. */
  readonly isLevel: () => boolean
  readonly describe: (stored: StoredZone) => EdgeZone
}

const pieceOctets = 512 * 1024

/** A fresh look at the zone for each piece, so that no read is long; the consumer's pace is that of the stream. */
export async function* exportZone(
  { edgeId, store, isLevel, describe }: ExportPorts,
  name: string,
): AsyncGenerator<ExportZoneResponse> {
  const apex = readName(name, 'zone')
  const zone = zoneKeyOf(apex)
  const { stored } = viewOf(store, zone)
  const { state, settings, soa } = stored.header
  const isOrphan = isLevel() && !isMentioned(store, apex, zone)
  yield create(ExportZoneResponseSchema, { zone: { edgeId, zone: describe(stored), settings, orphan: isOrphan }, data: soa })
  for (let key = firstKey(0); ;) {
    const view = viewOf(store, zone)
    if (!equalStates(view.stored.header.state, state)) {
      const metadata = { zone, version: String(view.stored.header.state.version) }
      throw versionMoved(metadata, `${zone} moved at ${edgeId} while it was read; try again`)
    }
    const { data, toKey } = pieceAt(view, key)
    yield create(ExportZoneResponseSchema, { data })
    if (toKey.length === 0) return
    key = toKey
  }
}

function viewOf(store: ZoneStore, zone: string): StoreView {
  const view = store.view(zone)
  if (view === undefined) throw notFound('zone', zone)
  return view
}

function pieceAt({ stored, pages: reader }: StoreView, key: Uint8Array): { data: Uint8Array; toKey: Uint8Array } {
  try {
    const { pages, toKey } = nextRange(reader, key, pieceOctets)
    return { data: Buffer.concat(pages.map(({ content }) => packedRRs(content))), toKey }
  } catch (error) {
    if (error instanceof StoreDamage) throw unavailable(1_000, `${stored.zone} is damaged here; ask another edge`)
    throw error
  }
}

/** True when a publisher has named the zone since its shard was last listed from the beginning. */
function isMentioned(store: ZoneStore, apex: Uint8Array, zone: string): boolean {
  return store.stamped(shardOf(apex, sha256), 0n, Number.MAX_SAFE_INTEGER).some((stamped) => stamped.zone === zone)
}

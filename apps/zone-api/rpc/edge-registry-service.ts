/** EdgeRegistryService: which edges there are, and how they are. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type Edge,
  EdgeSchema,
  type EdgeRegistryService,
  EdgeState,
  ListEdgesResponseSchema,
} from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import type { EdgeRecord, ZoneDatabase } from '../database/zone-database.ts'
import type { EdgeStatus } from '../progress/edge-board.ts'
import type { Progress } from '../progress/progress.ts'

const states = { expected: EdgeState.EXPECTED, draining: EdgeState.DRAINING, retired: EdgeState.RETIRED }

export function edgeRegistryService({
  database,
  progress,
}: {
  database: ZoneDatabase
  progress: Progress
}): ServiceImpl<typeof EdgeRegistryService> {
  return {
    async listEdges() {
      const newest = await database.newestPositions()
      const edges = await database.listEdges()
      return create(ListEdgesResponseSchema, {
        edges: edges.map((edge) => edgeToMessage(edge, progress.board.of(edge.edgeId), newest)),
      })
    },
  }
}

function edgeToMessage({ edgeId, state, placements }: EdgeRecord, status: EdgeStatus, newest: readonly bigint[]): Edge {
  const { connected, lastHeardAt, applied, transferring, quarantined } = status
  return create(EdgeSchema, {
    edgeId,
    state: states[state],
    connected,
    ...(lastHeardAt !== undefined && { lastHeardAt: timestampFromMs(lastHeardAt) }),
    shardsBehind: newest.filter((position, shard) => (applied.get(shard) ?? 0n) < position).length,
    placements: [...placements],
    transferring: [...transferring],
    quarantined: [...quarantined],
  })
}

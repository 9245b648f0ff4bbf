/** `zonectl edge list`: the edges that the zone API knows. */
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { type Edge, EdgeState } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { timeText } from '../output/json.ts'
import { table } from '../output/table.ts'
import { formatMs } from '../output/text.ts'
import type { Run } from '../run.ts'

export async function edgeList(run: Run): Promise<void> {
  const api = await run.api()
  const { edges } = await api.registry.listEdges({})
  if (edges.length === 0) run.talk('there are no edges: an edge comes with its credential')
  await run.emit(edges.map(edgeJson), () => (edges.length === 0 ? '' : edgeTable(edges)))
}

const states: Readonly<Record<EdgeState, string>> = {
  [EdgeState.UNSPECIFIED]: 'unknown',
  [EdgeState.EXPECTED]: 'expected',
  [EdgeState.DRAINING]: 'draining',
  [EdgeState.RETIRED]: 'retired',
}

export function edgeJson(edge: Edge) {
  const { edgeId, state, connected, lastHeardAt, shardsBehind, placements, transferring, quarantined } = edge
  const heard = timeText(lastHeardAt)
  return {
    edgeId,
    state: states[state] ?? 'unknown',
    connected,
    lastHeardAt: heard,
    shardsBehind,
    placements,
    transferring,
    quarantined,
  }
}

export function edgeTable(edges: readonly Edge[]): string {
  const titles = ['EDGE', 'STATE', 'CONNECTED', 'LAST HEARD', 'BEHIND', 'FETCHING', 'QUARANTINED', 'PLACEMENTS']
  return table(
    titles.map((title) => ({ title })),
    edges.map((edge) => {
      const { edgeId, state, connected, shardsBehind, placements, transferring, quarantined } = edgeJson(edge)
      const behind = shardsBehind === 0 ? '-' : `${shardsBehind} of 64 shards`
      const lists = [transferring, quarantined].map((zones) => (zones.length === 0 ? '-' : zones.join(' ')))
      return [edgeId, state, connected ? 'yes' : 'no', heardText(edge), behind, ...lists, placements.join(' ')]
    }),
  )
}

function heardText({ lastHeardAt }: Edge): string {
  return lastHeardAt ? `${formatMs(Math.max(0, Date.now() - timestampMs(lastHeardAt)))} ago` : 'never'
}

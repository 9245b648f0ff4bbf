/** EdgeRegistryService: which edges there are, how they are, and what operators want of them. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { required, stateFromMessage, stateToMessage } from '@zonecast/contract'
import {
  type Edge,
  EdgeSchema,
  type EdgeRegistryService,
  EdgeState,
  ListEdgesResponseSchema,
  OrderOutcome,
  type ReportOrderRequest,
  ReportOrderResponseSchema,
  type ResetZoneRequest,
  ResetZoneResponseSchema,
  type SetEdgeStateRequest,
  SetEdgeStateResponseSchema,
  type WatchOrdersResponse,
  WatchOrdersResponseSchema,
} from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { zoneKeyOf } from '@zonecast/dns'
import { notFound, preconditionFailed, principalOf, unavailable } from '@zonecast/rpc'
import type { ZoneState } from '@zonecast/zone'
import type { EdgeRecord, ZoneDatabase } from '../database/zone-database.ts'
import type { Orders, Outcome } from '../orders/orders.ts'
import type { EdgeStatus } from '../progress/edge-board.ts'
import type { Progress } from '../progress/progress.ts'
import { absoluteName } from './zone-messages.ts'

const states = { expected: EdgeState.EXPECTED, draining: EdgeState.DRAINING, retired: EdgeState.RETIRED }
const statesOf: Readonly<Record<number, EdgeRecord['state']>> = { 1: 'expected', 2: 'draining', 3: 'retired' }

interface Ports {
  readonly database: ZoneDatabase
  readonly progress: Progress
  readonly orders: Orders
}

export function edgeRegistryService(ports: Ports): ServiceImpl<typeof EdgeRegistryService> {
  const { database, progress, orders } = ports
  return {
    async listEdges() {
      const newest = await database.newestPositions()
      const edges = await database.listEdges()
      return create(ListEdgesResponseSchema, {
        edges: edges.map((edge) => edgeToMessage(edge, progress.board.of(edge.edgeId), newest)),
      })
    },
    setEdgeState: (request, context) => setEdgeState(ports, request, context),
    resetZone: (request, context) => resetZone(ports, request, context),
    watchOrders: (_, { signal }) => watchOrders(orders, signal),
    reportOrder(request) {
      orders.report(request.order, outcomeFrom(request))
      return create(ReportOrderResponseSchema)
    },
  }
}

async function setEdgeState({ database, progress }: Ports, request: SetEdgeStateRequest, context: HandlerContext) {
  const { edgeId, reason } = request
  const state = required(statesOf[request.state], 'SetEdgeStateRequest.state')
  const edge = await database.setEdgeState({ edgeId, state, principal: principalOf(context).name, reason })
  if (!edge) throw notFound('edge', edgeId)
  await progress.edgesMoved()
  const message = edgeToMessage(edge, progress.board.of(edgeId), await database.newestPositions())
  return create(SetEdgeStateResponseSchema, { edge: message })
}

async function resetZone({ database, orders, progress }: Ports, request: ResetZoneRequest, context: HandlerContext) {
  const { edgeId, force, reason } = request
  const zone = zoneKeyOf(absoluteName(request.zone, 'zone'))
  const edge = (await database.listEdges()).find((one) => one.edgeId === edgeId)
  if (!edge) throw notFound('edge', edgeId)
  if (edge.state === 'retired') throw notFound('edge', edgeId, `edge ${edgeId} is retired; expect it first, and it is reset then`)
  const head = await database.headOf(zone)
  // Absence removes nothing, at an edge neither.
  if (!head) throw notFound('zone', zone)
  const status = progress.board.of(edgeId)
  // Where no publisher is there, nothing is known of any edge.
  if (orders.isWatched && !status.connected) throw away(edgeId, status)
  const { shard, state, placement } = head
  const outcome = await orders.give({ edgeId, zone, shard, state, placement, force }, context.signal)
  const { had, has } = outcome
  if (outcome.outcome === 'fine') throw sound(edgeId, zone, had)
  const line = { principal: principalOf(context).name, method: 'ResetZone', edgeId, zone, reason }
  const after = outcome.outcome === 'done' ? placeText(has) : `failed: ${outcome.detail}`
  await database.noteEdge({ ...line, before: placeText(had), after })
  if (outcome.outcome === 'failed') throw unavailable(1_000, `${zone} at ${edgeId} is as it was: ${outcome.detail}`)
  return create(ResetZoneResponseSchema, {
    ...(had && { had: stateToMessage(had) }),
    ...(has && { has: stateToMessage(has) }),
  })
}

function away(edgeId: string, { lastHeardAt }: EdgeStatus) {
  const heard =
    lastHeardAt === undefined ? 'not heard since the zone API started' : `last heard ${new Date(lastHeardAt).toISOString()}`
  return unavailable(1_000, `edge ${edgeId} is connected to no publisher (${heard}); what it serves is unchanged`)
}

function sound(edgeId: string, zone: string, had: ZoneState | undefined) {
  const message = `${edgeId} holds ${zone} at ${placeText(had)}, which is not later than what was committed; force fetches it anew`
  return preconditionFailed([{ field: 'zone', subject: zone, reason: 'FENCE_SOUND', message }])
}

function placeText(state: ZoneState | undefined): string {
  return state === undefined ? 'nothing' : `version ${state.version} of generation ${state.generation}`
}

async function* watchOrders(orders: Orders, signal: AbortSignal): AsyncGenerator<WatchOrdersResponse, void, undefined> {
  yield create(WatchOrdersResponseSchema)
  for await (const { state, ...order } of orders.watch(signal)) {
    yield create(WatchOrdersResponseSchema, { ...order, state: stateToMessage(state) })
  }
}

function outcomeFrom({ outcome, had, has, detail }: ReportOrderRequest): Outcome {
  const known = outcome === OrderOutcome.DONE ? 'done' : outcome === OrderOutcome.FINE ? 'fine' : 'failed'
  return { outcome: known, had: had && stateFromMessage(had), has: has && stateFromMessage(has), detail }
}

export function edgeToMessage({ edgeId, state, placements }: EdgeRecord, status: EdgeStatus, newest: readonly bigint[]): Edge {
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

/** ChangeService: how far a change has come. */
import { create } from '@bufbuild/protobuf'
import { type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import {
  type ChangeRecord as ChangeMessage,
  ChangeRecordSchema,
  type ChangeService,
  ChangeStage,
  type EdgeProgress as EdgeProgressMessage,
  type EdgeProgressOfChange,
  EdgeProgressOfChangeSchema,
  GetChangeResponseSchema,
  GetTraceResponseSchema,
  ReportProgressResponseSchema,
  type ReportProgressRequest,
  type WatchChangeResponse,
  WatchChangeResponseSchema,
  ZoneProgressKind,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { notFound, principalOf } from '@zonecast/rpc'
import type { Clock } from '@zonecast/runtime'
import type { ProgressReport, ReportedEdge } from '@zonecast/sync'
import { readerOf } from '../access/zone-access.ts'
import type { ChangeRecord } from '../database/zone-database.ts'
import { type EdgeAtChange, lowest, type Stage } from '../progress/edge-at-change.ts'
import type { Progress } from '../progress/progress.ts'
import type { Traces } from '../progress/traces.ts'
import { stepsFromMessage, stepsToMessage } from './step-messages.ts'
import { effectToMessage } from './zone-messages.ts'

/** An edge that falls silent is told of within this time. */
const tickMs = 1_000

interface Ports {
  readonly progress: Progress
  readonly clock: Clock
  readonly traces: Traces
}

export function changeService(ports: Ports): ServiceImpl<typeof ChangeService> {
  return {
    async getChange({ changeId }, context) {
      const { watch, change } = await watchOf(ports, changeId, context)
      watch.close()
      const edges = watch.edges()
      return create(GetChangeResponseSchema, {
        change: changeToMessage(change()),
        edges: edges.map(edgeToMessage),
        stage: stageOf(lowest(edges.map(({ stage }) => stage))),
      })
    },
    getTrace: ({ changeId }, context) => getTrace(ports, changeId, context),
    watchChange: ({ changeId }, context) => watchChange(ports, changeId, context),
    reportProgress: (requests, context) => reportProgress(ports, requests, context),
  }
}

async function getTrace(ports: Ports, changeId: string, context: HandlerContext) {
  const { watch, change } = await watchOf(ports, changeId, context)
  watch.close()
  const { effects } = change()
  const traceparents = effects.map(({ zone, state }) => ports.traces.traceparentOf({ zone, ...state }))
  return create(GetTraceResponseSchema, {
    change: changeToMessage(change()),
    traceId: traceparents.find((traceparent) => traceparent !== '')?.slice(3, 35) ?? '',
    steps: effects.flatMap(({ zone, state }) => ports.traces.of(zone, state)).map(stepsToMessage),
  })
}

/** A watch, and what the caller may see of its change: the zones it may read. Of a change of others alone there is nothing. */
async function watchOf({ progress }: Ports, changeId: string, context: HandlerContext) {
  const reads = readerOf(context, 'change.read')
  const watch = await progress.watch(changeId)
  const change = () => readable(watch!.change, reads)
  if (watch && (!reads || change().effects.length > 0)) return { watch, change }
  watch?.close()
  throw notFound('change', changeId)
}

function readable(change: ChangeRecord, reads: ((zone: string) => boolean) | undefined): ChangeRecord {
  return reads ? { ...change, effects: change.effects.filter(({ zone }) => reads(zone)) } : change
}

/** Everything first, then what moves, until every expected edge answers. */
async function* watchChange(
  ports: Ports,
  changeId: string,
  context: HandlerContext,
): AsyncGenerator<WatchChangeResponse, void, undefined> {
  const { signal } = context
  const { watch, change } = await watchOf(ports, changeId, context)
  const close = () => watch.close()
  signal.addEventListener('abort', close)
  try {
    const known = new Map<string, string>()
    let told: ChangeRecord | undefined
    for (;;) {
      const isFirst = told?.expectedEdges.join() !== watch.change.expectedEdges.join()
      if (isFirst) known.clear()
      told = watch.change
      const edges = watch.edges()
      const moved = edges.filter((edge) => hasMoved(known, edge))
      const done = edges.every(({ stage }) => stage === 'answered')
      if (isFirst || done || moved.length > 0) {
        yield create(WatchChangeResponseSchema, {
          ...(isFirst && { change: changeToMessage(change()) }),
          edges: moved.map(edgeToMessage),
          stage: stageOf(lowest(edges.map(({ stage }) => stage))),
          done,
        })
      }
      if (done) return
      const isLate = edges.some(({ late }) => late)
      const look = () => {
        if (isLate) void watch.refresh()
        watch.wake()
      }
      const timer = ports.clock.schedule(tickMs, look)
      await watch.wait()
      timer.cancel()
      if (watch.closed) return
    }
  } finally {
    signal.removeEventListener('abort', close)
    watch.close()
  }
}

/** Remembers what was said of an edge last. */
function hasMoved(known: Map<string, string>, edge: EdgeAtChange): boolean {
  // That it was heard once more moves nothing.
  const said = JSON.stringify(Object.values({ ...edge, lastHeardAt: undefined }).map(String))
  if (known.get(edge.edgeId) === said) return false
  known.set(edge.edgeId, said)
  return true
}

async function reportProgress(
  { progress, traces }: Ports,
  requests: AsyncIterable<ReportProgressRequest>,
  context: HandlerContext,
) {
  let stream: ReturnType<Progress['openReport']> | undefined
  try {
    for await (const request of requests) {
      stream ??= progress.openReport(request.publisherId || principalOf(context).name)
      stream.take(reportFrom(request))
      for (const steps of request.steps) traces.take(stepsFromMessage(steps))
    }
  } finally {
    stream?.close()
  }
  return create(ReportProgressResponseSchema)
}

function reportFrom({ logId, full, edges }: ReportProgressRequest): ProgressReport {
  return { logId: logId.length > 0 ? logId : undefined, full, edges: edges.map(edgeFrom) }
}

const zoneKinds = {
  [ZoneProgressKind.PUBLISHED]: 'published',
  [ZoneProgressKind.APPLIED]: 'applied',
  [ZoneProgressKind.ANSWERED]: 'answered',
  [ZoneProgressKind.TRANSFERRING]: 'transferring',
  [ZoneProgressKind.QUARANTINED]: 'quarantined',
  [ZoneProgressKind.LEFT]: 'left',
  [ZoneProgressKind.RESET]: 'reset',
} as const

function edgeFrom({ edgeId, connected, lastHeardAt, placements, shards, zones }: EdgeProgressMessage): ReportedEdge {
  return {
    edgeId,
    connected,
    lastHeardAt: msOf(lastHeardAt),
    placements,
    shards: shards.map(({ shard, appliedPosition: applied, answeredPosition: answered }) => ({ shard, applied, answered })),
    zones: zones.flatMap(({ zone, generation, version, kind, at, reason }) => {
      const known = zoneKinds[kind as keyof typeof zoneKinds]
      return known ? [{ zone, generation, version, kind: known, at: msOf(at), reason }] : []
    }),
  }
}

function msOf(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time)
}

function changeToMessage({ changeId, effects, committedAtMs, principal, reason, expectedEdges }: ChangeRecord): ChangeMessage {
  return create(ChangeRecordSchema, {
    changeId,
    effects: effects.map(effectToMessage),
    committedAt: timestampFromMs(committedAtMs),
    principal,
    reason,
    expectedEdges: [...expectedEdges],
  })
}

function edgeToMessage(edge: EdgeAtChange): EdgeProgressOfChange {
  const { edgeId, stage, publishedAt, appliedAt, answeredAt, mergedIntoVersion, late, disconnected, refusal } = edge
  const { awaitedStep, awaitedReason, lastHeardAt } = edge
  return create(EdgeProgressOfChangeSchema, {
    edgeId,
    stage: stageOf(stage),
    ...(publishedAt !== undefined && { publishedAt: timestampFromMs(publishedAt) }),
    ...(appliedAt !== undefined && { appliedAt: timestampFromMs(appliedAt) }),
    ...(answeredAt !== undefined && { answeredAt: timestampFromMs(answeredAt) }),
    mergedIntoVersion,
    late,
    disconnected,
    refusal,
    awaitedStep,
    awaitedReason,
    ...(lastHeardAt !== undefined && { lastHeardAt: timestampFromMs(lastHeardAt) }),
  })
}

const changeStages = {
  committed: ChangeStage.COMMITTED,
  published: ChangeStage.PUBLISHED,
  applied: ChangeStage.APPLIED,
  answered: ChangeStage.ANSWERED,
} as const

function stageOf(stage: Stage): ChangeStage {
  return changeStages[stage]
}

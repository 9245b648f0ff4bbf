/** SystemService: how the zone API is, and what it needs. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import {
  type DatabaseStatus,
  DatabaseStatusSchema,
  type EdgesStatus,
  EdgesStatusSchema,
  type EventsStatus,
  EventsStatusSchema,
  EventTransport,
  GetStatusResponseSchema,
  type SystemService,
} from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { type Clock, pause } from '@zonecast/runtime'
import type { SchemaState } from '../database/schema-state.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import type { Lineage } from '../lineage/lineage.ts'
import program from '../package.json' with { type: 'json' }
import type { Progress } from '../progress/progress.ts'
import type { Relay } from '../relay/relay.ts'
import { edgeToMessage } from './edge-registry-service.ts'
import { lineageToMessage } from './lineage-service.ts'

/** A database that does not answer within this time is away. */
const longestMs = 2_000

interface Ports {
  readonly database: ZoneDatabase
  readonly engine: SchemaState['engine']
  readonly schema: () => Promise<SchemaState>
  readonly lineage: Lineage
  readonly progress: Progress
  /** Where events go over Kafka; undefined while nothing may be sent. */
  readonly relay?: () => Relay | undefined
  readonly clock: Clock
}

export function systemService(ports: Ports): ServiceImpl<typeof SystemService> {
  const { database, lineage, clock } = ports
  const startedAt = timestampFromMs(clock.now())
  let awaySinceMs: number | undefined
  database.onServing((serving) => {
    awaySinceMs = serving ? undefined : (awaySinceMs ?? clock.now())
  })
  return {
    async getStatus() {
      const edges = await answered(edgesStatus(ports), clock)
      return create(GetStatusResponseSchema, {
        version: program.version,
        startedAt,
        database: await databaseStatus(ports, edges !== undefined, awaySinceMs),
        lineage: lineageToMessage(lineage.state, database.logId),
        events: await eventsStatus(ports),
        ...(edges && { edges }),
      })
    },
  }
}

async function edgesStatus({ database, progress }: Ports): Promise<EdgesStatus> {
  const [newest, edges] = await Promise.all([database.newestPositions(), database.listEdges()])
  const expected = edges
    .filter(({ state }) => state === 'expected')
    .map((edge) => edgeToMessage(edge, progress.board.of(edge.edgeId), newest))
  return create(EdgesStatusSchema, {
    expected: expected.length,
    connected: expected.filter(({ connected }) => connected).length,
    late: expected.filter(({ connected, shardsBehind }) => !connected || shardsBehind > 0),
  })
}

async function databaseStatus(
  { engine, schema, clock }: Ports,
  reachable: boolean,
  awaySinceMs: number | undefined,
): Promise<DatabaseStatus> {
  const found = reachable ? await answered(schema(), clock) : undefined
  return create(DatabaseStatusSchema, {
    engine,
    reachable,
    ...(!reachable && awaySinceMs !== undefined && { awaySince: timestampFromMs(awaySinceMs) }),
    migration: found?.applied.at(-1) ?? '',
    unknownMigrations: [...(found?.unknown ?? [])],
  })
}

async function eventsStatus({ relay: relayOf, clock, lineage }: Ports): Promise<EventsStatus> {
  if (!relayOf) return create(EventsStatusSchema, { transport: EventTransport.EMBEDDED, reachable: lineage.isSound })
  const relay = relayOf()
  const oldestMs = relay && (await answered(relay.oldestUnsentMs(), clock))
  return create(EventsStatusSchema, {
    transport: EventTransport.KAFKA,
    reachable: relay?.connected ?? false,
    ...(relay?.awaySinceMs !== undefined && { awaySince: timestampFromMs(relay.awaySinceMs) }),
    relayedByOther: relay?.isDoneByOthers ?? false,
    backlog: BigInt(relay?.behind ?? 0),
    ...(oldestMs !== undefined && { oldestUnsentAt: timestampFromMs(oldestMs) }),
  })
}

/** What came in time; undefined where it failed, or did not come. */
async function answered<Value>(asked: Promise<Value>, clock: Clock): Promise<Value | undefined> {
  const stop = new AbortController()
  try {
    return await Promise.race([asked, pause(clock, longestMs, stop.signal).then(() => undefined)])
  } catch {
    return undefined
  } finally {
    stop.abort()
  }
}

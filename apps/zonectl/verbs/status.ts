/** `zonectl status`: how the zone API is, and what it needs. */
import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt'
import {
  type DatabaseStatus,
  type EdgesStatus,
  type EventsStatus,
  EventTransport,
  type GetStatusResponse,
} from '@zonecast/contract/generated/zonecast/system/v1/system_service_pb'
import { type GetLineageResponse, LineageState } from '@zonecast/contract/generated/zonecast/zone/v1/lineage_service_pb'
import { EXIT } from '../failure.ts'
import { timeText } from '../output/json.ts'
import { fields } from '../output/table.ts'
import { count, formatMs } from '../output/text.ts'
import type { Run } from '../run.ts'
import { edgeJson } from './edge-list.ts'

export async function status(run: Run): Promise<void> {
  const api = await run.api()
  const found = await api.system.getStatus({})
  await run.emit(statusJson(found), () => statusTable(found))
  const missing = missingOf(found)
  if (missing.length === 0) return
  run.io.stderr.write(`zonectl: the system is not whole: ${missing.join('; ')}\n`)
  run.endWith(EXIT.unavailable)
}

/** What the system should have and has not; an edge that is behind and connected is on its way. */
function missingOf({ database, lineage, events, edges }: GetStatusResponse): string[] {
  const gone = edges?.late.filter(({ connected }) => !connected).map(({ edgeId }) => edgeId) ?? []
  const isSound = lineage === undefined || lineage.state === LineageState.SOUND
  return [
    ...(database?.reachable === false ? ['the database is away'] : []),
    ...(isSound ? [] : ['the lineage is not sound']),
    // While it is not sound, nothing is sent, whatever could be reached.
    ...(isSound && events?.reachable === false ? ['events do not go out'] : []),
    ...(gone.length > 0 ? [`not connected: ${gone.join(', ')}`] : []),
  ]
}

const lineages: Readonly<Record<LineageState, string>> = {
  [LineageState.UNSPECIFIED]: 'unknown',
  [LineageState.SOUND]: 'sound',
  [LineageState.RESTORED]: 'restored',
  [LineageState.REGRESSED]: 'regressed',
}

const transports: Readonly<Record<EventTransport, string>> = {
  [EventTransport.UNSPECIFIED]: 'unknown',
  [EventTransport.EMBEDDED]: 'embedded',
  [EventTransport.KAFKA]: 'kafka',
}

function statusJson({ version, startedAt, database, lineage, events, edges }: GetStatusResponse) {
  return {
    version,
    startedAt: timeText(startedAt),
    database: database && {
      engine: database.engine,
      reachable: database.reachable,
      awaySince: timeText(database.awaySince),
      migration: database.migration || null,
      unknownMigrations: database.unknownMigrations,
    },
    lineage: lineage && {
      state: lineages[lineage.state] ?? 'unknown',
      since: timeText(lineage.since),
      detail: lineage.detail,
      logId: hex(lineage.logId),
    },
    events: events && {
      transport: transports[events.transport] ?? 'unknown',
      reachable: events.reachable,
      awaySince: timeText(events.awaySince),
      relayedByOther: events.relayedByOther,
      backlog: Number(events.backlog),
      oldestUnsentAt: timeText(events.oldestUnsentAt),
    },
    edges: edges ? { expected: edges.expected, connected: edges.connected, late: edges.late.map(edgeJson) } : null,
  }
}

function statusTable({ version, startedAt, database, lineage, events, edges }: GetStatusResponse): string {
  return fields({
    'zone API': `${version}, started ${ago(startedAt)}`,
    database: database && databaseText(database),
    lineage: lineage && lineageText(lineage),
    events: events && eventsText(events),
    edges: edges ? edgesText(edges) : 'unknown while the database is away',
  })
}

function databaseText({ engine, reachable, awaySince, migration, unknownMigrations }: DatabaseStatus): string {
  if (!reachable) return `${engine}, away${awaySince ? ` since ${timeText(awaySince)}` : ''}`
  const unknown = unknownMigrations.length > 0 ? `; of a newer version: ${unknownMigrations.join(', ')}` : ''
  return `${engine}, schema at ${migration}${unknown}`
}

function lineageText({ state, since, detail, logId }: GetLineageResponse): string {
  const log = `log ${hex(logId)}`
  if (state === LineageState.SOUND) return `sound, ${log}`
  return `${lineages[state] ?? 'unknown'} since ${timeText(since)} (${detail}): nothing is changed until "zonectl db adopt"; ${log}`
}

function eventsText({ transport, reachable, awaySince, relayedByOther, backlog, oldestUnsentAt }: EventsStatus): string {
  const oldest = oldestUnsentAt ? `, the oldest for ${lasting(oldestUnsentAt)}` : ''
  const waiting = backlog > 0n ? `; ${count(backlog, 'position')} ${backlog === 1n ? 'waits' : 'wait'}${oldest}` : ''
  if (transport !== EventTransport.KAFKA) return reachable ? 'by the zone API itself' : 'withheld until the lineage is sound'
  if (!reachable) return `Kafka, away${awaySince ? ` since ${timeText(awaySince)}` : ''}${waiting}`
  return `Kafka, reached${relayedByOther ? ' by another zone API' : ''}${waiting}`
}

function edgesText({ expected, connected, late }: EdgesStatus): string {
  const names = late.map(({ edgeId, connected: isConnected, lastHeardAt }) => {
    if (isConnected) return `${edgeId} (behind)`
    return `${edgeId} (not connected, ${lastHeardAt ? `last heard ${ago(lastHeardAt)}` : 'never heard'})`
  })
  return `${expected} expected, ${connected} connected${names.length > 0 ? `, late: ${names.join(', ')}` : ''}`
}

function ago(time: Timestamp | undefined): string {
  return time ? `${lasting(time)} ago` : 'at an unknown time'
}

function lasting(time: Timestamp): string {
  return formatMs(Math.max(0, Date.now() - timestampMs(time)))
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

/** HistoryService: versions, what lies between them, and old content brought back. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { stateToMessage } from '@zonecast/contract'
import {
  type HistoryService,
  type ListVersionsRequest,
  ListVersionsResponseSchema,
  type PurgeHistoryRequest,
  PurgeHistoryResponseSchema,
  type RestoreVersionRequest,
  RestoreVersionRequestSchema,
  RestoreVersionResponseSchema,
  type UndeleteZoneRequest,
  UndeleteZoneRequestSchema,
  UndeleteZoneResponseSchema,
  type ZoneVersion,
  ZoneVersionSchema,
} from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import { foldName, type Violation, zoneKeyOf } from '@zonecast/dns'
import { alreadyExists, preconditionFailed, principalOf, requirePermission } from '@zonecast/rpc'
import { demandPlace, madeWithin, tellPlaced } from '../access/zone-access.ts'
import { decodeSettings } from '../database/settings.ts'
import type { Purged, VersionRecord } from '../database/history-port.ts'
import type { CommitOutcome, ZoneDatabase } from '../database/zone-database.ts'
import { type RestorePorts, restoreVersion, undeleteZone } from '../history/restore.ts'
import { headerAt } from '../history/version-plan.ts'
import { diffMessages } from './diff-messages.ts'
import { numberOfToken, tokenOfNumber } from './number-token.ts'
import { plannedRRs } from './planned-rrs.ts'
import { ownerOf } from './record-service.ts'
import { writeContext } from './write-context.ts'
import { absoluteName, effectToMessage, knownZone, warningToMessage } from './zone-messages.ts'

const defaultPageSize = 100
const mostWarnings = 100

export function historyService(ports: RestorePorts): ServiceImpl<typeof HistoryService> {
  const { database } = ports
  return {
    listVersions: (request, context) => listVersions(database, request, context),
    diffVersions: (request, context) => diffMessages(database, request, context),
    restoreVersion: (request, context) => restore(ports, request, context),
    undeleteZone: (request, context) => undelete(ports, request, context),
    purgeHistory: (request, context) => purge(database, request, context),
  }
}

async function listVersions(database: ZoneDatabase, request: ListVersionsRequest, context: HandlerContext) {
  const { zone: text, name, pageSize, pageToken } = request
  const apex = absoluteName(text, 'zone')
  requirePermission(context, 'history.read', { zone: apex })
  const { versions, next } = await database.listVersions({
    zone: zoneKeyOf(apex),
    ...(name && { owner: foldName(ownerOf(name, apex)) }),
    ...(pageToken && { before: numberOfToken(pageToken) }),
    limit: pageSize || defaultPageSize,
  })
  const nextPageToken = next === undefined ? '' : tokenOfNumber(next)
  return create(ListVersionsResponseSchema, { versions: versions.map(versionToMessage), nextPageToken })
}

function versionToMessage({ state, committedAtMs, added, removed, rrCount, rrsetCount, ...rest }: VersionRecord): ZoneVersion {
  return create(ZoneVersionSchema, {
    ...rest,
    state: stateToMessage(state),
    committedAt: timestampFromMs(committedAtMs),
    added: BigInt(added),
    removed: BigInt(removed),
    rrCount: BigInt(rrCount),
    rrsetCount: BigInt(rrsetCount),
  })
}

async function restore(ports: RestorePorts, request: RestoreVersionRequest, context: HandlerContext) {
  const { database } = ports
  const { version, expectedVersion, dryRun, force } = request
  const apex = absoluteName(request.zone, 'zone')
  requirePermission(context, 'zone.restore', { zone: apex })
  if (force) requirePermission(context, 'zone.force', { zone: apex })
  const zone = zoneKeyOf(apex)
  const reason = request.reason || `restore of version ${version}`
  const write = { ...writeContext(RestoreVersionRequestSchema, request, context), reason }
  const done = await database.recall({ method: 'RestoreVersion', context: write })
  if (done) return create(RestoreVersionResponseSchema, answerOf(done))
  const live = knownZone(await database.getZone(zone), zone)
  const { state } = await headerAt(database, zone, version)
  if (state.deleted) throw preconditionFailed([isTombstone(zone, version)])
  const outcome = await restoreVersion(ports, live, { zone, version, expectedVersion, dryRun, force, context: write })
  return create(RestoreVersionResponseSchema, { ...answerOf(outcome), plan: outcome.plan ? plannedRRs([outcome.plan]) : [] })
}

async function undelete(ports: RestorePorts, request: UndeleteZoneRequest, context: HandlerContext) {
  const { database } = ports
  const apex = absoluteName(request.zone, 'zone')
  requirePermission(context, 'zone.restore', { zone: apex })
  const zone = zoneKeyOf(apex)
  const write = writeContext(UndeleteZoneRequestSchema, request, context)
  const done = await database.recall({ method: 'UndeleteZone', context: write })
  if (done) return create(UndeleteZoneResponseSchema, answerOf(done))
  if (await database.getZone(zone))
    throw alreadyExists('zone', zone, `${zone} is not deleted; RestoreVersion brings old content back`)
  // Others may have made zones above or below it meanwhile.
  await demandPlace(database, context, apex)
  const newest = await database.versionAt({ zone })
  const version = request.version || (newest?.state.version ?? 1n) - 1n
  const { state, settings: octets } = await headerAt(database, zone, version)
  if (state.deleted) throw preconditionFailed([isTombstone(zone, version)])
  const settings = decodeSettings(octets)
  const reason = request.reason || `undelete of version ${version}`
  const asked = { zone, version, settings, dryRun: request.dryRun, context: { ...write, reason }, ...madeWithin(context) }
  const outcome = await undeleteZone(ports, asked).catch((error: unknown) => {
    tellPlaced(context, apex, error)
    throw error
  })
  return create(UndeleteZoneResponseSchema, answerOf(outcome))
}

/** Slice by slice, so that changes go on meanwhile. */
async function purge(database: ZoneDatabase, { zone: text, name, reason }: PurgeHistoryRequest, context: HandlerContext) {
  const apex = absoluteName(text, 'zone')
  requirePermission(context, 'history.purge', { zone: apex })
  const owner = name === '' ? {} : { owner: foldName(ownerOf(name, apex)) }
  const query = { zone: zoneKeyOf(apex), ...owner, principal: principalOf(context).name, reason }
  const sums = { versions: 0n, contents: 0n, auditLines: 0n }
  for (let next: { before?: bigint } | undefined = {}; next;) {
    const purged: Purged = await database.purgeHistory({ ...query, ...next })
    sums.versions += BigInt(purged.versions)
    sums.contents += BigInt(purged.contents)
    sums.auditLines += BigInt(purged.auditLines)
    next = purged.next === undefined ? undefined : { before: purged.next }
  }
  return create(PurgeHistoryResponseSchema, sums)
}

function answerOf({ changeId, effect, warnings }: CommitOutcome) {
  return { changeId, effect: effectToMessage(effect), warnings: warnings.slice(0, mostWarnings).map(warningToMessage) }
}

function isTombstone(zone: string, version: bigint): Violation {
  const message = `at version ${version} ${zone} was deleted; name a version that has content`
  return { field: 'version', subject: zone, reason: 'ZONE_UNKNOWN', message }
}

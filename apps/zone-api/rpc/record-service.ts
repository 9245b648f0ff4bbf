/** RecordService: reading and editing RRsets. */
import { create } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { stateToMessage } from '@zonecast/contract'
import { NoteSchema, type RRset, RRsetSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import {
  type ApplyChangesRequest,
  ApplyChangesRequestSchema,
  ApplyChangesResponseSchema,
  type GetRRsetRequest,
  GetRRsetResponseSchema,
  type ListRRsetsRequest,
  ListRRsetsResponseSchema,
  type RecordService,
} from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { formatName, formatRDATA, isAtOrBelow, type Name, NameError, typeFromText, typeToText, zoneKeyOf } from '@zonecast/dns'
import { invalidRequest, notFound, requirePermission } from '@zonecast/rpc'
import { type Metrics, wallMs } from '@zonecast/runtime'
import { outOfZone, violationOf } from '@zonecast/zone'
import type { StoredRRset, ZoneDatabase } from '../database/zone-database.ts'
import type { Traces } from '../progress/traces.ts'
import { applyChangeSets } from './apply-change-sets.ts'
import { demandChanges, ownerName, readChanges } from './change-ops.ts'
import { plannedRRs } from './planned-rrs.ts'
import { tagged } from './filters.ts'
import { cursorOfToken, tokenOfCursor } from './rrset-token.ts'
import { writeContext } from './write-context.ts'
import { absoluteName, effectToMessage, firstWarnings } from './zone-messages.ts'

const defaultPageSize = 100
/** Stored octets in one answer: in presentation format an octet takes at most four characters. */
const answerOctets = 128 << 10

interface Ports {
  readonly database: ZoneDatabase
  readonly metrics: Pick<Metrics, 'stepTimer'>
  readonly traces: Pick<Traces, 'own'>
}

export function recordService(ports: Ports): ServiceImpl<typeof RecordService> {
  const { database } = ports
  return {
    listRRsets: (request, context) => listRRsets(database, request, context),
    getRRset: (request, context) => getRRset(database, request, context),
    applyChanges: (request, context) => applyChanges(ports, request, context),
    applyChangeSets: (request, context) => applyChangeSets(ports, request, context),
  }
}

async function applyChanges({ database, metrics, traces }: Ports, request: ApplyChangesRequest, context: HandlerContext) {
  const edited = metrics.stepTimer('edit')
  const startMs = wallMs()
  const { precondition, dryRun, force } = request
  const apex = absoluteName(request.zone, 'zone')
  if (force) requirePermission(context, 'zone.force', { zone: apex })
  const read = readChanges(request, apex)
  demandChanges(context, apex, read)
  const changeSet = {
    ...writeContext(ApplyChangesRequestSchema, request, context),
    zone: zoneKeyOf(apex),
    ...read,
    expectedVersion: precondition?.version ?? 0n,
    expectedGeneration: precondition?.generation ?? 0n,
    dryRun,
    force,
  }
  edited()
  const editedMs = wallMs()
  const { changeId, effect, warnings, plan } = await database.applyChanges(changeSet)
  const { zone, state } = effect
  const { generation, version } = state
  const { traceparent } = changeSet
  if (changeId !== '') traces.own('edit', { zone, generation, version, traceparent }, startMs, editedMs)
  return create(ApplyChangesResponseSchema, {
    changeId,
    effects: [effectToMessage(effect)],
    warnings: firstWarnings(warnings),
    plan: plan ? plannedRRs([plan]) : [],
  })
}

async function listRRsets(database: ZoneDatabase, request: ListRRsetsRequest, context: HandlerContext) {
  const apex = absoluteName(request.zone, 'zone')
  requirePermission(context, 'record.read', { zone: apex })
  const { rrsets, next, state } = await database.listRRsets({
    zone: zoneKeyOf(apex),
    ...(request.name && { owner: ownerOf(request.name, apex) }),
    ...(request.type && { type: typeOf(request.type) }),
    ...tagged(request.tag),
    ...(request.pageToken && { after: cursorOfToken(request.pageToken) }),
    limit: request.pageSize || defaultPageSize,
    maxOctets: answerOctets,
  })
  return create(ListRRsetsResponseSchema, {
    rrsets: rrsets.map(rrsetToMessage),
    nextPageToken: next ? tokenOfCursor(next) : '',
    state: stateToMessage(state),
  })
}

async function getRRset(database: ZoneDatabase, request: GetRRsetRequest, context: HandlerContext) {
  const apex = absoluteName(request.zone, 'zone')
  requirePermission(context, 'record.read', { zone: apex })
  const owner = ownerOf(request.name, apex)
  const type = typeOf(request.type)
  const query = { zone: zoneKeyOf(apex), owner, type, limit: 1, maxOctets: answerOctets }
  const { rrsets, state } = await database.listRRsets(query)
  const [rrset] = rrsets
  if (!rrset) throw notFound('RRset', `${formatName(owner)} ${typeToText(type)}`)
  return create(GetRRsetResponseSchema, { rrset: rrsetToMessage(rrset), state: stateToMessage(state) })
}

export function rrsetToMessage({ owner, type, ttl, rdatas, note }: StoredRRset): RRset {
  const values = rdatas.map((rdata) => formatRDATA(type, rdata))
  return create(RRsetSchema, {
    name: formatName(owner),
    type: typeToText(type),
    ttl,
    values,
    ...(note && { note: create(NoteSchema, { comment: note.comment, tags: note.tags }) }),
  })
}

/** An owner name of the zone, as `field` of a request writes it. */
export function ownerOf(text: string, apex: Name, field = 'name'): Name {
  const owner = nameIn(text, apex, field)
  if (isAtOrBelow(owner, apex)) return owner
  throw invalidRequest([violationOf(field, outOfZone(owner, apex))])
}

function nameIn(text: string, apex: Name, field: string): Name {
  try {
    return ownerName(text, apex)
  } catch (error) {
    if (!(error instanceof NameError)) throw error
    throw invalidRequest([{ field, reason: 'NAME_INVALID', subject: text, message: error.message }])
  }
}

export function typeOf(text: string): number {
  const type = typeFromText(text)
  if (type !== undefined) return type
  const message = `${text} is no RR type; name one by its mnemonic, or by its number as TYPEnnn`
  throw invalidRequest([{ field: 'type', reason: 'TYPE_INVALID', subject: text, message }])
}

/** AuditService: who did what when, and who was not allowed to. */
import { create } from '@bufbuild/protobuf'
import { type Timestamp, timestampDate, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import {
  type AuditService,
  type ChangeDetail,
  ChangeDetailSchema,
  type Event,
  EventKind,
  EventSchema,
  type ListEventsRequest,
  ListEventsResponseSchema,
} from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import { type Violation, zoneKeyOf } from '@zonecast/dns'
import { invalidRequest, requirePermission } from '@zonecast/rpc'
import { readerOf } from '../access/zone-access.ts'
import type { DenialLog } from '../audit/denial-log.ts'
import type { AuditEvent, ChangeLine, EventPlace, EventQuery } from '../database/audit-port.ts'
import type { ZoneDatabase } from '../database/zone-database.ts'
import { strangeToken } from './page-token.ts'
import { absoluteName } from './zone-messages.ts'

const defaultPageSize = 100
/** Short reads that one answer takes at most: some ten thousand lines are looked through for those that fit. */
const mostReads = 64

interface Ports {
  readonly database: ZoneDatabase
  readonly denials: Pick<DenialLog, 'write'>
}

export function auditService(ports: Ports): ServiceImpl<typeof AuditService> {
  return { listEvents: (request, context) => listEvents(ports, request, context) }
}

/** Who may not read all of the log reads the lines of its zones. */
async function listEvents({ database, denials }: Ports, request: ListEventsRequest, context: HandlerContext) {
  const reads = readerOf(context, 'audit.read')
  if (request.zone !== '') requirePermission(context, 'audit.read', { zone: absoluteName(request.zone, 'zone') })
  // Whoever asks sees what was denied a moment ago.
  if (request.pageToken === '') await denials.write()
  const query = queryOf(request)
  const limit = request.pageSize || defaultPageSize
  const events: AuditEvent[] = []
  let place = request.pageToken === '' ? undefined : placeOfToken(request.pageToken)
  for (let turn = 0; turn < mostReads; turn++) {
    const page = await database.listEvents({ ...query, limit: limit - events.length, ...(place && { after: place }) })
    events.push(...(reads ? page.events.filter(({ zone }) => zone !== '' && reads(zone)) : page.events))
    place = page.next
    if (!place || events.length === limit) break
  }
  const room = { octets: detailOctets }
  const messages = events.map((event) => eventToMessage(event, room))
  return create(ListEventsResponseSchema, { events: messages, nextPageToken: place ? tokenOfPlace(place) : '' })
}

/** What details take in one answer, so that it fits a message. */
const detailOctets = 256 << 10

function queryOf({ zone, principal, method, kind, since, until }: ListEventsRequest): Omit<EventQuery, 'limit'> {
  if (since && until && timestampMs(since) >= timestampMs(until)) throw invalidRequest([endsTooEarly(since, until)])
  return {
    ...(zone && { zone: zoneKeyOf(absoluteName(zone, 'zone')) }),
    ...(principal && { principal }),
    ...(method && { method }),
    ...(kind === EventKind.CHANGE && { kind: 'change' }),
    ...(kind === EventKind.DENIAL && { kind: 'denial' }),
    ...(since && { sinceMs: timestampMs(since) }),
    ...(until && { untilMs: timestampMs(until) }),
  }
}

function endsTooEarly(since: Timestamp, until: Timestamp): Violation {
  const [from, to] = [since, until].map((at) => timestampDate(at).toISOString())
  const message = `until (${to}) has to be later than since (${from}): nothing lies between them`
  return { field: 'until', reason: 'TIME_SPAN_EMPTY', subject: 'until', message }
}

function eventToMessage(event: AuditEvent, room: { octets: number }): Event {
  const { atMs, principal, method } = event
  return create(EventSchema, { at: timestampFromMs(atMs), principal, method, what: whatOf(event, room) })
}

function whatOf(event: AuditEvent, room: { octets: number }) {
  if (event.kind === 'denial') {
    const { reason, fault, permission, zone, rrset, count, lastAtMs } = event
    const value = { reason, fault, permission, zone, rrset, count: BigInt(count), lastAt: timestampFromMs(lastAtMs) }
    return { case: 'denial' as const, value }
  }
  if (event.kind === 'edge') {
    const { edgeId, zone, before, after, reason } = event
    return { case: 'edge' as const, value: { edgeId, zone, before, after, reason } }
  }
  const { zone, changeId, reason, rrsBefore, rrsAfter, version, generation } = event
  const counts = { rrsBefore: BigInt(rrsBefore), rrsAfter: BigInt(rrsAfter) }
  const made = { version: BigInt(version), generation: BigInt(generation) }
  return { case: 'change' as const, value: { zone, changeId, reason, ...counts, ...made, details: detailsOf(event, room) } }
}

function detailsOf({ details }: ChangeLine, room: { octets: number }): ChangeDetail[] {
  return details
    .filter(({ subject, before, after }) => {
      // A character takes at most three octets.
      room.octets -= 3 * (subject.length + before.length + after.length)
      return room.octets >= 0
    })
    .map((detail) => create(ChangeDetailSchema, detail))
}

function tokenOfPlace({ change, lineAt, line, denial }: EventPlace): string {
  return Buffer.from([change, lineAt, line, denial].join(' ')).toString('base64url')
}

function placeOfToken(token: string): EventPlace {
  const text = Buffer.from(token, 'base64url').toString('latin1')
  const [change, lineAt, line, denial] = text.split(' ').map(Number)
  if (/^-?\d{1,16}( -?\d{1,16}){3}$/.test(text)) return { change: change!, lineAt: lineAt!, line: line!, denial: denial! }
  throw strangeToken()
}

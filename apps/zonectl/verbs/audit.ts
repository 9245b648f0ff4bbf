/** `zonectl audit`: the audit log, the newest first, page by page. */
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { type Event, EventKind } from '@zonecast/contract/generated/zonecast/audit/v1/audit_service_pb'
import type { Api } from '../api.ts'
import type { AuditFlags } from '../commands/audit.ts'
import { zoneName } from '../names.ts'
import { timeText } from '../output/json.ts'
import { TableWriter } from '../output/table.ts'
import { groupDigits } from '../output/text.ts'
import { collect, pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'

const pageSize = 500
const defaultLimit = 100

export async function audit(run: Run, _: string[], flags: AuditFlags): Promise<void> {
  const pages = eventPages(await run.api(), flags)
  if (run.format !== 'table') return run.emit((await collect(pages)).map(eventJson), () => '')
  const writer = new TableWriter([{ title: 'TIME' }, { title: 'BY' }, { title: 'METHOD' }, { title: 'ZONE' }, { title: 'WHAT' }])
  let isEmpty = true
  for await (const events of pages) {
    if (events.length === 0) continue
    isEmpty = false
    await run.print(writer.write(events.map((event) => rowOf(eventJson(event)))))
  }
  if (isEmpty) run.talk('no such events')
}

function eventJson({ at, principal, method, what }: Event) {
  const common = { at: timeText(at), principal, method }
  if (what.case === 'denial') {
    const { reason, fault, permission, zone, rrset, count, lastAt } = what.value
    const wanted = { reason, fault, permission, zone, rrset }
    return { kind: 'denial' as const, ...common, ...wanted, count: Number(count), lastAt: timeText(lastAt) }
  }
  if (what.case === 'edge') {
    const { edgeId, zone, before, after, reason } = what.value
    return { kind: 'edge' as const, ...common, edgeId, zone, before, after, reason }
  }
  const {
    zone = '',
    changeId = '',
    reason = '',
    rrsBefore = 0n,
    rrsAfter = 0n,
    version = 0n,
    generation = 0n,
    details: found = [],
  } = what.value ?? {}
  const details = found.map(({ subject, before, after }) => ({ subject, before: valueOf(before), after: valueOf(after) }))
  const counts = { rrsBefore: Number(rrsBefore), rrsAfter: Number(rrsAfter) }
  const made = version === 0n ? { version: null, generation: null } : { version: Number(version), generation: Number(generation) }
  return { kind: 'change' as const, ...common, zone, changeId: changeId || null, reason, ...counts, ...made, details }
}

/** `null` where there was nothing. */
function valueOf(json: string): unknown {
  return json === '' ? null : (JSON.parse(json) as unknown)
}

function rowOf(event: ReturnType<typeof eventJson>): string[] {
  const common = [event.at ?? '', event.principal || '?', event.method]
  if (event.kind === 'denial') {
    const needs = event.rrset === '' ? event.permission : `${event.permission} for ${event.rrset}`
    const what = event.permission === '' ? `denied: ${event.fault || 'no credential in force'}` : `denied: needs ${needs}`
    return [...common, event.zone, event.count === 1 ? what : `${what} (${groupDigits(event.count)} times)`]
  }
  if (event.kind === 'edge') {
    const what = `${event.edgeId}: ${event.before} to ${event.after}`
    return [...common, event.zone, event.reason === '' ? what : `${what}: ${event.reason}`]
  }
  const { zone, version, rrsBefore, rrsAfter, reason, details } = event
  const made = version === null ? '' : `version ${version}, `
  const records = zone === '' ? '' : `${made}${groupDigits(rrsBefore)} to ${groupDigits(rrsAfter)} records`
  const beside = details.map(({ subject, before, after }) =>
    before === null && after === null ? subject : `${subject}: ${textOf(before)} → ${textOf(after)}`,
  )
  const what = [records, ...beside].filter((part) => part !== '').join('; ')
  return [...common, zone, reason === '' ? what : `${what}: ${reason}`]
}

function textOf(value: unknown): string {
  return value === null ? 'none' : JSON.stringify(value)
}

function eventPages(api: Api, flags: AuditFlags): AsyncIterable<readonly Event[]> {
  const { zone, principal, method, changes, denials, since, until, limit = defaultLimit } = flags
  const filter = {
    ...(zone && { zone: zoneName(zone) }),
    ...(principal && { principal }),
    ...(method && { method }),
    ...(changes && { kind: EventKind.CHANGE }),
    ...(denials && { kind: EventKind.DENIAL }),
    ...(since && { since: timestampFromDate(since) }),
    ...(until && { until: timestampFromDate(until) }),
  }
  return pagesOf(
    (pageToken, left) => api.audit.listEvents({ ...filter, pageSize: Math.min(pageSize, left), pageToken }),
    (page) => page.events,
    limit || undefined,
  )
}

/** The audit log: lines of changes, lines that history has let go of, and denials, as one list by time. */
import type { AuditEvent, AuditLog, ChangeLine, Denial, EdgeLine, EventPage, EventPlace, EventQuery } from './audit-port.ts'
import { type AuditStatements, auditStatements } from './audit-statements.ts'
import { ChangeDetails } from './change-details.ts'
import { decodeOutcome } from './outcome.ts'
import type { Db } from './statement.ts'
import type { ZoneCache } from './zone-cache.ts'

/** Rows that one short read takes from each table. */
const sliceRows = 250
/** Denials that are kept: about 15 MiB. */
const mostDenials = 100_000
const end = Number.MAX_SAFE_INTEGER

/** A row of one of the tables, and the place after it. */
interface Row {
  readonly atMs: number
  readonly place: Partial<EventPlace>
  /** Undefined where the query does not ask for it. */
  readonly event: AuditEvent | undefined
}

interface Source {
  readonly rows: readonly Row[]
  readonly isWhole: boolean
  /** The place when all is read. */
  readonly done: Partial<EventPlace>
}

export class AuditTables implements AuditLog {
  readonly #cache: ZoneCache
  readonly #details: ChangeDetails
  readonly #now: () => number
  readonly #rows: AuditStatements

  constructor(db: Db, cache: ZoneCache, now: () => number) {
    this.#cache = cache
    this.#details = new ChangeDetails(db)
    this.#now = now
    this.#rows = auditStatements(db)
  }

  async listEvents(query: EventQuery): Promise<EventPage> {
    const place = query.after ?? (await this.#start(query))
    const sources: Source[] = []
    if (place.change >= 0) sources.push(await this.#changes(query, place))
    if (place.line >= 0) sources.push(await this.#lines(query, place))
    if (place.denial >= 0) sources.push(await this.#denials(query, place))
    const { events, ...page } = merged(sources, place, query.limit)
    return { ...page, events: await Promise.all(events.map((event) => this.#detailed(event))) }
  }

  async noteDenials(denials: readonly Denial[]): Promise<void> {
    let newest = 0
    for (const { atMs: at, lastAtMs: last_at, zone: zone_key, ...denial } of denials) {
      const [row] = await this.#rows.addDenial({ at, last_at, zone_key, ...denial })
      newest = row!.number
    }
    await this.#rows.dropDenials({ number: newest - mostDenials })
  }

  async #detailed(event: AuditEvent): Promise<AuditEvent> {
    return event.kind === 'change' ? { ...event, details: await this.#details.of(event.changeId) } : event
  }

  async noteEdge({ principal, method, edgeId: edge_id, zone: zone_key, reason, ...states }: Omit<EdgeLine, 'kind' | 'atMs'>) {
    const { before: state_before, after: state_after } = states
    const line = { at: this.#now(), principal, method, zone_key, reason, edge_id, state_before, state_after }
    await this.#rows.addEdgeLine(line)
  }

  async #start({ zone, kind, untilMs }: EventQuery): Promise<EventPlace> {
    const change = kind === 'denial' ? -1 : await this.#firstChange(zone, untilMs)
    const denial = kind === 'change' ? -1 : await before(untilMs, (number) => this.#rows.denialAt({ number }))
    return { change, lineAt: untilMs ?? end, line: kind === 'denial' ? -1 : 0, denial }
  }

  async #firstChange(zone: string | undefined, untilMs: number | undefined): Promise<number> {
    if (zone === undefined) return before(untilMs, (number) => this.#rows.changeAt({ number }))
    const row = (await this.#cache.get(zone))?.row
    return row ? before(untilMs, (number) => this.#rows.versionAt({ zone: row.number, number })) : -1
  }

  async #changes(query: EventQuery, { change }: EventPlace): Promise<Source> {
    const asked = { before: change, limit: sliceRows }
    const zone = query.zone === undefined ? undefined : (await this.#cache.get(query.zone))?.row.number
    const found =
      zone === undefined ? await this.#rows.changes(asked) : await this.#rows.changesOf({ ...asked, zone, zone_key: query.zone! })
    const rows = found.map(({ number, outcome, ...row }) => {
      const event = fitting(query, row.principal, row.method) ? changeOf(row, outcome) : undefined
      return { atMs: Number(row.at), place: { change: Number(number) }, event }
    })
    return sourceOf(rows, query.sinceMs, { change: -1 })
  }

  async #lines(query: EventQuery, { lineAt, line }: EventPlace): Promise<Source> {
    const { zone } = query
    const asked = { at: lineAt, number: line, limit: sliceRows }
    const found = zone === undefined ? await this.#rows.lines(asked) : await this.#rows.linesOf({ ...asked, zone_key: zone })
    const rows = found.map((row) => {
      const event = fitting(query, row.principal, row.method) ? (row.edge_id === '' ? lineOf(row) : edgeLineOf(row)) : undefined
      return { atMs: Number(row.at), place: { lineAt: Number(row.at), line: Number(row.number) }, event }
    })
    return sourceOf(rows, query.sinceMs, { line: -1 })
  }

  async #denials(query: EventQuery, { denial }: EventPlace): Promise<Source> {
    const asked = { before: denial, limit: sliceRows }
    const { zone: zone_key } = query
    const found = zone_key === undefined ? await this.#rows.denials(asked) : await this.#rows.denialsOf({ ...asked, zone_key })
    const rows = found.map((row) => {
      const { number, at, last_at: lastAt, principal, method, reason, fault, permission, count, zone_key: zone, rrset } = row
      const atMs = Number(at)
      const common = { kind: 'denial', atMs, lastAtMs: Number(lastAt), count: Number(count) } as const
      const event = fitting(query, principal, method)
        ? { ...common, principal, method, reason, fault, permission, zone, rrset }
        : undefined
      return { atMs, place: { denial: Number(number) }, event }
    })
    return sourceOf(rows, query.sinceMs, { denial: -1 })
  }
}

/** Numbers go with time: the first that is not before `untilMs` is found by halving. */
async function before(
  untilMs: number | undefined,
  atOf: (number: number) => Promise<{ number: number; at: number }[]>,
): Promise<number> {
  if (untilMs === undefined) return end
  const [newest] = await atOf(end)
  if (!newest) return -1
  let low = 0
  let high = Number(newest.number) + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await atOf(middle)
    if (!row || Number(row.at) < untilMs) low = middle + 1
    else high = middle
  }
  return low
}

function fitting(query: EventQuery, principal: string, method: string): boolean {
  return (query.principal ?? principal) === principal && (query.method ?? method) === method
}

function sourceOf(rows: readonly Row[], sinceMs: number | undefined, done: Partial<EventPlace>): Source {
  const within = sinceMs === undefined ? rows : rows.filter(({ atMs }) => atMs >= sinceMs)
  return { rows: within, isWhole: rows.length < sliceRows || within.length < rows.length, done }
}

/** Takes the newest rows of all sources, until the page is full or one of them has to be read on. */
function merged(sources: readonly Source[], from: EventPlace, limit: number): EventPage {
  const events: AuditEvent[] = []
  const at = sources.map(() => 0)
  let place = from
  for (;;) {
    const waits = sources.some(({ rows, isWhole }, i) => at[i] === rows.length && !isWhole)
    if (waits || events.length === limit) return { events, next: place }
    let newest = -1
    for (const [i, { rows }] of sources.entries()) {
      const row = rows[at[i]!]
      if (row && (newest < 0 || row.atMs > sources[newest]!.rows[at[newest]!]!.atMs)) newest = i
    }
    if (newest < 0) return { events }
    const { rows, isWhole, done } = sources[newest]!
    const row = rows[at[newest]!++]!
    place = { ...place, ...row.place, ...(isWhole && at[newest] === rows.length && done) }
    if (row.event) events.push(row.event)
  }
}

type ChangeRow = Omit<Awaited<ReturnType<AuditStatements['changes']>>[number], 'number' | 'outcome'>

function changeOf(row: ChangeRow, outcome: Uint8Array): ChangeLine {
  const { state } = decodeOutcome(outcome).effect
  return lineOf({ ...row, generation: Number(state.generation), version: Number(state.version) })
}

function lineOf(row: ChangeRow & { generation: number; version: number }): ChangeLine {
  const { at, principal, method, zone_key: zone, change_id: changeId, reason, rrs_before: rrsBefore, rrs_after: rrsAfter } = row
  const counts = { rrsBefore: Number(rrsBefore), rrsAfter: Number(rrsAfter) }
  const made = { version: Number(row.version), generation: Number(row.generation) }
  return { kind: 'change', atMs: Number(at), principal, method, zone, changeId, reason, ...counts, ...made, details: [] }
}

type EdgeRow = Awaited<ReturnType<AuditStatements['lines']>>[number]

function edgeLineOf({ at, principal, method, zone_key: zone, reason, edge_id: edgeId, ...states }: EdgeRow): EdgeLine {
  const told = { before: states.state_before, after: states.state_after }
  return { kind: 'edge', atMs: Number(at), principal, method, edgeId, zone, ...told, reason }
}

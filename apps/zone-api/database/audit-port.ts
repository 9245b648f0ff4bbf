/** What the zone API asks of the database about who did what. */

export interface AuditLog {
  /** Some of the audit log, the newest first: a short read, to be repeated with `next` until there is none. */
  listEvents(query: EventQuery): Promise<EventPage>
  /** Keeps denials; the oldest go when there are too many. */
  noteDenials(denials: readonly Denial[]): Promise<void>
  /** Keeps what was done about an edge. */
  noteEdge(line: Omit<EdgeLine, 'kind' | 'atMs'>): Promise<void>
}

export interface EventQuery {
  /** Only what concerns this zone key. */
  readonly zone?: string
  readonly principal?: string
  readonly method?: string
  readonly kind?: 'change' | 'denial'
  readonly sinceMs?: number
  /** Only what happened before. */
  readonly untilMs?: number
  readonly limit: number
  readonly after?: EventPlace
}

/** How far each of the tables has been read: numbers below these come next; -1 when there are none. */
export interface EventPlace {
  readonly change: number
  readonly lineAt: number
  readonly line: number
  readonly denial: number
}

export interface EventPage {
  /** Fewer than the limit, even none, and perhaps not yet the last. */
  readonly events: readonly AuditEvent[]
  /** Absent when there is nothing more. */
  readonly next?: EventPlace
}

export type AuditEvent = ChangeLine | DenialLine | EdgeLine

interface Line {
  readonly atMs: number
  readonly principal: string
  readonly method: string
}

export interface ChangeLine extends Line {
  readonly kind: 'change'
  readonly zone: string
  readonly changeId: string
  readonly reason: string
  readonly rrsBefore: number
  readonly rrsAfter: number
  readonly version: number
  readonly generation: number
  /** What it did beside RRs; the first of them where they are many. */
  readonly details: readonly ChangeDetail[]
}

/** Something that is no RR, before and after: empty where it was not there; both are, where it happened and changed nothing. */
export interface ChangeDetail {
  /** Such as `www.example.com. A`. */
  readonly subject: string
  readonly before: string
  readonly after: string
}

export interface EdgeLine extends Line {
  readonly kind: 'edge'
  readonly edgeId: string
  /** Empty where it was the edge as a whole. */
  readonly zone: string
  /** The edge's state, or the version that it held. */
  readonly before: string
  readonly after: string
  readonly reason: string
}

export interface DenialLine extends Line {
  readonly kind: 'denial'
  readonly reason: string
  /** What was wrong with a credential, in words. */
  readonly fault: string
  readonly permission: string
  /** What it was wanted for: the zone, and the RRset as `www.example.com. A`; empty where it was for nothing of a zone. */
  readonly zone: string
  readonly rrset: string
  readonly count: number
  readonly lastAtMs: number
}

export type Denial = Omit<DenialLine, 'kind'>

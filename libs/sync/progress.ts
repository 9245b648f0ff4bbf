/** How far a change is at each edge, from what publishers report. */
import { compareStates, type Head } from '@zonecast/zone'
import { sameLog, shardCount } from './messages.ts'
import { addSeen, firstSince, ownSince, type Seen, upTo, type ZoneSeen } from './progress-seen.ts'
import { Recent } from './recent.ts'
import type { EdgeProgress, ZoneProgress } from './sender-types.ts'

/** One message of ReportProgress. */
export interface ProgressReport {
  /** The log id of the positions, in the first message and whenever it moves. */
  readonly logId: Uint8Array | undefined
  /** True when it replaces all that was known from this publisher. */
  readonly full: boolean
  readonly edges: readonly ReportedEdge[]
}

export interface ReportedEdge extends EdgeProgress {
  readonly edgeId: string
  readonly connected: boolean
  /** Unix milliseconds. */
  readonly lastHeardAt: number | undefined
}

/** The change asked about, and the zone's head as the database has it *now*. */
export interface ChangeQuestion {
  readonly edgeId: string
  readonly zone: string
  readonly generation: bigint
  readonly version: bigint
  readonly head: Pick<Head, 'state' | 'shard' | 'position' | 'placement'>
  /** It was committed before anything was reported here: what later versions did says nothing of when it came. */
  readonly isOlder?: boolean
}

export interface ChangeAtEdge {
  readonly stage: 'committed' | 'published' | 'applied' | 'answered'
  readonly publishedAt: number | undefined
  readonly appliedAt: number | undefined
  readonly answeredAt: number | undefined
  /** The later version that carried the change to the edge; 0 when it was its own. */
  readonly mergedIntoVersion: bigint
  readonly connected: boolean
  readonly transferring: boolean
  /** Why the edge refuses the zone; empty when it does not. */
  readonly refusal: string
  /** The version that the edge holds and the database does not know; undefined where it holds none such. */
  readonly ahead: bigint | undefined
  readonly lastHeardAt: number | undefined
}

interface Slot {
  readonly publisher: string
  readonly applied: bigint
  readonly answered: bigint
  /** The placements that both hold for. */
  readonly placements: readonly string[]
}

interface EdgeState {
  readonly slots: (Slot | undefined)[]
  readonly zones: Recent<ZoneSeen>
  /** Zones that never count as passed. */
  readonly exceptions: Map<string, ZoneProgress & { readonly publisher: string }>
  /** Publishers that it follows, with when they last heard from it. */
  readonly connections: Map<string, number | undefined>
}

/**
 * Keeps 64 positions an edge and its last acknowledged zones. A change is at an edge when the edge acknowledged the zone at the
 * change's (generation, version) or later, or when the edge's position has passed the zone's present head.
 */
export class ProgressTracker {
  readonly #zonesPerEdge: number
  readonly #edges = new Map<string, EdgeState>()
  readonly #logs = new Map<string, Uint8Array>()
  #logId: Uint8Array

  constructor(options: { readonly logId: Uint8Array; readonly zonesPerEdge?: number }) {
    this.#logId = options.logId
    this.#zonesPerEdge = options.zonesPerEdge ?? 4096
  }

  /** The database's order is another one: all positions are void. */
  setLog(logId: Uint8Array): void {
    if (sameLog(logId, this.#logId)) return
    this.#logId = logId
    for (const edge of this.#edges.values()) edge.slots.fill(undefined)
  }

  /** Takes a message. */
  report(publisher: string, report: ProgressReport): void {
    if (report.full) this.drop(publisher)
    if (report.logId !== undefined) this.#logs.set(publisher, report.logId)
    for (const edge of report.edges) this.#edge(publisher, edge, report.full)
  }

  /** A publisher's report has ended. What its edges have, they still have; its exceptions come again with its next full state. */
  drop(publisher: string): void {
    for (const edge of this.#edges.values()) leave(edge, publisher)
  }

  /** An edge is retired. */
  forget(edgeId: string): void {
    this.#edges.delete(edgeId)
  }

  /** How far a change is at an edge: never further than it is. */
  at({ edgeId, zone, generation, version, head, isOlder = false }: ChangeQuestion): ChangeAtEdge {
    const edge = this.#edges.get(edgeId)
    const change = { generation, version }
    const reported = edge?.zones.get(zone)
    // What is later than the head was never committed, or is a moment old: it says nothing of any change.
    const seen = reported && upTo(reported, head.state)
    const ahead = reported?.applied.at(-1)
    const isAhead = ahead !== undefined && compareStates(ahead, head.state) > 0
    const published = firstSince(seen?.published, change)
    const applied = firstSince(seen?.applied, change)
    const answered = firstSince(seen?.answered, change)
    const exception = edge?.exceptions.get(zone)
    const slot = exception === undefined && !isAhead ? edge?.slots[head.shard] : undefined
    const counts = slot !== undefined && slot.placements.includes(head.placement) && compareStates(change, head.state) <= 0
    const hasPassed = counts && slot.applied >= head.position
    const isAnswered = answered !== undefined || (counts && slot.answered >= head.position)
    const isApplied = isAnswered || applied !== undefined || hasPassed
    const isCut = isOlder || reported?.isCut === true
    const own = (list: readonly Seen[] | undefined) => ownSince(list, { change, isCut })
    const carrier = own(seen?.applied) ?? own(seen?.answered)
    return {
      stage: isAnswered ? 'answered' : isApplied ? 'applied' : published ? 'published' : 'committed',
      publishedAt: own(seen?.published)?.at,
      appliedAt: own(seen?.applied)?.at,
      answeredAt: own(seen?.answered)?.at,
      mergedIntoVersion: carrier && carrier.version > version ? carrier.version : 0n,
      connected: (edge?.connections.size ?? 0) > 0,
      transferring: exception?.kind === 'transferring',
      refusal: exception?.kind === 'quarantined' ? exception.reason : '',
      ahead: isAhead ? ahead.version : undefined,
      lastHeardAt: latest(edge?.connections.values() ?? []),
    }
  }

  #edge(publisher: string, reported: ReportedEdge, isFull: boolean): void {
    const edge = this.#stateOf(reported.edgeId)
    if (reported.connected) edge.connections.set(publisher, reported.lastHeardAt ?? edge.connections.get(publisher))
    else leave(edge, publisher)
    const log = this.#logs.get(publisher)
    if (log !== undefined && sameLog(log, this.#logId)) this.#positions(publisher, edge, reported, isFull)
    for (const progress of reported.zones) this.#zone(publisher, edge, progress)
  }

  /**
   * The last reporter may lower what it said: its edge was listed again or lost its disk. While that reporter is connected, another one
   * takes the shard over by saying as much, or with a full state; by saying more of one position, it raises that.
   */
  #positions(publisher: string, edge: EdgeState, reported: ReportedEdge, isFull: boolean): void {
    for (const { shard, applied, answered } of reported.shards) {
      if (shard >= shardCount) continue
      const slot = edge.slots[shard]
      const said: Slot = { publisher, applied, answered, placements: reported.placements }
      const isOwn = slot === undefined || slot.publisher === publisher || !edge.connections.has(slot.publisher)
      if (isOwn || isFull || (applied >= slot.applied && answered >= slot.answered)) edge.slots[shard] = said
      else if (applied > slot.applied || answered > slot.answered) edge.slots[shard] = joined(slot, said)
    }
  }

  #zone(publisher: string, edge: EdgeState, progress: ZoneProgress): void {
    const { zone, kind, generation, version, at } = progress
    if (kind === 'left') {
      if (edge.exceptions.get(zone)?.publisher === publisher) edge.exceptions.delete(zone)
      return
    }
    if (kind === 'quarantined' || kind === 'transferring') edge.exceptions.set(zone, { ...progress, publisher })
    const exception = edge.exceptions.get(zone)
    const isHad = kind === 'applied' || kind === 'answered'
    if (exception !== undefined && isHad && compareStates(exception, progress) <= 0) edge.exceptions.delete(zone)
    if (kind === 'quarantined') return
    if (kind === 'reset') {
      edge.exceptions.delete(zone)
      edge.zones.set(zone, { published: [], applied: [{ generation, version, at }], answered: [], isCut: true })
      return
    }
    const isFull = edge.zones.size >= this.#zonesPerEdge
    const seen = edge.zones.get(zone) ?? { published: [], applied: [], answered: [], isCut: isFull }
    addSeen(seen, kind === 'transferring' ? 'published' : kind, { generation, version, at })
    edge.zones.set(zone, seen)
  }

  #stateOf(edgeId: string): EdgeState {
    let edge = this.#edges.get(edgeId)
    if (edge === undefined) {
      const slots = Array.from({ length: shardCount }, () => undefined)
      edge = { slots, zones: new Recent(this.#zonesPerEdge), exceptions: new Map(), connections: new Map() }
      this.#edges.set(edgeId, edge)
    }
    return edge
  }
}

/** What a publisher says of an edge's zones under way holds while it is connected. */
function leave(edge: EdgeState, publisher: string): void {
  edge.connections.delete(publisher)
  for (const [zone, exception] of edge.exceptions) if (exception.publisher === publisher) edge.exceptions.delete(zone)
}

/** The higher positions of both, for the placements that both hold for. */
function joined(a: Slot, b: Slot): Slot {
  const placements = b.placements.filter((placement) => a.placements.includes(placement))
  return { publisher: b.publisher, applied: larger(a.applied, b.applied), answered: larger(a.answered, b.answered), placements }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function latest(times: Iterable<number | undefined>): number | undefined {
  let found: number | undefined
  for (const time of times) if (time !== undefined && (found === undefined || time > found)) found = time
  return found
}

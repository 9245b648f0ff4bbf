/** What publishers report of each edge as a whole: connections, positions, zones in trouble. */
import type { ProgressReport, ReportedEdge } from '@zonecast/sync'

export interface EdgeStatus {
  readonly connected: boolean
  /** Unix milliseconds. */
  readonly lastHeardAt: number | undefined
  /** Applied positions by shard. */
  readonly applied: ReadonlyMap<number, bigint>
  readonly transferring: readonly string[]
  readonly quarantined: readonly string[]
}

interface OneReport {
  connected: boolean
  lastHeardAt: number | undefined
  readonly applied: Map<number, bigint>
  /** Zones that are transferring or quarantined. */
  readonly troubled: Map<string, 'transferring' | 'quarantined'>
}

/** Keeps, for each edge, the last word of each publisher. */
export class EdgeBoard {
  readonly #edges = new Map<string, Map<string, OneReport>>()

  report(publisher: string, { full, edges }: ProgressReport): void {
    if (full) this.drop(publisher)
    for (const edge of edges) this.#take(publisher, edge)
  }

  /** A publisher's report has ended. */
  drop(publisher: string): void {
    for (const reports of this.#edges.values()) reports.delete(publisher)
  }

  of(edgeId: string): EdgeStatus {
    const reports = [...(this.#edges.get(edgeId)?.values() ?? [])]
    const applied = new Map<number, bigint>()
    for (const [shard, position] of reports.flatMap((report) => [...report.applied])) {
      if (position > (applied.get(shard) ?? -1n)) applied.set(shard, position)
    }
    const troubled = reports.flatMap((report) => [...report.troubled])
    const zonesIn = (kind: string) => troubled.filter(([, trouble]) => trouble === kind).map(([zone]) => zone)
    const heard = reports.flatMap(({ lastHeardAt }) => lastHeardAt ?? [])
    return {
      connected: reports.some(({ connected }) => connected),
      lastHeardAt: heard.length > 0 ? Math.max(...heard) : undefined,
      applied,
      transferring: zonesIn('transferring'),
      quarantined: zonesIn('quarantined'),
    }
  }

  #take(publisher: string, { edgeId, connected, lastHeardAt, shards, zones }: ReportedEdge): void {
    const reports = this.#edges.get(edgeId) ?? new Map<string, OneReport>()
    this.#edges.set(edgeId, reports)
    const report = reports.get(publisher) ?? { connected, lastHeardAt, applied: new Map(), troubled: new Map() }
    reports.set(publisher, report)
    report.connected = connected
    report.lastHeardAt = lastHeardAt ?? report.lastHeardAt
    for (const { shard, applied } of shards) report.applied.set(shard, applied)
    for (const { zone, kind } of zones) {
      if (kind === 'transferring' || kind === 'quarantined') report.troubled.set(zone, kind)
      else if (kind !== 'published') report.troubled.delete(zone)
    }
  }
}

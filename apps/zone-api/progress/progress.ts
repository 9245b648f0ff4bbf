/** How far changes have come: what publishers report, and who waits for it. */
import { ProgressTracker, type ProgressReport } from '@zonecast/sync'
import type { Head } from '@zonecast/zone'
import type { ChangeRecord, ZoneDatabase } from '../database/zone-database.ts'
import type { Lineage } from '../lineage/lineage.ts'
import { EdgeBoard } from './edge-board.ts'
import { type EdgeAtChange, edgeAt } from './edge-at-change.ts'

/** Wakes those who wait when something has moved. */
export class Progress {
  readonly board = new EdgeBoard()
  readonly #tracker: ProgressTracker
  readonly #database: ZoneDatabase
  readonly #now: () => number
  readonly #startedMs: number
  readonly #lineage: Lineage
  readonly #watches = new Set<ChangeWatch>()
  readonly #stop: () => void
  #streams = 0

  constructor({ database, now, lineage }: { database: ZoneDatabase; now: () => number; lineage: Lineage }) {
    this.#database = database
    this.#now = now
    this.#startedMs = now()
    this.#lineage = lineage
    this.#tracker = new ProgressTracker({ logId: database.logId })
    this.#stop = database.onCommit((events) => {
      for (const watch of this.#watches) watch.moved(events.map(({ head }) => head))
    })
  }

  /** One report stream. Each has a name of its own, so that the end of an old one does not undo what a newer one says. */
  openReport(publisherId: string): { take(report: ProgressReport): void; close(): void } {
    const name = `${publisherId}/${++this.#streams}`
    let logId: Uint8Array = new Uint8Array()
    return {
      take: (report) => {
        logId = report.logId ?? logId
        if (Buffer.compare(logId, this.#database.logId) === 0) this.#compare(report)
        this.#tracker.report(name, report)
        this.board.report(name, report)
        for (const watch of this.#watches) watch.wake()
      },
      close: () => {
        this.#tracker.drop(name)
        this.board.drop(name)
        for (const watch of this.#watches) watch.wake()
      },
    }
  }

  /** An edge that has more than the database shows that the database has gone back. */
  #compare({ edges }: ProgressReport): void {
    for (const { edgeId, shards } of edges) {
      if (shards.length === 0) continue
      this.#lineage.stands(
        edgeId,
        shards.map(({ shard, applied }) => ({ shard, position: applied })),
      )
    }
  }

  /** Follows one change. Undefined when there is no such change. */
  async watch(changeId: string): Promise<ChangeWatch | undefined> {
    const heads = new Map<string, Head>()
    const read = () => this.#database.getChange(changeId)
    const watch = new ChangeWatch({
      tracker: this.#tracker,
      heads,
      now: this.#now,
      startedMs: this.#startedMs,
      read,
      leave: () => this.#watches.delete(watch),
    })
    // Watching begins before the heads are read, so that none is missed.
    this.#watches.add(watch)
    const change = await this.#database.getChange(changeId)
    if (!change) watch.close()
    else watch.begin(change)
    return change && watch
  }

  /** Who is expected to answer may have changed. */
  async edgesMoved(): Promise<void> {
    await Promise.all([...this.#watches].map((watch) => watch.refresh()))
  }

  close(): void {
    this.#stop()
    for (const watch of this.#watches) watch.close()
  }
}

interface WatchPorts {
  readonly tracker: ProgressTracker
  readonly heads: Map<string, Head>
  readonly now: () => number
  /** Since when edges are heard of here, in Unix milliseconds. */
  readonly startedMs: number
  readonly read: () => Promise<ChangeRecord | undefined>
  readonly leave: () => void
}

/** One change, and where it stands at each edge. */
export class ChangeWatch {
  change!: ChangeRecord
  readonly #ports: WatchPorts
  #closed = false
  #stale = false
  #wake: () => void = () => {}

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  begin(change: ChangeRecord): void {
    this.change = change
    this.moved(change.heads)
  }

  /** Reads the change again: edges that were drained or retired since are waited for no longer, here or through another zone API. */
  async refresh(): Promise<void> {
    const change = await this.#ports.read().catch(() => undefined)
    if (change && this.change) this.begin(change)
  }

  /** Heads have moved. Only the zone's present head can tell what a position means. */
  moved(heads: readonly Head[]): void {
    for (const head of heads) {
      const known = this.#ports.heads.get(head.zone)
      if (!known || head.position > known.position) this.#ports.heads.set(head.zone, head)
    }
    this.wake()
  }

  /** Where the change stands at each edge that is expected to answer it. */
  edges(): EdgeAtChange[] {
    const isOlder = this.change.committedAtMs < this.#ports.startedMs
    return this.change.expectedEdges.map((edgeId) => {
      const parts = this.change.effects.flatMap(({ zone, state }) => {
        const head = this.#ports.heads.get(zone)
        const { generation, version } = state
        // Of a change over several zones an edge answers for those it carries.
        const isCarried = head && this.change.edgePlacements[edgeId]?.includes(head.placement)
        return isCarried ? [this.#ports.tracker.at({ edgeId, zone, generation, version, head, isOlder })] : []
      })
      return edgeAt(edgeId, parts, { committedAtMs: this.change.committedAtMs, nowMs: this.#ports.now() })
    })
  }

  /** Settles when something may have moved. */
  async wait(): Promise<void> {
    if (!this.#stale && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#stale = false
  }

  wake(): void {
    this.#stale = true
    this.#wake()
  }

  get closed(): boolean {
    return this.#closed
  }

  close(): void {
    this.#closed = true
    this.#ports.leave()
    this.wake()
  }
}

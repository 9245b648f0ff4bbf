/** One ReportProgress stream, to one address of the zone API: full state first, then what moves. */
import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  EdgeProgressSchema,
  ReportProgressRequestSchema,
  type EdgeProgress as EdgeProgressMessage,
  type ReportProgressRequest,
  ZoneProgressKind as KindMessage,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import { timeToMessage } from '@zonecast/contract'
import { backoff, type Clock, type Logger, pause, type Scheduled } from '@zonecast/runtime'
import { sameLog, type EdgeProgress, type HeadIndex, type ZoneProgressKind } from '@zonecast/sync'
import type { ZoneApiAddress } from '../ingest/zone-api.ts'
import { Dirt } from './dirt.ts'
import type { StepEntry } from './step-log.ts'
import { stepsToMessages } from './step-messages.ts'

/** An edge that follows. */
export interface ReportedStream {
  readonly edgeId: string
  readonly lastHeardAt: number
  full(): EdgeProgress
}

export interface ReportPorts {
  readonly address: Pick<ZoneApiAddress, 'url' | 'changes'>
  readonly publisherId: string
  readonly shards: readonly number[]
  readonly index: HeadIndex
  /** The edges that follow now. */
  readonly edges: () => Iterable<ReportedStream>
  readonly clock: Clock
  readonly log: Logger
  readonly random?: () => number
}

const pauses = { baseMs: 50, maxMs: 5_000 }
/** A message costs both sides more than most of what it says: published and applied wait so long for what comes after them, */
const lingerMs = 10
/** and so much lies between two messages, where much is going on. */
const paceMs = 5
/** A step waits so long for progress to go with, */
const stepLingerMs = 50
/** and so many wait at most. */
const mostSteps = 1_000

const kinds: Readonly<Record<ZoneProgressKind, KindMessage>> = {
  published: KindMessage.PUBLISHED,
  applied: KindMessage.APPLIED,
  answered: KindMessage.ANSWERED,
  transferring: KindMessage.TRANSFERRING,
  quarantined: KindMessage.QUARANTINED,
  left: KindMessage.LEFT,
  reset: KindMessage.RESET,
}

export class Report {
  readonly #ports: ReportPorts
  readonly #dirt = new Dirt()
  readonly #stop = new AbortController()
  #steps: StepEntry[] = []
  #wake: () => void = () => {}
  #run: Promise<void> | undefined
  #isOpen = false
  /** What is dirty is to be said now. */
  #isDue = false
  #timer: { readonly scheduled: Scheduled; readonly atMs: number } | undefined
  #saidMs = Number.NEGATIVE_INFINITY
  #logId: Uint8Array = new Uint8Array(0)

  constructor(ports: ReportPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#run ??= this.#report()
  }

  /** Something moved at an edge; without progress, it came, went or was heard. */
  moved(edgeId: string, progress?: EdgeProgress): void {
    if (!this.#isOpen) return // the next stream begins with everything
    this.#dirt.add(edgeId, progress && stamped(progress, this.#ports.clock.now()))
    this.#plan(isStep(progress) ? lingerMs : 0)
  }

  /** A step is over; it goes with what is reported next. */
  step(entry: StepEntry): void {
    if (!this.#isOpen || this.#steps.length >= mostSteps) return
    this.#steps.push(entry)
    this.#plan(stepLingerMs)
  }

  /** The index may have another log id. */
  logMoved(): void {
    if (this.#isOpen && !sameLog(this.#logId, this.#ports.index.logId)) this.#wake()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#settle()
    this.#wake()
    await this.#run
  }

  async #report(): Promise<void> {
    const { address, clock, log, random } = this.#ports
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      const startedMs = clock.monotonicMs()
      try {
        await address.changes.reportProgress(this.#messages(), { signal: this.#stop.signal })
      } catch (error) {
        log.debug({ err: error, url: address.url }, 'progress cannot be reported at the moment')
      }
      this.#isOpen = false
      this.#wake() // a generator that nobody reads any more ends
      if (this.#stop.signal.aborted) return
      if (clock.monotonicMs() - startedMs > pauses.maxMs) attempt = 0
      await pause(clock, backoff(attempt, pauses, random), this.#stop.signal)
    }
  }

  /** The next message goes in so many ms, and not right behind the last one. */
  #plan(delayMs: number): void {
    const nowMs = this.#ports.clock.monotonicMs()
    const atMs = Math.max(nowMs + delayMs, this.#saidMs + paceMs)
    if (atMs <= nowMs) return this.#due()
    if (this.#timer && this.#timer.atMs <= atMs) return
    this.#timer?.scheduled.cancel()
    this.#timer = { atMs, scheduled: this.#ports.clock.schedule(atMs - nowMs, () => this.#due()) }
  }

  #due(): void {
    this.#isDue = true
    this.#wake()
  }

  /** Nothing is to be said any more. */
  #settle(): void {
    this.#isDue = false
    this.#timer?.scheduled.cancel()
    this.#timer = undefined
  }

  async *#messages(): AsyncGenerator<ReportProgressRequest, void, undefined> {
    const { index } = this.#ports
    this.#isOpen = true
    yield this.#full()
    while (this.#isOpen && !this.#stop.signal.aborted) {
      if (index.logId.length > 0 && !sameLog(this.#logId, index.logId)) yield this.#full()
      else if (this.#isDue) yield this.#increment()
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  #full(): ReportProgressRequest {
    const { publisherId, shards, index, edges } = this.#ports
    this.#dirt.clear()
    this.#steps = []
    this.#settle()
    this.#logId = index.logId
    return create(ReportProgressRequestSchema, {
      publisherId,
      logId: index.logId,
      full: true,
      shards: [...shards],
      edges: [...edges()].map((edge) => this.#edge(edge.edgeId, edge.full(), edge)),
    })
  }

  #increment(): ReportProgressRequest {
    const streams = new Map([...this.#ports.edges()].map((edge) => [edge.edgeId, edge]))
    const edges = this.#dirt.take().map(({ edgeId, progress }) => this.#edge(edgeId, progress, streams.get(edgeId)))
    const steps = stepsToMessages(this.#steps)
    this.#steps = []
    this.#saidMs = this.#ports.clock.monotonicMs()
    if (this.#dirt.isClean) this.#settle()
    return create(ReportProgressRequestSchema, { edges, steps })
  }

  #edge(edgeId: string, { shards, zones, placements }: EdgeProgress, stream: ReportedStream | undefined): EdgeProgressMessage {
    const now = this.#ports.clock.now()
    return create(EdgeProgressSchema, {
      edgeId,
      connected: stream !== undefined,
      placements: [...placements],
      shards: shards.map(({ shard, applied, answered }) => ({ shard, appliedPosition: applied, answeredPosition: answered })),
      zones: zones.map(({ zone, generation, version, kind, at, reason }) => ({
        zone,
        generation,
        version,
        kind: kinds[kind],
        at: timeToMessage(at ?? now),
        reason,
      })),
      ...(stream && { lastHeardAt: timestampFromMs(stream.lastHeardAt) }),
    })
  }
}

/** What brings no time of its own has happened now, and is perhaps told later. */
function stamped(progress: EdgeProgress, now: number): EdgeProgress {
  if (progress.zones.every(({ at }) => at !== undefined)) return progress
  return { ...progress, zones: progress.zones.map((zone) => (zone.at === undefined ? { ...zone, at: now } : zone)) }
}

/** Progress that more is known to follow soon. */
function isStep(progress: EdgeProgress | undefined): boolean {
  const zones = progress?.zones ?? []
  return zones.length > 0 && zones.every(({ kind }) => kind === 'published' || kind === 'applied')
}

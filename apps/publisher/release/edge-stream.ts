/** One edge on one Follow stream: drives the sender of libs/sync. */
import { AsyncQueue, type Clock, type Logger, type Scheduled, wallMs } from '@zonecast/runtime'
import {
  Sender,
  type Ack,
  type Answered,
  type EdgeProgress,
  type FollowRequest,
  type FollowResponse,
  type Reset,
  type ResetDone,
  type SenderEvent,
} from '@zonecast/sync'
import type { HeadIndex, SenderEffect } from '@zonecast/sync'
import { unavailable } from '@zonecast/rpc'
import type { Head, ZoneState } from '@zonecast/zone'
import type { ReleaseNote } from '../ingest/recent-deltas.ts'
import type { PublisherMetrics } from '../metrics.ts'
import type { StepLog } from '../progress/step-log.ts'
import type { Composer } from './composer.ts'

export interface EdgeStreamPorts {
  readonly publisherId: string
  readonly index: HeadIndex
  readonly shards: readonly number[]
  /** Of these, those that are up to date now. */
  readonly current: () => readonly number[]
  readonly composer: Composer
  readonly clock: Clock
  readonly log: Logger
  readonly counters: PublisherMetrics
  readonly heartbeatMilliseconds: number
  readonly compareSeconds: number
  readonly random?: () => number
  readonly onProgress: (stream: EdgeStream, progress: EdgeProgress) => void
  /** An edge was sent what does not come out right: it may be wrong in the store. */
  readonly onDoubt: (zone: string) => void
  /** An edge that has nothing to say lives. */
  readonly onHeard: (stream: EdgeStream) => void
  readonly onResetDone?: (done: ResetDone) => void
  readonly steps: Pick<StepLog, 'note'>
}

export interface EdgeOfCredential {
  readonly edgeId: string
  readonly placements: readonly string[]
}

/** A release that is to be acknowledged. */
interface Sent {
  readonly atMs: number
  readonly wallMs: number
  readonly state: ZoneState
  readonly traceparent: string
}

/** The sender counts its pauses in ticks: they are seconds. */
const tickMs = 1_000
/** An edge that may choose another publisher is to know soon that this one lives. */
const pulseMs = 1_000

export class EdgeStream {
  readonly edgeId: string
  /** What is to be sent. Its length is bounded by the sender's window: an edge that acknowledges nothing is sent nothing. */
  readonly outgoing = new AsyncQueue<FollowResponse>(Number.MAX_SAFE_INTEGER)
  /** Unix milliseconds. */
  lastHeardAt: number
  readonly #ports: EdgeStreamPorts
  readonly #sender: Sender
  readonly #log: Logger
  /** Bodies that wait for content. */
  readonly #waiting = new Map<() => void, string>()
  /** When the release of a zone left. */
  readonly #sent = new Map<string, Sent>()
  #pauseMs: number
  #knowsReset = false
  #heardMs: number
  #saidMs: number
  #tick: Scheduled | undefined

  constructor(ports: EdgeStreamPorts, { edgeId, placements }: EdgeOfCredential) {
    const { publisherId, index, shards, heartbeatMilliseconds, compareSeconds, clock, log, random = Math.random } = ports
    this.#ports = ports
    this.edgeId = edgeId
    this.#log = log.child({ edge: edgeId })
    const limits = { compareTicks: compareSeconds }
    const held = { shards, current: ports.current() }
    this.#sender = new Sender({ edgeId, publisherId, placements, index, ...held, heartbeatMilliseconds, random, limits })
    this.#pauseMs = heartbeatMilliseconds
    this.lastHeardAt = clock.now()
    this.#heardMs = this.#saidMs = clock.monotonicMs()
    this.#scheduleTick()
  }

  /** All that is known of the edge. */
  full(): EdgeProgress {
    return this.#sender.full()
  }

  received(message: FollowRequest): void {
    const { clock, counters } = this.#ports
    this.lastHeardAt = clock.now()
    this.#heardMs = clock.monotonicMs()
    if (message.kind === 'hello' && message.divides) this.#pauseMs = Math.min(this.#pauseMs, pulseMs)
    if (message.kind === 'heartbeat') this.#ports.onHeard(this)
    if (message.kind === 'hello') this.#knowsReset = message.resets ?? false
    if (message.kind === 'resetDone') this.#ports.onResetDone?.(message)
    if (message.kind === 'ack') this.#acknowledged(message)
    if (message.kind === 'answered') this.#answered(message)
    if (message.kind === 'nack') {
      const { zone, reason, detail, refused } = message
      counters.nacks.inc({ reason })
      this.#sent.delete(zone)
      // The fence at work, where two publishers send the same: nothing to look at.
      const level = reason === 'NOT_NEWER' ? 'debug' : 'warn'
      if (reason === 'DIGEST_MISMATCH' || reason === 'MALFORMED' || reason === 'QUARANTINED') this.#ports.onDoubt(zone)
      this.#log[level]({ zone, version: String(refused.version), reason, detail }, 'an edge refused a release')
    }
    this.step({ kind: 'received', message })
  }

  /** Passes an operator's order on; false where the edge would not know it. */
  reset(order: Omit<Reset, 'kind'>): boolean {
    if (this.#knowsReset) this.#send({ kind: 'reset', ...order })
    return this.#knowsReset
  }

  step(event: SenderEvent): void {
    for (const effect of this.#sender.step(event)) this.#carryOut(effect)
  }

  close(): void {
    this.#tick?.cancel()
    this.outgoing.end()
    for (const [run, zone] of this.#waiting) this.#ports.composer.leave(zone, run)
    this.#waiting.clear()
  }

  #carryOut(effect: SenderEffect): void {
    if (effect.kind === 'send') this.#send(effect.message)
    else if (effect.kind === 'compose') this.#compose(effect.ticket, effect.target, effect.base)
    else if (effect.kind === 'progress') this.#ports.onProgress(this, effect)
    else this.outgoing.fail(unavailable(1_000, effect.reason))
  }

  #send(message: FollowResponse): void {
    this.#saidMs = this.#ports.clock.monotonicMs()
    if (message.kind === 'release') this.#released(message)
    void this.outgoing.push(message)
  }

  #released({ zone, state, body, note }: Extract<FollowResponse, { kind: 'release' }>): void {
    const { counters } = this.#ports
    counters.releases.inc({ body: body.kind })
    this.#sent.delete(zone)
    const { traceparent } = note as ReleaseNote
    this.#sent.set(zone, { atMs: this.#saidMs, wallMs: wallMs(), state, traceparent })
    if (this.#sent.size > 1024) this.#sent.delete(this.#sent.keys().next().value as string)
    if (!this.#log.isLevelEnabled('debug')) return
    const { changeIds } = note as ReleaseNote
    this.#log.debug({ zone, version: String(state.version), body: body.kind, changeIds, traceparent }, 'release')
  }

  #acknowledged({ zone, at, startedAt }: Ack): void {
    const { counters, steps } = this.#ports
    counters.acks.inc()
    const sent = this.#sent.get(zone)
    this.#sent.delete(zone)
    if (sent === undefined) return
    counters.steps.observeStep('acknowledge', (this.#heardMs - sent.atMs) / 1000)
    const place = { zone, state: sent.state, edgeId: this.edgeId, traceparent: sent.traceparent }
    if (startedAt !== undefined) steps.note('apply', place, startedAt, Math.max(at, startedAt))
    steps.note('acknowledge', place, sent.wallMs, wallMs())
  }

  #answered({ zone, state, at, askedAt }: Answered): void {
    if (zone === undefined || state === undefined || at === undefined || askedAt === undefined) return
    const place = { zone, state, edgeId: this.edgeId, traceparent: '' }
    this.#ports.steps.note('answer', place, askedAt, Math.max(at, askedAt))
  }

  /** Answers at once where the content is here, else when it comes. */
  #compose(ticket: number, target: Head, base: ZoneState | undefined): void {
    const { composer, counters, steps } = this.#ports
    const attempt = (): boolean => {
      const done = counters.steps.stepTimer('compose')
      const startMs = wallMs()
      const made = composer.compose(target, base)
      if (made === undefined) return false
      done()
      const { traceparent } = made.note as ReleaseNote
      steps.note('compose', { zone: target.zone, state: made.state, traceparent }, startMs, wallMs())
      this.step({ kind: 'body', ticket, ...made })
      return true
    }
    if (attempt()) return
    const run = () => {
      this.#waiting.delete(run)
      if (!attempt()) this.#wait(target.zone, run)
    }
    this.#wait(target.zone, run)
  }

  #wait(zone: string, run: () => void): void {
    this.#waiting.set(run, zone)
    this.#ports.composer.when(zone, run)
  }

  #scheduleTick(): void {
    this.#tick = this.#ports.clock.schedule(tickMs, () => {
      this.#scheduleTick()
      this.#onTick()
    })
  }

  #onTick(): void {
    const { clock, heartbeatMilliseconds } = this.#ports
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#heardMs > 2 * heartbeatMilliseconds) {
      this.#log.warn('an edge has fallen silent')
      return this.outgoing.fail(unavailable(1_000, 'nothing was heard for too long'))
    }
    if (nowMs - this.#saidMs >= this.#pauseMs && this.outgoing.size === 0) this.#send({ kind: 'heartbeat' })
    this.step({ kind: 'tick' })
  }
}

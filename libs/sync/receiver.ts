/** The edge's side of Follow: one receiver for all its streams. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import {
  protocolVersion,
  sameLog,
  type Checkpoint,
  type FollowResponse,
  type HaveEntry,
  type NackReason,
  type Offer,
  type Release,
  type Resume,
  type Welcome,
} from './messages.ts'
import { afterComparison, difference, refuse } from './receiver-checks.ts'
import { isSnapshot, Mender, orderOf } from './receiver-mend.ts'
import { Recalls, type Trouble } from './receiver-recalls.ts'
import { newStream, Standing, type Stream } from './receiver-shards.ts'
import { Teller } from './receiver-tell.ts'
import {
  defaultReceiverLimits,
  type ReceiverEffect,
  type ReceiverEvent,
  type ReceiverLimits,
  type ReceiverOptions,
} from './receiver-types.ts'
import { Work, type Job } from './receiver-work.ts'

type EventOf<Kind extends ReceiverEvent['kind']> = Extract<ReceiverEvent, { kind: Kind }>

/**
 * Applies what publishers send, and says where the edge stands. Its diagrams are in `docs/reference/sync-protocol.md`.
 * `step` reads the store by `stateOf` and has no effect of its own but on the receiver's memory.
 */
export class Receiver {
  readonly #options: ReceiverOptions
  readonly #limits: ReceiverLimits
  readonly #standing: Standing
  readonly #streams = new Map<number, Stream>()
  readonly #work: Work
  readonly #teller: Teller
  readonly #recalls: Recalls
  readonly #mender: Mender
  readonly #touched = new Set<number>()
  #effects: ReceiverEffect[] = []

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#limits = { ...defaultReceiverLimits, ...options.limits }
    this.#standing = new Standing(options.levels, this.#limits.unanswered)
    this.#work = new Work(this.#limits.fetches)
    this.#recalls = new Recalls(this.#limits.recalls, options.random ?? (() => 0.5))
    const emit = (effect: ReceiverEffect): void => this.#emit(effect)
    this.#teller = new Teller(this.#standing, emit)
    const streamsFor = (shard: number): Stream[] => this.#streamsFor(shard)
    this.#mender = new Mender({ recalls: this.#recalls, teller: this.#teller, stateOf: options.stateOf, streamsFor, emit })
  }

  /** The log id that the edge's positions belong to. */
  get logId(): Uint8Array {
    return this.#standing.logId
  }

  /** Where the edge stands in a shard. */
  position(shard: number): { readonly applied: bigint; readonly answered: bigint } {
    return { applied: this.#standing.at(shard).low.position, answered: this.#standing.answered(shard) }
  }

  /** Zones that are damaged or quarantined. */
  troubles(): Iterable<Readonly<Trouble>> {
    return this.#recalls.all()
  }

  step(event: ReceiverEvent): ReceiverEffect[] {
    this.#handle(event)
    for (let trouble = this.#recalls.take(); trouble !== undefined; trouble = this.#recalls.take()) this.#recall(trouble)
    for (let job = this.#work.takeFetch(); job !== undefined; job = this.#work.takeFetch()) this.#fetch(job)
    for (const shard of this.#touched) this.#afterwards(shard)
    this.#touched.clear()
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #handle(event: ReceiverEvent): void {
    if (event.kind === 'received') return this.#received(event)
    if (event.kind === 'applied') return this.#applied(event)
    if (event.kind === 'refused') return this.#refused(event.job, event.reason, event.detail)
    if (event.kind === 'fetched') return this.#fetched(event)
    if (event.kind === 'fetchFailed') return this.#refused(event.job, 'FETCH_FAILED', event.detail)
    if (event.kind === 'answered') return this.#answered(event)
    if (event.kind === 'listed') return this.#listed(event)
    if (event.kind === 'compared') return this.#compared(event)
    if (event.kind === 'damaged') return this.#mender.damaged(event)
    if (event.kind === 'tick') return this.#recalls.tick()
    if (event.kind === 'opened') return this.#opened(event.stream)
    if (event.kind === 'closed') return this.#closed(event.stream)
    for (const { shard } of this.#standing.shards) this.#touched.add(shard)
  }

  #opened(id: number): void {
    const stream = newStream(id)
    this.#streams.set(id, stream)
    this.#teller.hello(stream, this.#options)
  }

  /** Links stay, and what has begun goes on; the rest is offered again. */
  #closed(id: number): void {
    this.#streams.delete(id)
    for (const job of this.#work.unbegun(id)) this.#finish(job)
  }

  #received({ stream: id, message }: EventOf<'received'>): void {
    const stream = this.#streams.get(id)
    if (stream === undefined || message.kind === 'heartbeat') return
    this.#follow(stream, message)
  }

  #follow(stream: Stream, message: Exclude<FollowResponse, { kind: 'heartbeat' }>): void {
    if (message.kind === 'welcome') this.#welcome(stream, message)
    else if (message.kind === 'resume') this.#resume(stream, message)
    else if (message.kind === 'offer') this.#offer(stream, message)
    else if (message.kind === 'release') this.#release(stream, message)
    else this.#checkpoint(stream, message)
  }

  #welcome(stream: Stream, { protocol, logId, shards, placements }: Welcome): void {
    if (protocol !== protocolVersion) {
      return this.#emit({ kind: 'close', stream: stream.id, reason: `protocol ${protocol} is not spoken` })
    }
    stream.logId = logId
    stream.placements = new Set(placements)
    for (const shard of shards) stream.shards.add(shard)
    // The publisher began where Hello stood, or at 0 where its log id or placements are others: no word is needed.
    this.#adopt(stream)
    for (const trouble of this.#recalls.all()) this.#mender.tell(trouble, [stream])
  }

  #resume(stream: Stream, { shard, logId }: Resume): void {
    stream.logId = logId
    stream.shards.add(shard)
    this.#adopt(stream)
    this.#teller.position(stream, shard)
    for (const trouble of this.#recalls.all()) if (trouble.shard === shard) this.#mender.tell(trouble, [stream])
  }

  /** Other streams that are of this log id already may have said all they had to say: they are asked to say it again. */
  #adopt(stream: Stream): void {
    const restart = this.#standing.adopt(stream)
    if (restart === undefined) return
    this.#emit(restart)
    for (const other of this.#streams.values()) {
      if (other === stream || !this.#standing.counts(other)) continue
      for (const shard of other.shards) this.#teller.position(other, shard)
    }
  }

  #offer(stream: Stream, { shard, after, entries }: Offer): void {
    const haves: HaveEntry[] = []
    const stamps: { zone: string; position: bigint }[] = []
    // Taken first: settling moves the applied position, and the answered one with it until the zone is on the list.
    const answered = this.#standing.answered(shard)
    let before = after
    for (const { zone, state, position } of entries) {
      const have = this.#options.stateOf(zone)
      const order = have === undefined ? -1 : compareStates(have, state)
      const isOther = have !== undefined && order === 0 && !equalStates(have, state)
      if (isOther) this.#mender.hasOtherDigest({ zone, shard, placement: [...stream.placements][0] ?? '' }, state)
      const satisfied = order >= 0 && !isOther
      this.#mention(stream, shard, before, position, zone, state)
      if (satisfied && have !== undefined && this.#standing.knows(stream)) {
        this.#standing.at(shard).low.settle(zone, have)
        stamps.push({ zone, position })
        if (position > answered) this.#verify(shard, zone, position, have)
      }
      haves.push({ zone, position, have, satisfied })
      before = position
    }
    if (stamps.length > 0) this.#emit({ kind: 'stamp', shard, zones: stamps, mark: this.#standing.mark(shard) })
    this.#teller.send(stream, { kind: 'have', shard, entries: haves, shardPosition: this.#teller.applied(stream, shard) })
  }

  #release(stream: Stream, release: Release): void {
    const { zone, shard, position, after, state } = release
    this.#mention(stream, shard, after, position, zone, state)
    const { job, isFirst } = this.#work.add(stream.id, stream.logId, release)
    if (isFirst) this.#begin(job)
  }

  #checkpoint(stream: Stream, message: Checkpoint): void {
    const { shard, position } = message.level
    if (!this.#joins(stream, shard, message.after)) return
    const state = this.#standing.at(shard)
    state.low.pass(message.after, position)
    state.skipped = state.ahead.size > 0 ? state.skipped + 1 : 0
    // A zone that is here in a later state than was mentioned may have moved to other edges since.
    if (state.skipped > this.#limits.patience) state.ahead.clear()
    state.checkpoint = { message, stream: stream.id }
  }

  #mention(stream: Stream, shard: number, after: bigint, position: bigint, zone: string, state: ZoneState): void {
    if (!this.#joins(stream, shard, after)) return
    this.#standing.at(shard).low.mention(after, position, zone, state)
    this.#standing.named(shard, zone, state)
  }

  /** True when a link counts. One that joins to nothing does not: the publisher is told, once, where the edge stands. */
  #joins(stream: Stream, shard: number, after: bigint): boolean {
    this.#touched.add(shard)
    if (!this.#standing.counts(stream)) return false
    if (this.#standing.at(shard).low.joins(after)) {
      stream.asked.delete(shard)
      return true
    }
    if (!stream.asked.has(shard)) this.#teller.position(stream, shard)
    stream.asked.add(shard)
    return false
  }

  /** A release's turn has come. */
  #begin(job: Job): void {
    const { zone, base, body } = job.release
    const have = this.#options.stateOf(zone)
    if (job.recall !== undefined) return this.#beginRecall(job, job.recall, have)
    const refusal = refuse(have, job.state, body.kind === 'fetch' ? undefined : base)
    if (refusal === 'DIGEST_MISMATCH') this.#mender.hasOtherDigest(job.release, job.state)
    if (refusal !== undefined) return this.#nack(job, refusal, '', have)
    if (isSnapshot(job.release) && this.#recalls.isQuarantined(zone, job.state)) {
      return this.#nack(job, 'QUARANTINED', this.#recalls.get(zone)?.quarantine?.reason ?? '', have)
    }
    if (body.kind === 'fetch') this.#work.awaitFetch(job)
    else this.#apply(job, body)
  }

  /** What is damaged is fetched at the version that is there, or a later one. */
  #beginRecall(job: Job, trouble: Trouble, have: ZoneState | undefined): void {
    if (this.#recalls.get(trouble.zone) !== trouble) return this.#finish(job)
    if (have !== undefined && compareStates(job.state, have) < 0) job.state = job.least = have
    const refusal = this.#refusal(job, have, job.state)
    if (refusal !== undefined) this.#nack(job, refusal, '', have)
    else this.#work.awaitFetch(job)
  }

  /** In the place of damaged content its own version may come. */
  #refusal(job: Job, have: ZoneState | undefined, state: ZoneState): NackReason | undefined {
    const isMend = job.recall?.damage !== undefined && have !== undefined && compareStates(state, have) === 0
    return isMend ? undefined : refuse(have, state, undefined)
  }

  #fetch(job: Job): void {
    const { id, stream, state: target, recall } = job
    const { zone, base } = job.release
    const have = this.#options.stateOf(zone)
    const isBase = base !== undefined && have !== undefined && equalStates(base, have)
    const known = isBase && this.#recalls.get(zone)?.damage === undefined ? have : undefined
    job.whole = known === undefined
    this.#emit({ kind: 'fetch', job: id, stream, zone, target, base: known, mend: recall?.damage !== undefined })
  }

  /** What was fetched is checked as any release is; meanwhile nothing else of the zone was applied. */
  #fetched({ job: id, state, placement }: EventOf<'fetched'>): void {
    const job = this.#work.get(id)
    if (job === undefined) return
    this.#work.staged(job, state, placement)
    const have = this.#options.stateOf(job.release.zone)
    const refusal = this.#refusal(job, have, state)
    if (refusal !== undefined) this.#nack(job, refusal, '', have)
    else if (compareStates(state, job.least) < 0) this.#nack(job, 'FETCH_FAILED', 'the fetch ended on an older version', have)
    else this.#apply(job, { kind: 'staged' })
  }

  #apply(job: Job, body: Extract<ReceiverEffect, { kind: 'apply' }>['body']): void {
    const { zone, shard, base, note } = job.release
    const { state, placement } = job
    job.phase = 'applying'
    if (body.kind !== 'staged') job.whole = body.kind === 'tombstone' || base === undefined
    const { low, run } = this.#standing.at(shard)
    const stamp = this.#stampOf(job, low.highestWith(zone, state))
    Object.assign(job, { stamp, run })
    const mark = stamp === undefined ? undefined : this.#standing.mark(shard, low.positionWith(zone, state))
    const from = body.kind === 'delta' ? base : undefined
    const mend = job.recall?.damage !== undefined
    this.#emit({ kind: 'apply', job: job.id, mark, zone, shard, placement, state, base: from, body, mend, stamp, note })
  }

  /** The highest position of the edge's log id at which the zone is known to stand. */
  #stampOf({ logId, release }: Job, mentioned: bigint | undefined): bigint | undefined {
    const own = sameLog(logId, this.logId) ? release.position : undefined
    return own === undefined || (mentioned !== undefined && mentioned > own) ? mentioned : own
  }

  #applied({ job: id, state, at }: EventOf<'applied'>): void {
    const job = this.#work.get(id)
    if (job === undefined) return
    const { zone, shard, position } = job.release
    const { run } = this.#standing.at(shard)
    if (compareStates(state, job.least) > 0) this.#standing.tookAhead(shard, zone, state, job.placement)
    const isAsked = this.#settle(shard, zone, state, run === job.run ? job.stamp : undefined)
    if (!isAsked) this.#verify(shard, zone, this.#stampOf(job, undefined), state)
    const trouble = this.#recalls.get(zone)
    this.#recalls.applied(zone, state, job.whole)
    // Whoever was told of the trouble is told that it is over.
    for (const stream of trouble === undefined ? this.#streamsOf(job) : this.#streamsFor(shard)) {
      const shardPosition = this.#teller.applied(stream, shard)
      this.#teller.send(stream, { kind: 'ack', zone, shard, position, state, shardPosition, at })
    }
    if (trouble !== undefined) this.#mender.stillDamaged(trouble, state)
    this.#finish(job)
  }

  #refused(id: number, reason: NackReason, detail: string): void {
    const job = this.#work.get(id)
    if (job === undefined) return
    // A mark that was given out with it was not written.
    this.#standing.at(job.release.shard).marked = 0n
    this.#nack(job, reason, detail, this.#options.stateOf(job.release.zone))
  }

  #nack(job: Job, reason: NackReason, detail: string, have: ZoneState | undefined): void {
    const { zone, shard, position, state } = job.release
    if (have !== undefined) this.#settle(shard, zone, have, undefined)
    if (job.recall !== undefined) return this.#recallFailed(job, job.recall, `${reason}: ${detail}`)
    const isGivenUp = this.#mender.givesUp(job.release, reason, detail, have)
    const told = isGivenUp
      ? { reason: 'QUARANTINED' as const, detail: this.#recalls.get(zone)?.quarantine?.reason ?? '' }
      : { reason, detail }
    for (const stream of this.#streamsOf(job)) {
      const shardPosition = this.#teller.applied(stream, shard)
      this.#teller.send(stream, { kind: 'nack', zone, shard, position, refused: state, ...told, have, shardPosition })
    }
    this.#finish(job)
  }

  /** Fetches a zone that no publisher has ordered; it stands in its zone's queue as a release does. */
  #recall(trouble: Trouble): void {
    const order = orderOf(trouble)
    if (order === undefined) return this.#recalls.ended(trouble, false)
    const { job, isFirst } = this.#work.add(0, new Uint8Array(0), order, trouble)
    if (isFirst) this.#begin(job)
  }

  #recallFailed(job: Job, trouble: Trouble, detail: string): void {
    this.#recalls.ended(trouble, true)
    this.#mender.failed(trouble, detail)
    this.#finish(job)
  }

  /** The stream that a release came on, while it is open. */
  #streamsOf(job: Job): Stream[] {
    const stream = this.#streams.get(job.stream)
    return stream === undefined ? [] : [stream]
  }

  /** Streams whose publishers send a shard. */
  #streamsFor(shard: number): Stream[] {
    return [...this.#streams.values()].filter((stream) => stream.shards.has(shard))
  }

  /** A state is durable: what it settles is stamped, where the zone is not yet, and to be answered. True when the server is asked. */
  #settle(shard: number, zone: string, state: ZoneState, stamp: bigint | undefined): boolean {
    const answered = this.#standing.answered(shard)
    const position = this.#standing.at(shard).low.settle(zone, state)
    if (position === undefined) return false
    if (position > answered) this.#verify(shard, zone, position, state)
    if (stamp === undefined || position > stamp) {
      this.#emit({ kind: 'stamp', shard, zones: [{ zone, position }], mark: this.#standing.mark(shard) })
    }
    return position > answered
  }

  #finish(job: Job): void {
    this.#touched.add(job.release.shard)
    if (job.recall !== undefined) this.#recalls.ended(job.recall, false)
    const next = this.#work.finish(job)
    if (next !== undefined) this.#begin(next)
  }

  #verify(shard: number, zone: string, position: bigint | undefined, state: ZoneState): void {
    this.#touched.add(shard)
    if (this.#standing.at(shard).answers.add(zone, position, state)) this.#emit({ kind: 'verify', zone, shard, state })
  }

  #answered({ zone, shard, state, at }: EventOf<'answered'>): void {
    this.#touched.add(shard)
    this.#standing.at(shard).answers.confirm(zone, state)
    for (const stream of this.#streams.values()) {
      if (!stream.shards.has(shard)) continue
      this.#teller.send(stream, { kind: 'answered', zone, shard, state, shardPosition: this.#teller.answered(stream, shard), at })
    }
  }

  #listed({ shard, run, zones, end }: EventOf<'listed'>): void {
    this.#touched.add(shard)
    for (const { zone, state } of this.#standing.at(shard).answers.listed(run, zones, end)) {
      this.#emit({ kind: 'verify', zone, shard, state })
    }
  }

  /** A difference that nothing under way explains: the shard is listed again, once for each difference. */
  #compared(ours: EventOf<'compared'>): void {
    const { shard, position } = ours
    const state = this.#standing.at(shard)
    const { comparing } = state
    state.comparing = undefined
    if (comparing?.level.position !== position || state.low.position !== position || this.#isBusy(shard)) return
    const stream = this.#streams.get(comparing.stream)
    if (stream === undefined || !this.#standing.counts(stream)) return
    const next = afterComparison(state, difference(comparing.level, ours))
    if (next === 'nothing') return
    const detail = next === 'list' ? 'set digests differ' : 'a listing did not mend the set digest'
    this.#emit({ kind: 'alarm', shard, zone: undefined, detail })
    if (next === 'list') this.#relist(shard)
  }

  #relist(shard: number): void {
    this.#emit(this.#standing.restart([shard]))
    for (const stream of this.#streamsFor(shard)) if (this.#standing.counts(stream)) this.#teller.position(stream, shard)
  }

  #isBusy(shard: number): boolean {
    const { low, ahead } = this.#standing.at(shard)
    return this.#work.busy(shard) > 0 || low.pending > 0 || ahead.size > 0
  }

  /** What follows when a shard was touched: listing, comparison, mark, and word to streams that were not told yet. */
  #afterwards(shard: number): void {
    const state = this.#standing.at(shard)
    const listing = state.answers.takeListing()
    if (listing !== undefined) this.#emit({ kind: 'list', shard, ...listing, limit: this.#limits.listing })
    if (state.low.position > state.marked && this.#work.busy(shard) === 0) {
      this.#emit({ kind: 'mark', mark: this.#standing.mark(shard) })
    }
    this.#compare(shard)
    for (const stream of this.#streams.values()) this.#teller.moved(stream, shard)
  }

  #compare(shard: number): void {
    const state = this.#standing.at(shard)
    const { checkpoint, low } = state
    if (checkpoint === undefined || this.#isBusy(shard)) return
    state.checkpoint = undefined
    const stream = this.#streams.get(checkpoint.stream)
    const { level } = checkpoint.message
    if (stream === undefined || level.position !== low.position || !this.#standing.counts(stream)) return
    state.comparing = { level, stream: stream.id }
    this.#emit({ kind: 'compare', level })
  }

  #emit(effect: ReceiverEffect): void {
    this.#effects.push(effect)
  }
}

/** The edge's side of Follow: one receiver for all its streams. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import {
  protocolVersion,
  type Checkpoint,
  type FollowResponse,
  type HaveEntry,
  type Offer,
  type Release,
  type Resume,
  type Welcome,
} from './messages.ts'
import { Answering } from './receiver-answers.ts'
import { Comparisons } from './receiver-compare.ts'
import { Jobs } from './receiver-jobs.ts'
import { Mender } from './receiver-mend.ts'
import type { EventOf, ReceiverParts } from './receiver-parts.ts'
import { Orders } from './receiver-orders.ts'
import { Recalls, type Trouble } from './receiver-recalls.ts'
import { Division } from './receiver-division.ts'
import { newStream, Standing, type Stream } from './receiver-shards.ts'
import { Teller } from './receiver-tell.ts'
import {
  defaultReceiverLimits,
  type ReceiverEffect,
  type ReceiverEvent,
  type ReceiverLimits,
  type ReceiverOptions,
} from './receiver-types.ts'
import { Work } from './receiver-work.ts'

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
  readonly #answering: Answering
  readonly #jobs: Jobs
  readonly #comparisons: Comparisons
  readonly #division: Division
  readonly #orders: Orders
  readonly #touched = new Set<number>()
  #effects: ReceiverEffect[] = []

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#limits = { ...defaultReceiverLimits, ...options.limits }
    this.#standing = new Standing(options.levels, this.#limits.unanswered)
    this.#work = new Work(this.#limits.fetches)
    this.#recalls = new Recalls(this.#limits.recalls, options.random ?? (() => 0.5))
    this.#teller = new Teller(this.#standing, (effect) => this.#emit(effect))
    const parts = this.#parts()
    this.#mender = new Mender(parts)
    this.#answering = new Answering(parts)
    this.#orders = new Orders(parts)
    this.#jobs = new Jobs(parts, this.#mender, this.#answering, this.#orders)
    this.#comparisons = new Comparisons(parts, this.#limits.patience)
    this.#division = new Division(parts, this.#mender, options.divides ?? false)
  }

  #parts(): ReceiverParts {
    return {
      stateOf: this.#options.stateOf,
      headTerm: this.#options.headTerm,
      standing: this.#standing,
      work: this.#work,
      teller: this.#teller,
      recalls: this.#recalls,
      streams: this.#streams,
      streamsFor: (shard) => [...this.#streams.values()].filter((stream) => stream.shards.has(shard)),
      emit: (effect) => this.#emit(effect),
      touch: (shard) => void this.#touched.add(shard),
    }
  }

  /** The log id that the edge's positions belong to. */
  get logId(): Uint8Array {
    return this.#standing.logId
  }

  /** Where the edge stands in a shard. */
  position(shard: number): { readonly applied: bigint; readonly answered: bigint } {
    return { applied: this.#standing.at(shard).low.position, answered: this.#standing.answered(shard) }
  }

  /** How many shards the publisher of a stream sends. */
  shardsOf(stream: number): number {
    return this.#streams.get(stream)?.shards.size ?? 0
  }

  /** Zones that are damaged or quarantined. */
  troubles(): Iterable<Readonly<Trouble>> {
    return this.#recalls.all()
  }

  /** Shards in which something differs that a listing did not mend. */
  unmended(): number[] {
    return this.#standing.shards.filter(({ explained }) => explained !== undefined).map(({ shard }) => shard)
  }

  step(event: ReceiverEvent): ReceiverEffect[] {
    this.#handle(event)
    this.#jobs.fill()
    for (const shard of this.#touched) this.#afterwards(shard)
    this.#touched.clear()
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #handle(event: ReceiverEvent): void {
    if (event.kind === 'received') return this.#received(event)
    if (event.kind === 'applied') return this.#jobs.applied(event)
    if (event.kind === 'refused') return this.#jobs.refused(event.job, event.reason, event.detail)
    if (event.kind === 'fetched') return this.#jobs.fetched(event)
    if (event.kind === 'fetchFailed') return this.#jobs.refused(event.job, 'FETCH_FAILED', event.detail)
    if (event.kind === 'answered') return this.#answering.answered(event)
    if (event.kind === 'listed') return this.#answering.listed(event)
    if (event.kind === 'compared') return this.#comparisons.compared(event)
    if (event.kind === 'lost') return this.#comparisons.lost(event)
    if (event.kind === 'damaged') return this.#mender.damaged(event)
    if (event.kind === 'tick') return this.#recalls.tick()
    if (event.kind === 'opened') return this.#opened(event.stream)
    if (event.kind === 'closed') return this.#closed(event.stream)
    if (event.kind === 'silent') return this.#division.heard(event)
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
    this.#jobs.drop(id)
    this.#division.divide()
  }

  #received({ stream: id, message }: EventOf<'received'>): void {
    const stream = this.#streams.get(id)
    if (stream === undefined || message.kind === 'heartbeat') return
    this.#follow(stream, message)
  }

  #follow(stream: Stream, message: Exclude<FollowResponse, { kind: 'heartbeat' }>): void {
    if (message.kind === 'welcome') this.#welcome(stream, message)
    else if (message.kind === 'shards') this.#division.offered(stream, message)
    else if (message.kind === 'resume') this.#resume(stream, message)
    else if (message.kind === 'offer') this.#offer(stream, message)
    else if (message.kind === 'release') this.#release(stream, message)
    else if (message.kind === 'reset') this.#orders.take(stream, message)
    else this.#checkpoint(stream, message)
  }

  #welcome(stream: Stream, { protocol, publisherId, logId, shards, placements }: Welcome): void {
    if (protocol !== protocolVersion) {
      return this.#emit({ kind: 'close', stream: stream.id, reason: `protocol ${protocol} is not spoken` })
    }
    stream.publisherId = publisherId
    stream.logId = logId
    stream.placements = new Set(placements)
    for (const shard of shards) stream.shards.add(shard)
    // The publisher began where Hello stood, or at 0 where its log id or placements are others: no word is needed.
    this.#adopt(stream)
    for (const trouble of this.#recalls.all()) this.#mender.tell(trouble, [stream])
    // One that sends what it likes takes those shards from the others.
    if (shards.length > 0) this.#division.divide()
  }

  #resume(stream: Stream, { shard, logId }: Resume): void {
    stream.logId = logId
    this.#division.resumed(stream, shard)
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
        if (position > answered) this.#answering.verify(shard, zone, position, have)
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
    this.#jobs.take(stream, release)
  }

  #checkpoint(stream: Stream, message: Checkpoint): void {
    if (this.#joins(stream, message.level.shard, message.after)) this.#comparisons.checkpoint(stream, message)
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

  /** What follows when a shard was touched: listing, comparison, mark, and word to streams that were not told yet. */
  #afterwards(shard: number): void {
    const state = this.#standing.at(shard)
    const listing = state.answers.takeListing()
    if (listing !== undefined) this.#emit({ kind: 'list', shard, ...listing, limit: this.#limits.listing })
    if (state.low.position > state.marked && this.#work.busy(shard) === 0) {
      this.#emit({ kind: 'mark', mark: this.#standing.mark(shard) })
    }
    this.#comparisons.compare(shard)
    for (const stream of this.#streams.values()) this.#teller.moved(stream, shard)
  }

  #emit(effect: ReceiverEffect): void {
    this.#effects.push(effect)
  }
}

/** What an edge does with each release: checks, fetches, applies, and tells what came of it. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import { sameLog, type NackReason, type Release } from './messages.ts'
import type { Answering } from './receiver-answers.ts'
import { refuse } from './receiver-checks.ts'
import { isSnapshot, orderOf, type Mender } from './receiver-mend.ts'
import type { Orders } from './receiver-orders.ts'
import type { EventOf, ReceiverParts } from './receiver-parts.ts'
import type { Trouble } from './receiver-recalls.ts'
import type { Stream } from './receiver-shards.ts'
import type { ReceiverEffect } from './receiver-types.ts'
import type { Job } from './receiver-work.ts'

export class Jobs {
  readonly #parts: ReceiverParts
  readonly #mender: Mender
  readonly #answering: Answering
  readonly #orders: Orders

  constructor(parts: ReceiverParts, mender: Mender, answering: Answering, orders: Orders) {
    this.#parts = parts
    this.#mender = mender
    this.#answering = answering
    this.#orders = orders
  }

  /** Takes a release; its turn comes when all before it of its zone are done. */
  take(stream: Stream, release: Release): void {
    const { job, isFirst } = this.#parts.work.add(stream.id, stream.logId, release)
    if (isFirst) this.#begin(job)
  }

  /** A stream has ended: what has begun goes on; the rest is offered again. */
  drop(stream: number): void {
    for (const job of this.#parts.work.unbegun(stream)) this.#finish(job)
  }

  /** Begins fetches as far as there are places. */
  fill(): void {
    const { recalls, work } = this.#parts
    for (let trouble = recalls.take(); trouble !== undefined; trouble = recalls.take()) this.#recall(trouble)
    for (let job = work.takeFetch(); job !== undefined; job = work.takeFetch()) this.#fetch(job)
  }

  /** A release's turn has come. */
  #begin(job: Job): void {
    const { zone, base, body } = job.release
    const have = this.#parts.stateOf(zone)
    if (job.recall !== undefined) return this.#beginRecall(job, job.recall, have)
    const refusal = refuse(have, job.state, body.kind === 'fetch' ? undefined : base)
    if (refusal === 'DIGEST_MISMATCH') this.#mender.hasOtherDigest(job.release, job.state)
    if (refusal !== undefined) return this.#nack(job, refusal, '', have)
    if (isSnapshot(job.release) && this.#parts.recalls.isQuarantined(zone, job.state)) {
      return this.#nack(job, 'QUARANTINED', this.#parts.recalls.get(zone)?.quarantine?.reason ?? '', have)
    }
    if (body.kind === 'fetch') this.#parts.work.awaitFetch(job)
    else this.#apply(job, body)
  }

  /** What is damaged is fetched at the version that is there, or a later one. */
  #beginRecall(job: Job, trouble: Trouble, have: ZoneState | undefined): void {
    if (this.#parts.recalls.get(trouble.zone) !== trouble) return this.#finish(job)
    const { body } = job.release
    if (trouble.reset !== undefined) return body.kind === 'fetch' ? this.#parts.work.awaitFetch(job) : this.#apply(job, body)
    if (have !== undefined && compareStates(job.state, have) < 0) job.state = job.least = have
    const refusal = this.#refusal(job, have, job.state)
    if (refusal !== undefined) this.#nack(job, refusal, '', have)
    else this.#parts.work.awaitFetch(job)
  }

  /** In the place of damaged content its own version may come; on an operator's order any that was committed. */
  #refusal(job: Job, have: ZoneState | undefined, state: ZoneState): NackReason | undefined {
    if (job.recall?.reset !== undefined) return undefined
    const isMend = job.recall?.damage !== undefined && have !== undefined && compareStates(state, have) === 0
    return isMend ? undefined : refuse(have, state, undefined)
  }

  #fetch(job: Job): void {
    const { id, stream, state: target, recall } = job
    const { zone, base } = job.release
    const have = this.#parts.stateOf(zone)
    const isBase = base !== undefined && have !== undefined && equalStates(base, have)
    const known = isBase && this.#parts.recalls.get(zone)?.damage === undefined ? have : undefined
    job.whole = known === undefined
    const fence = { mend: recall?.damage !== undefined, ...(recall?.reset && { reset: true }) }
    this.#parts.emit({ kind: 'fetch', job: id, stream, zone, target, base: known, ...fence })
  }

  /** What was fetched is checked as any release is; meanwhile nothing else of the zone was applied. */
  fetched({ job: id, state, placement }: EventOf<'fetched'>): void {
    const job = this.#parts.work.get(id)
    if (job === undefined) return
    this.#parts.work.staged(job, state, placement)
    const have = this.#parts.stateOf(job.release.zone)
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
    const { low, run } = this.#parts.standing.at(shard)
    const stamp = this.#stampOf(job, low.highestWith(zone, state))
    Object.assign(job, { stamp, run })
    const mark = stamp === undefined ? undefined : this.#parts.standing.mark(shard, low.positionWith(zone, state))
    const from = body.kind === 'delta' ? base : undefined
    const fence = { mend: job.recall?.damage !== undefined, ...(job.recall?.reset && { reset: true }) }
    this.#parts.emit({ kind: 'apply', job: job.id, mark, zone, shard, placement, state, base: from, body, ...fence, stamp, note })
  }

  /** The highest position of the edge's log id at which the zone is known to stand. */
  #stampOf({ logId, release }: Job, mentioned: bigint | undefined): bigint | undefined {
    const own = sameLog(logId, this.#parts.standing.logId) ? release.position : undefined
    return own === undefined || (mentioned !== undefined && mentioned > own) ? mentioned : own
  }

  applied({ job: id, state, at, startedAt }: EventOf<'applied'>): void {
    const job = this.#parts.work.get(id)
    if (job === undefined) return
    const { zone, shard, position } = job.release
    const { run } = this.#parts.standing.at(shard)
    if (compareStates(state, job.least) > 0) this.#parts.standing.tookAhead(shard, zone, state, job.placement)
    const isAsked = this.#answering.settle(shard, zone, state, run === job.run ? job.stamp : undefined)
    if (!isAsked) this.#answering.verify(shard, zone, this.#stampOf(job, undefined), state)
    const trouble = this.#parts.recalls.get(zone)
    if (job.recall?.reset !== undefined) this.#orders.done(job.recall, state)
    this.#parts.recalls.applied(zone, state, job.whole)
    // Whoever was told of the trouble is told that it is over.
    for (const stream of trouble === undefined ? this.#streamsOf(job) : this.#parts.streamsFor(shard)) {
      const shardPosition = this.#parts.teller.applied(stream, shard)
      this.#parts.teller.send(stream, { kind: 'ack', zone, shard, position, state, shardPosition, at, startedAt })
    }
    if (trouble !== undefined) this.#mender.stillDamaged(trouble, state)
    this.#finish(job)
  }

  refused(id: number, reason: NackReason, detail: string): void {
    const job = this.#parts.work.get(id)
    if (job === undefined) return
    // A mark that was given out with it was not written.
    this.#parts.standing.at(job.release.shard).marked = 0n
    this.#nack(job, reason, detail, this.#parts.stateOf(job.release.zone))
  }

  #nack(job: Job, reason: NackReason, detail: string, have: ZoneState | undefined): void {
    const { zone, shard, position, state } = job.release
    if (have !== undefined) this.#answering.settle(shard, zone, have, undefined)
    if (job.recall !== undefined) return this.#recallFailed(job, job.recall, `${reason}: ${detail}`)
    const isGivenUp = this.#mender.givesUp(job.release, reason, detail, have)
    const told = isGivenUp
      ? { reason: 'QUARANTINED' as const, detail: this.#parts.recalls.get(zone)?.quarantine?.reason ?? '' }
      : { reason, detail }
    for (const stream of this.#streamsOf(job)) {
      const shardPosition = this.#parts.teller.applied(stream, shard)
      this.#parts.teller.send(stream, { kind: 'nack', zone, shard, position, refused: state, ...told, have, shardPosition })
    }
    this.#finish(job)
  }

  /** Fetches a zone that no publisher has ordered; it stands in its zone's queue as a release does. */
  #recall(trouble: Trouble): void {
    const order = orderOf(trouble)
    if (order === undefined) return this.#parts.recalls.ended(trouble, false)
    const { job, isFirst } = this.#parts.work.add(0, new Uint8Array(0), order, trouble)
    if (isFirst) this.#begin(job)
  }

  #recallFailed(job: Job, trouble: Trouble, detail: string): void {
    this.#parts.recalls.ended(trouble, true)
    if (trouble.reset === undefined) this.#mender.failed(trouble, detail)
    else this.#orders.failed(trouble, detail)
    this.#finish(job)
  }

  /** The stream that a release came on, while it is open. */
  #streamsOf(job: Job): Stream[] {
    const stream = this.#parts.streams.get(job.stream)
    return stream === undefined ? [] : [stream]
  }

  #finish(job: Job): void {
    this.#parts.touch(job.release.shard)
    if (job.recall !== undefined) this.#parts.recalls.ended(job.recall, false)
    const next = this.#parts.work.finish(job)
    if (next !== undefined) this.#begin(next)
  }
}

/** What a sender does with each item: offer, compose, release, and what the edge's answers mean for it. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import type { Ack, Answered, FollowResponse, Have, HaveEntry, Nack, ResetDone } from './messages.ts'
import { Recent } from './recent.ts'
import { isUnderway, Items, type Item, type Run } from './sender-items.ts'
import { mention } from './sender-mentions.ts'
import { needsWhole, pauseAfter } from './sender-mends.ts'
import {
  defaultSenderLimits,
  type SenderEffect,
  type SenderEvent,
  type SenderLimits,
  type SenderOptions,
  type ZoneProgress,
} from './sender-types.ts'
import { progressOf, ProgressNews } from './sender-progress.ts'

type BodyEvent = Extract<SenderEvent, { kind: 'body' }>

export class ItemDesk {
  readonly items = new Items()
  /** Placements that the edge is served. */
  placements: readonly string[] = []
  readonly #limits: SenderLimits
  readonly #acked: Recent<ZoneState>
  readonly #news: ProgressNews
  #effects: SenderEffect[] = []
  #tick = 0

  constructor({ limits }: SenderOptions) {
    this.#limits = { ...defaultSenderLimits, ...limits }
    this.#acked = new Recent(this.#limits.bases)
    this.#news = new ProgressNews(this.#limits.inFlight)
  }

  get hasRoom(): boolean {
    const { inFlight, octets } = this.#limits
    return this.items.inFlight < inFlight && this.items.apart < inFlight && this.items.octets < octets
  }

  /** What this stream said it has of a zone, where that is remembered. */
  acked(zone: string): ZoneState | undefined {
    return this.#acked.get(zone)
  }

  emit(effect: SenderEffect): void {
    this.#effects.push(effect)
  }

  send(message: FollowResponse): void {
    this.emit({ kind: 'send', message })
  }

  takeEffects(): SenderEffect[] {
    const news = this.#news.take()
    if (news) this.emit({ kind: 'progress', placements: this.placements, ...news })
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** Zones that never count as passed. */
  exceptions(): ZoneProgress[] {
    const fetching = [...this.items].filter((item) => item.phase === 'fetching')
    const transferring = fetching.map(({ head, target }) => progressOf(head.zone, target ?? head.state, 'transferring'))
    return [...transferring, ...this.#news.refused.values()]
  }

  shardMoved(run: Run): void {
    this.#news.shardMoved(run)
  }

  /** Drops all items of a shard. */
  clear(run: Run): void {
    for (const item of run.items.slice()) this.items.close(item)
  }

  /** Another publisher sends the shard from here on: what was said of zones in trouble is void, and that other one says it. */
  leave(run: Run, isOfShard: (zone: string) => boolean): void {
    const zones = [...run.items.map(({ head }) => head.zone), ...this.refusedZones().filter(isOfShard)]
    this.clear(run)
    this.#news.leave(zones)
  }

  /** Drops what is under way of a zone; true where there was anything. */
  drop(zone: string): boolean {
    const items = this.items.ofZone(zone).slice()
    for (const item of items) this.items.close(item)
    return items.length > 0
  }

  refusedZones(): string[] {
    return [...this.#news.refused.values()].map(({ zone }) => zone)
  }

  /** Offers everything up to the last item that has to ask for its base; order is kept by offering what stands before it, too. */
  offer(run: Run): void {
    const last = run.items.findLastIndex((item) => item.phase === 'offered' && item.after === undefined)
    if (last >= 0) this.#mention(run, last + 1)
  }

  /** A new item of a zone takes the place of one that has not left, or builds on one that has. */
  follow(prior: Item, item: Item): void {
    if (prior.phase === 'sent') return this.compose(item, prior.target)
    if (prior.phase === 'fetching') return this.items.move(item, 'waiting')
    this.items.close(prior)
    const before = this.items.ofZone(item.head.zone).find((other) => other !== item && isUnderway(other))
    if (before?.phase === 'fetching') return this.items.move(item, 'waiting')
    // Where the earlier offer is still to be answered, its Have says what the edge has of the zone: that is all this one would ask.
    if (prior.phase === 'waiting' || (prior.phase === 'offered' && prior.after !== undefined)) this.items.move(item, 'waiting')
    else if (prior.phase !== 'offered') this.compose(item, prior.base)
  }

  compose(item: Item, base: ZoneState | undefined): void {
    item.base = base?.deleted ? undefined : base
    this.items.move(item, 'composing')
    this.emit({ kind: 'compose', ticket: this.items.ticket(item), base: item.base, target: item.head })
  }

  body({ ticket, state, base, body, note }: BodyEvent): void {
    const item = this.items.byTicket(ticket)
    if (item === undefined) return
    if (compareStates(state, item.head.state) < 0) return this.#delay(item)
    const { run, head } = item
    this.#mention(run, run.items.indexOf(item))
    item.after ??= run.mentioned
    if (head.position > run.mentioned) run.mentioned = head.position
    item.target = state
    this.items.resize(item, body.kind === 'delta' ? body.octets : 0)
    this.items.move(item, body.kind === 'fetch' ? 'fetching' : 'sent')
    const { zone, shard, position, placement } = head
    this.send({ kind: 'release', zone, shard, position, after: item.after, state, base, placement, body, note })
    this.#news.zoneMoved(progressOf(zone, state, body.kind === 'fetch' ? 'transferring' : 'published'))
  }

  noBody(ticket: number): void {
    const item = this.items.byTicket(ticket)
    if (item !== undefined) this.#delay(item)
  }

  tick(): void {
    this.#tick += 1
  }

  /** Goes on with delayed items whose pause is over, as far as the window allows. */
  resume(): void {
    for (const item of this.items.delayed) {
      if (this.items.inFlight >= this.#limits.inFlight) return
      if (item.due <= this.#tick) this.compose(item, item.base)
    }
  }

  have(run: Run | undefined, { entries, shardPosition }: Have): void {
    for (const entry of entries) this.#haveEntry(entry)
    this.#raise(run, shardPosition)
  }

  #haveEntry({ zone, have }: HaveEntry): void {
    if (have !== undefined) this.#acked.set(zone, have)
    else this.#acked.delete(zone)
    if (have !== undefined && (this.#news.isExceptional(zone) || this.#isAhead(zone, have))) {
      this.#news.zoneMoved(progressOf(zone, have, 'applied'))
    }
    for (const item of this.items.ofZone(zone).slice()) {
      if (isUnderway(item)) continue // its Ack or Nack follows
      const order = have === undefined ? -1 : compareStates(have, item.head.state)
      if (order === 0 && have !== undefined && !equalStates(have, item.head.state)) this.#giveUp(item, 'DIGEST_MISMATCH')
      else if (order >= 0) this.#done(item)
      else if (item.phase === 'offered' || (item.phase === 'waiting' && !this.#isBehindFetch(item))) this.compose(item, have)
    }
  }

  /** Later than was offered: another publisher was quicker, or the edge's fence is poisoned. The database can tell. */
  #isAhead(zone: string, have: ZoneState): boolean {
    return this.items.ofZone(zone).every(({ head }) => compareStates(have, head.state) > 0)
  }

  /** What the edge has acknowledged of the zone is void where it has gone back; its Ack follows. */
  resetDone({ zone, outcome, have }: ResetDone): void {
    if (outcome !== 'done' || have === undefined) return
    this.#acked.set(zone, have)
    this.#news.zoneMoved(progressOf(zone, have, 'reset'))
  }

  ack(run: Run | undefined, { zone, state, shardPosition, at }: Ack): void {
    this.#acked.set(zone, state)
    this.#news.refused.delete(zone)
    this.#news.zoneMoved({ ...progressOf(zone, state, 'applied'), at })
    this.#settle(zone, state)
    this.#raise(run, shardPosition)
  }

  answered(run: Run | undefined, { zone, state, shardPosition, at }: Answered): void {
    if (zone !== undefined && state !== undefined) this.#news.zoneMoved({ ...progressOf(zone, state, 'answered'), at })
    if (run === undefined || run.asking || shardPosition <= run.answered) return
    run.answered = shardPosition
    this.shardMoved(run)
  }

  nack(run: Run | undefined, message: Nack): void {
    const { zone, have, position, shardPosition, reason, refused, detail } = message
    if (have !== undefined) this.#acked.set(zone, have)
    else this.#acked.delete(zone)
    this.#raise(run, shardPosition)
    // The edge fetches what it has: until its Ack no position covers the zone.
    if (reason === 'DAMAGED') return this.#news.refuse({ ...progressOf(zone, refused, 'transferring'), reason: detail })
    const item = this.items.ofZone(zone).find((one) => one.head.position === position && isUnderway(one))
    if (item !== undefined) this.#refusedItem(item, message)
    else if (have !== undefined) this.#settle(zone, have)
  }

  #refusedItem(item: Item, { zone, reason, have, refused, detail }: Nack): void {
    const newest = this.items.ofZone(zone).at(-1) as Item
    const isThere = have !== undefined && compareStates(have, refused) >= 0
    if (isThere && reason !== 'DIGEST_MISMATCH') {
      this.#news.zoneMoved(progressOf(zone, have, 'applied'))
      this.#settle(zone, have)
    } else if (newest !== item) {
      // Something newer is on its way already; nobody needs this one any more.
      this.items.close(item)
      if (newest.phase === 'waiting') this.compose(newest, have)
    } else if (isThere || reason === 'VERSION_JUMP' || reason === 'QUARANTINED')
      this.#giveUp(item, detail === '' ? reason : `${reason}: ${detail}`)
    else {
      item.attempts += 1
      item.base = needsWhole(reason) ? undefined : have
      this.#delay(item, pauseAfter(reason, item.attempts))
    }
  }

  #delay(item: Item, ticks = 1): void {
    item.due = this.#tick + ticks
    this.items.move(item, 'delayed')
  }

  /** Leaves the zone until its head moves. The edge's position stays before it. */
  #giveUp(item: Item, reason: string): void {
    this.items.close(item)
    this.#news.refuse({ ...progressOf(item.head.zone, item.head.state, 'quarantined'), reason })
  }

  /** The edge has a state: items up to it are done, and one that waited for it goes on from there. */
  #settle(zone: string, state: ZoneState): void {
    for (const item of this.items.ofZone(zone).slice()) {
      if (compareStates(item.head.state, state) <= 0) this.#done(item)
      else if (item.phase === 'waiting' && !this.#isBehindFetch(item)) this.compose(item, state)
    }
  }

  /** The edge has it. What was never mentioned is offered all the same: its place in the order is news. */
  #done(item: Item): void {
    if (item.after !== undefined) return this.items.close(item)
    this.items.move(item, 'offered')
    this.offer(item.run)
  }

  #isBehindFetch(item: Item): boolean {
    return this.items.ofZone(item.head.zone).some((other) => other.phase === 'fetching')
  }

  /** Offers the first `count` items of a shard, as far as they were not mentioned. */
  #mention(run: Run, count: number): void {
    for (const offer of mention(run, count, this.#limits.offerEntries)) this.send(offer)
  }

  #raise(run: Run | undefined, position: bigint): void {
    if (run === undefined || run.asking || position <= run.applied) return
    run.applied = position
    this.shardMoved(run)
  }
}

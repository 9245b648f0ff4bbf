/** The publisher's side of Follow: one sender an edge and stream. */
import { compareStates } from '@zonecast/zone'
import type { IndexEntry } from './head-index.ts'
import { protocolVersion, sameLog, type FollowRequest, type Hello, type Position } from './messages.ts'
import { ItemDesk } from './sender-desk.ts'
import { SenderDivision } from './sender-division.ts'
import { heldIn, refuseHello } from './sender-hello.ts'
import { newItem, newRun, progressIn, type Run } from './sender-items.ts'
import { guessBase } from './sender-mentions.ts'
import { StuckShards } from './sender-stuck.ts'
import {
  defaultSenderLimits,
  type EdgeProgress,
  type SenderEffect,
  type SenderEvent,
  type SenderOptions,
} from './sender-types.ts'

/** Heads of a shard that are looked at before the next shard has its turn. */
const turnLength = 128

/**
 * Walks the index shard by shard, a few hundred items ahead of what the edge has acknowledged.
 *
 *     shard: asking ──Position──▶ running ──log id moves, shard taken over──▶ asking
 *                                 running ──unasked Position──▶ running, from there
 *
 * The phases of an item are in `docs/reference/sync-protocol.md`. `step` has no effect of its own but on the sender's memory.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #desk: ItemDesk
  readonly #runs = new Map<number, Run>()
  /** Shards in which the index may have more. */
  readonly #unread = new Set<Run>()
  /** Shards whose Checkpoint is due. */
  readonly #unchecked = new Set<Run>()
  readonly #division: SenderDivision
  #logId: Uint8Array
  #placements: ReadonlySet<string> = new Set()
  readonly #stuck = new StuckShards()
  #following = false
  #tickCount = 0

  constructor(options: SenderOptions) {
    this.#options = options
    this.#division = new SenderDivision(options.shards, options.current ?? [])
    this.#logId = options.index.logId
    this.#desk = new ItemDesk(options)
  }

  /** Items that count against the window: offered, composing or sent. */
  get inFlight(): number {
    return this.#desk.items.inFlight
  }

  step(event: SenderEvent): SenderEffect[] {
    this.#handle(event)
    if (this.#following) {
      this.#division.tell(this.#desk)
      this.#advance()
      for (const run of this.#unchecked) this.#checkpoint(run)
    }
    return this.#desk.takeEffects()
  }

  /** All that is known of the edge, for the first message of a report. */
  full(): EdgeProgress {
    const shards = [...this.#runs.values()].filter(({ asking }) => !asking).map(progressIn)
    return { placements: this.#desk.placements, shards, zones: this.#desk.exceptions() }
  }

  #handle(event: SenderEvent): void {
    if (event.kind === 'received') return this.#receive(event.message)
    if (event.kind === 'body') return this.#desk.body(event)
    if (event.kind === 'noBody') return this.#desk.noBody(event.ticket)
    if (event.kind === 'tick') return this.#tick()
    if (event.kind === 'moved' && event.shard !== undefined) return this.#moved(event.shard)
    if (event.kind === 'shards') this.#division.hold(event.held, event.current)
    if (this.#following) this.#followIndex()
  }

  #tick(): void {
    this.#tickCount += 1
    this.#desk.tick()
    for (const run of this.#runs.values()) this.#unchecked.add(run)
  }

  #moved(shard: number): void {
    const run = this.#runs.get(shard)
    if (run !== undefined && !run.asking) this.#unread.add(run)
  }

  #receive(message: FollowRequest): void {
    if (message.kind === 'hello') return this.#hello(message)
    if (!this.#following || message.kind === 'heartbeat') return
    if (message.kind === 'want') return this.#followIndex(this.#division.want(message.shards, this.#logId))
    const run = this.#runs.get(message.shard)
    if (message.kind === 'position') this.#position(run, message)
    else if (message.kind === 'have') this.#desk.have(run, message)
    else if (message.kind === 'resetDone') this.#desk.resetDone(message)
    else if (message.kind === 'ack') this.#desk.ack(run, message)
    else if (message.kind === 'nack') this.#desk.nack(run, message)
    else this.#desk.answered(run, message)
  }

  #hello(hello: Hello): void {
    if (this.#following) return
    const reason = refuseHello(hello, this.#options.edgeId)
    if (reason !== undefined) return this.#desk.emit({ kind: 'close', reason })
    this.#following = true
    const { placements, publisherId, heartbeatMilliseconds, index } = this.#options
    this.#placements = new Set(placements.filter((one) => hello.placements.length === 0 || hello.placements.includes(one)))
    this.#logId = index.logId
    this.#desk.placements = [...this.#placements]
    const known = sameLog(hello.logId, this.#logId) && this.#desk.placements.every((one) => hello.heldPlacements.includes(one))
    this.#division.begin(hello, known)
    const shards = this.#logId.length === 0 ? [] : [...this.#division.sends].toSorted((a, b) => a - b)
    const served = { shards, placements: this.#desk.placements }
    const own = { protocol: protocolVersion, publisherId, heartbeatMilliseconds }
    this.#desk.send({ kind: 'welcome', ...own, logId: this.#logId, ...served })
    for (const shard of shards) this.#begin(shard, known ? heldIn(hello, shard) : { applied: 0n, answered: 0n })
  }

  /** Takes over and gives up shards, and asks for all positions again when the log id has moved. */
  #followIndex(startOf: ReturnType<SenderDivision['want']> = () => undefined): void {
    const { logId } = this.#options.index
    const { sends } = this.#division
    const moved = logId.length > 0 && !sameLog(logId, this.#logId)
    this.#logId = logId
    for (const run of this.#runs.values()) {
      if (!moved && logId.length > 0 && sends.has(run.shard)) this.#moved(run.shard)
      else {
        if (!moved) this.#desk.leave(run, (zone) => this.#options.index.get(zone)?.head.shard === run.shard)
        this.#giveUp(run)
      }
    }
    if (logId.length > 0) for (const shard of sends) if (!this.#runs.has(shard)) this.#begin(shard, startOf(shard))
  }

  /** Where the edge stands is known, or it is asked. */
  #begin(shard: number, from: ReturnType<typeof heldIn> | undefined): void {
    const run = newRun(shard)
    if (from === undefined) return this.#ask(run)
    this.#runs.set(shard, run)
    this.#start(run, from.applied, from.answered)
  }

  /** True where a zone that the edge alone can bring is what it stands before. */
  #isExplained({ shard }: Run): boolean {
    return this.#desk.refusedZones().some((zone) => {
      const head = this.#options.index.get(zone)?.head
      return head?.shard === shard && this.#placements.has(head.placement)
    })
  }

  /** Asks where the edge stands, and goes on from there. */
  #ask(run: Run): void {
    this.#giveUp(run)
    this.#runs.set(run.shard, newRun(run.shard))
    this.#desk.send({ kind: 'resume', shard: run.shard, logId: this.#logId })
  }

  #giveUp(run: Run): void {
    this.#desk.clear(run)
    this.#runs.delete(run.shard)
    this.#unread.delete(run)
    this.#unchecked.delete(run)
  }

  /** A position of another log id was said before the edge read the Resume: its answer is still to come. */
  #position(run: Run | undefined, { logId, position, answered }: Position): void {
    if (run === undefined) return
    const known = sameLog(logId, this.#logId)
    if (!known && logId.length > 0) return
    this.#start(run, known ? position : 0n, known ? answered : 0n)
  }

  #start(run: Run, applied: bigint, answered: bigint): void {
    this.#desk.clear(run)
    Object.assign(run, { asking: false, cursor: applied, mentioned: applied, level: -1n, checkpointed: -1n, applied, answered })
    this.#desk.shardMoved(run)
    this.#unread.add(run)
    this.#unchecked.add(run)
  }

  /** Opens items as far as the window allows, some of each shard in turn. */
  #advance(): void {
    this.#desk.resume()
    for (const run of this.#unread) {
      if (!this.#desk.hasRoom) return
      // Taken out and put in again behind the others: each has its turn.
      this.#unread.delete(run)
      if (this.#advanceRun(run)) this.#unread.add(run)
    }
  }

  /** True when there may be more. */
  #advanceRun(run: Run): boolean {
    const { index } = this.#options
    for (let count = 0; count < turnLength; count++) {
      if (!this.#desk.hasRoom) {
        this.#desk.offer(run)
        return true
      }
      const entry = index.next(run.shard, run.cursor)
      if (entry === undefined) {
        const complete = index.completeTo(run.shard)
        run.level = complete > run.cursor ? complete : run.cursor
        this.#desk.offer(run)
        return false
      }
      run.cursor = entry.head.position
      if (this.#placements.has(entry.head.placement)) this.#open(run, entry)
      // What was mentioned of it is for other edges now, and nothing of this stream settles it: that is looked into at once.
      else if (this.#desk.drop(entry.head.zone)) run.due = 0
    }
    this.#desk.offer(run)
    return true
  }

  #open(run: Run, entry: IndexEntry): void {
    const { zone, state } = entry.head
    const acked = this.#desk.acked(zone)
    const prior = this.#desk.items.ofZone(zone).at(-1)
    const item = newItem(entry.head, run, 'offered')
    this.#desk.items.open(item)
    if (prior !== undefined) return this.#desk.follow(prior, item)
    // Where the edge has it already, it is offered all the same: its place in the order is news.
    if (acked !== undefined && compareStates(acked, state) >= 0) return
    if (acked !== undefined) return this.#desk.compose(item, acked)
    const guess = guessBase(run, entry)
    if (guess !== undefined) this.#desk.compose(item, guess.base)
  }

  /**
   * Says where the index ends, once it is reached and all before is mentioned: after each start, then on ticks where it has moved, and
   * now and then where it has not, so that the edge compares what it has.
   */
  #checkpoint(run: Run): void {
    const { index } = this.#options
    if (this.#unread.has(run) || run.items.some((item) => item.after === undefined)) return
    this.#unchecked.delete(run)
    const level = index.level(run.shard, this.#placements)
    if (run.asking || level === undefined || level.position < run.cursor) return
    const isDue = this.#tickCount >= run.due
    if (isDue && this.#stuck.mayAsk(run, this.#tickCount, () => this.#isExplained(run))) return this.#ask(run)
    if (level.position <= run.checkpointed && !isDue) return
    const { limits, random = () => 0.5 } = this.#options
    const { compareTicks } = { ...defaultSenderLimits, ...limits }
    run.due = this.#tickCount + Math.ceil(compareTicks * (0.75 + random() / 2))
    this.#desk.send({ kind: 'checkpoint', after: run.mentioned, level })
    run.cursor = run.mentioned = run.checkpointed = level.position
  }
}

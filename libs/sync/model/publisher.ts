/** A publisher as the model sees it: index, senders, and bodies that come late. */
import { compareStates, type Head, type ZoneState } from '@zonecast/zone'
import { HeadIndex } from '../head-index.ts'
import { sameLog, type FollowRequest } from '../messages.ts'
import type { ProgressReport } from '../progress.ts'
import { Sender } from '../sender.ts'
import type { SenderEffect, SenderEvent } from '../sender-types.ts'
import type { Coverage } from './coverage.ts'
import { contentOf, headTerm, type Database } from './database.ts'
import type { Link } from './link.ts'
import type { Random } from './random.ts'

/** Small limits, so that histories of some dozen zones meet them. */
export const inFlightLimit = 6

/** What a model's delta carries: it gives the right content only onto its base. */
export interface ModelDelta {
  readonly from: string | undefined
  readonly to: string
}

interface Wanted {
  readonly link: Link
  readonly ticket: number
  readonly base: ZoneState | undefined
  readonly target: Head
}

export interface PublisherPorts {
  readonly database: Database
  readonly random: Random
  readonly coverage: Coverage
  readonly report: (publisher: ModelPublisher, report: ProgressReport) => void
  readonly placementsOf: (edge: string) => readonly string[]
}

export class ModelPublisher {
  readonly name: string
  /** Shards that it holds. */
  readonly owned = new Set<number>()
  /** It knows what it holds to be up to date, rightly or not. */
  isCurrent = false
  /** Rounds for which it takes no news, and sends on what it has. */
  behind = 0
  readonly #ports: PublisherPorts
  #index = new HeadIndex({ headTerm })
  readonly #senders = new Map<Link, Sender>()
  #wanted: Wanted[] = []
  /** Events of each shard that were taken. */
  #read = new Map<number, number>()

  constructor(name: string, ports: PublisherPorts) {
    this.name = name
    this.#ports = ports
  }

  get links(): Link[] {
    return [...this.#senders.keys()]
  }

  get isIdle(): boolean {
    const { database } = this.#ports
    const level = database.shards.every((shard) => this.#index.completeTo(shard) === database.position(shard))
    return this.#wanted.length === 0 && level && sameLog(this.#index.logId, database.logId)
  }

  head(zone: string): Head | undefined {
    return this.#index.get(zone)?.head
  }

  /** Loses what is not durable: with `isCold`, its index of heads, too. */
  restart(isCold: boolean): void {
    this.#ports.coverage.count(isCold ? 'publisher restarted cold' : 'publisher restarted warm')
    if (isCold) {
      this.#index = new HeadIndex({ headTerm })
      this.#read = new Map()
    }
    for (const link of this.links) {
      link.cutNow(this.#ports.random)
      link.up.length = 0
      link.publisherEnded = true
    }
    this.#senders.clear()
    this.#wanted = []
    this.reportFull()
  }

  /** Takes news of one shard: some events, or the list of heads where there is no other way. */
  follow(shard: number, events: number): void {
    const { database } = this.#ports
    if (this.behind > 0) {
      this.behind -= 1
      return
    }
    if (!sameLog(this.#index.logId, database.logId)) {
      this.#index.reset(database.logId)
      this.#read = new Map()
      this.#all({ kind: 'moved' })
      this.reportFull()
    }
    const log = database.events.get(shard) ?? []
    // An event may be quicker than what stands before it: the index has it, and shows it when it is complete to there.
    const early = log.at(-1)
    if (early !== undefined && this.#ports.random.chance(0.2)) this.#index.put(early)
    const read = this.#read.get(shard)
    if (read === undefined) {
      for (const head of database.list(shard, this.#index.completeTo(shard))) this.#index.put(head)
      this.#read.set(shard, log.length)
      this.#index.complete(shard, database.position(shard))
    } else {
      const news = log.slice(read, read + events)
      for (const head of news) this.#index.put(head)
      this.#read.set(shard, read + news.length)
      const last = news.at(-1)
      if (last !== undefined) this.#index.complete(shard, last.position)
    }
    this.#all({ kind: 'moved', shard })
  }

  own(shard: number, isOwned: boolean): void {
    if (isOwned) this.owned.add(shard)
    else this.owned.delete(shard)
    this.#tellShards()
  }

  believe(isCurrent: boolean): void {
    this.isCurrent = isCurrent
    this.#tellShards()
  }

  #tellShards(): void {
    const held = [...this.owned]
    this.#all({ kind: 'shards', held, current: this.isCurrent ? held : [] })
  }

  tick(): void {
    this.#all({ kind: 'tick' })
  }

  received(link: Link, message: FollowRequest): void {
    let sender = this.#senders.get(link)
    if (sender === undefined) {
      if (message.kind !== 'hello') return
      this.#replace(link)
      sender = new Sender({
        edgeId: link.edge,
        publisherId: this.name,
        placements: this.#ports.placementsOf(link.edge),
        index: this.#index,
        shards: [...this.owned],
        current: this.isCurrent ? [...this.owned] : [],
        heartbeatMilliseconds: 5000,
        random: () => this.#ports.random.next(),
        limits: { inFlight: inFlightLimit, offerEntries: 3, bases: 4, compareTicks: 12 },
      })
      this.#senders.set(link, sender)
    }
    this.#step(link, sender, { kind: 'received', message })
  }

  /** A new stream of an edge takes the place of the one before, which may not have been seen to end yet. */
  #replace(link: Link): void {
    for (const other of this.links) {
      if (other.edge !== link.edge) continue
      other.cutNow(this.#ports.random)
      this.ended(other)
    }
  }

  ended(link: Link): void {
    if (!this.#senders.delete(link)) return
    this.#wanted = this.#wanted.filter((wanted) => wanted.link !== link)
    this.#report(link.edge, false, { placements: [], shards: [], zones: [] })
  }

  /** Answers one of the bodies asked for, whichever. */
  compose(isCalm: boolean): void {
    const { random } = this.#ports
    if (this.#wanted.length === 0) return
    const [wanted] = this.#wanted.splice(random.below(this.#wanted.length), 1) as [Wanted]
    const sender = this.#senders.get(wanted.link)
    if (sender === undefined) return
    const { ticket, base, target } = wanted
    if (!isCalm && random.chance(0.05)) return this.#step(wanted.link, sender, { kind: 'noBody', ticket })
    const newest = this.#index.get(target.zone)?.head.state ?? target.state
    const state = random.chance(0.3) && compareStates(newest, target.state) > 0 ? newest : target.state
    const broken = !isCalm && random.chance(0.03)
    this.#step(wanted.link, sender, { kind: 'body', ticket, state, ...this.#body(target, state, base, broken) })
  }

  #body(
    target: Head,
    state: ZoneState,
    base: ZoneState | undefined,
    broken: boolean,
  ): Pick<Extract<SenderEvent, { kind: 'body' }>, 'base' | 'body'> {
    if (state.deleted) return { base: undefined, body: { kind: 'tombstone' } }
    const isLarge = target.contentOctets > 256 * 1024 && (base === undefined || this.#ports.random.chance(0.3))
    if (isLarge) return { base, body: { kind: 'fetch', octets: target.contentOctets } }
    const from = base && contentOf(base.digest)
    const content: ModelDelta = { from, to: broken ? 'broken' : contentOf(state.digest) }
    return { base, body: { kind: 'delta', octets: 100, content } }
  }

  /** The report begins again: to a zone API that was away, or because positions are of another log id. */
  reportFull(): void {
    const edges = [...this.#senders].map(([{ edge }, sender]) => ({
      ...sender.full(),
      edgeId: edge,
      connected: true,
      lastHeardAt: undefined,
    }))
    this.#ports.report(this, { logId: this.#index.logId, full: true, edges })
  }

  #all(event: SenderEvent): void {
    for (const [link, sender] of this.#senders) this.#step(link, sender, event)
  }

  #step(link: Link, sender: Sender, event: SenderEvent): void {
    for (const effect of sender.step(event)) this.#effect(link, effect)
    if (sender.inFlight > inFlightLimit) throw new Error(`${sender.inFlight} items in flight`)
  }

  #effect(link: Link, effect: SenderEffect): void {
    if (effect.kind === 'send') link.sendDown(effect.message)
    else if (effect.kind === 'compose') this.#wanted.push({ link, ...effect })
    else if (effect.kind === 'progress') this.#report(link.edge, true, effect)
    else throw new Error(effect.reason)
  }

  #report(
    edgeId: string,
    connected: boolean,
    progress: Pick<Extract<SenderEffect, { kind: 'progress' }>, 'placements' | 'shards' | 'zones'>,
  ): void {
    const { placements, shards, zones } = progress
    this.#ports.report(this, {
      logId: undefined,
      full: false,
      edges: [{ edgeId, connected, lastHeardAt: undefined, placements, shards, zones }],
    })
  }
}

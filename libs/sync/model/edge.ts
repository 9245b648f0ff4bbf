/** An edge as the model sees it: a store that survives, a receiver that does not, and a DNS server that lags. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import type { FollowResponse } from '../messages.ts'
import { Receiver } from '../receiver.ts'
import type { ReceiverEffect, ReceiverEvent } from '../receiver-types.ts'
import { earlyAck, loosened, pretended, writtenAnyway, type Breakage } from './breakage.ts'
import type { Coverage } from './coverage.ts'
import { contentOf, headTerm } from './database.ts'
import { ModelStore } from './edge-store.ts'
import { Fetches, type FetchSource } from './fetches.ts'
import type { Link } from './link.ts'
import type { Random } from './random.ts'

export interface EdgePorts {
  readonly random: Random
  readonly coverage: Coverage
  readonly source: FetchSource
  readonly breakage: Breakage
  /** It chooses which publisher sends it each shard. */
  readonly divides: boolean
  /** True where the database has a zone for this edge: nobody can mend another. */
  readonly isServed: (zone: string) => boolean
}

export class ModelEdge {
  readonly name: string
  readonly store: ModelStore
  /** What the DNS server answers. It reads the store, a little late, and never goes back. */
  readonly answers = new Map<string, ZoneState>()
  readonly fetches: Fetches
  links: Link[] = []
  readonly #ports: EdgePorts
  #receiver: Receiver
  #storeQueue: ReceiverEffect[] = []
  readonly #verifying = new Map<string, number>()
  /** Zones of which no snapshot will ever come out right. */
  readonly poisoned = new Set<string>()
  /** What the comparison that is under way leaves out. */
  #leftOut = 0
  /** What a broken receiver takes for the state of a zone. */
  #pretended: { readonly zone: string; readonly state: ZoneState | undefined } | undefined

  constructor(name: string, ports: EdgePorts) {
    this.name = name
    this.#ports = ports
    this.store = new ModelStore(ports)
    this.fetches = new Fetches(ports)
    this.#receiver = this.#start()
  }

  /** True when nothing is left to do but comparing. */
  get isIdle(): boolean {
    const isWriting = this.#storeQueue.some((effect) => effect.kind !== 'compare')
    return !isWriting && this.fetches.size === 0 && this.#verifying.size === 0 && this.troubled().length === 0
  }

  /** Zones in trouble that can be mended. */
  troubled(): string[] {
    const zones = [...this.#receiver.troubles()].map(({ zone }) => zone)
    return zones.filter((zone) => this.#ports.isServed(zone) && !this.poisoned.has(zone))
  }

  get receiver(): Receiver {
    return this.#receiver
  }

  /** Kill and start: what is durable stays, and so does what was answered of it. */
  restart(): void {
    for (const link of this.links) {
      link.cutNow(this.#ports.random)
      link.down.length = 0
      link.edgeEnded = true
    }
    this.links = []
    this.#storeQueue = []
    this.fetches.clear()
    this.#verifying.clear()
    this.#receiver = this.#start()
    this.step({ kind: 'started' })
    if (this.#ports.breakage === 'tombstones') return
    for (const shard of this.store.lostTombstones()) {
      this.#ports.coverage.count('shard listed for a tombstone')
      this.step({ kind: 'lost', shard, detail: 'tombstones were lost' })
    }
  }

  /** Stops in good order: what was asked of the store is carried out first. */
  stopAndStart(meanwhile: () => void = () => {}): void {
    while (this.#storeQueue.length > 0) this.#carryOutNext(true)
    meanwhile()
    this.restart()
  }

  /** From now on no snapshot of a zone comes out right. */
  poison(zone: string): void {
    this.poisoned.add(zone)
    this.store.failing.set(zone, Infinity)
    this.#ports.coverage.count('zone poisoned')
  }

  /** The next snapshot comes out right. */
  cure(): void {
    for (const zone of this.poisoned) this.store.failing.delete(zone)
    this.poisoned.clear()
  }

  loseDisk(): void {
    this.store.lose()
    this.answers.clear()
    this.restart()
  }

  /** Content of a zone goes bad on the disk; the next scrub finds it. */
  damage(zone: string): void {
    const stored = this.store.zones.get(zone)
    if (stored === undefined || stored.state.deleted) return
    stored.content = 'damaged'
    this.#ports.coverage.count('damage')
  }

  #scrub(): void {
    for (const [zone, { content, shard, placement }] of this.store.zones) {
      if (content === 'damaged') this.step({ kind: 'damaged', zone, shard, placement, reason: 'a scrub' })
    }
  }

  open(link: Link): void {
    this.links.push(link)
    this.step({ kind: 'opened', stream: link.id })
  }

  received(link: Link, sent: FollowResponse): void {
    const { breakage } = this.#ports
    const message = loosened(breakage, sent, (shard) => this.#receiver.position(shard).applied)
    if (writtenAnyway(breakage, message)) this.store.force(message)
    this.#pretended = pretended(breakage, message, this.#stateOf.bind(this))
    this.step({ kind: 'received', stream: link.id, message })
    this.#pretended = undefined
  }

  ended(link: Link): void {
    this.links = this.links.filter((other) => other !== link)
    this.step({ kind: 'closed', stream: link.id })
  }

  /** It has not heard of a publisher for some time, or hears it again. */
  silent(link: Link, isSilent: boolean): void {
    if (this.links.includes(link)) this.step({ kind: 'silent', stream: link.id, isSilent })
  }

  tick(): void {
    this.step({ kind: 'tick' })
    if (this.#ports.random.chance(0.2)) this.#scrub()
  }

  step(event: ReceiverEvent): void {
    for (const effect of this.#receiver.step(event)) this.#effect(effect)
  }

  /** The store carries out what is next; with `isLost`, the process dies before it can say so. */
  storeStep(isCalm: boolean, isLost = false): void {
    if (this.#storeQueue.length === 0) return
    const event = this.#carryOutNext(isCalm)
    if (isLost) {
      this.#ports.coverage.count('edge killed in a write')
      this.restart()
    } else if (event !== undefined) this.step(event)
  }

  fetchStep(isCalm: boolean): void {
    const event = this.fetches.step(isCalm)
    if (event !== undefined) this.step(event)
  }

  /** The DNS server reads a zone anew, and the edge asks it. */
  answerStep(): void {
    const zones = [...this.#verifying]
    if (zones.length === 0) return
    const [zone, shard] = this.#ports.random.pick(zones)
    this.#verifying.delete(zone)
    const stored = this.store.zones.get(zone)
    if (stored === undefined) return
    this.answers.set(zone, stored.state)
    this.step({ kind: 'answered', zone, shard, state: stored.state, at: 1 })
  }

  #carryOutNext(isCalm: boolean): ReceiverEvent | undefined {
    const effect = this.#storeQueue.shift() as ReceiverEffect
    const before = effect.kind === 'apply' ? this.store.zones.get(effect.zone) : undefined
    const event = this.store.carryOut(effect, isCalm)
    if (effect.kind !== 'apply' || event?.kind !== 'applied') return event
    if (before?.content === 'damaged') this.#mended(effect.zone)
    for (const trouble of this.#receiver.troubles()) {
      const { zone, quarantine } = trouble
      if (zone === effect.zone && quarantine !== undefined && compareStates(effect.state, quarantine.state) >= 0) {
        this.#ports.coverage.count('quarantine over')
      }
    }
    return event
  }

  #mended(zone: string): void {
    const { state, content } = this.store.zones.get(zone) ?? {}
    if (state !== undefined && content === contentOf(state.digest)) this.#ports.coverage.count('damage mended')
  }

  #stateOf(zone: string): ZoneState | undefined {
    if (this.#pretended?.zone === zone) return this.#pretended.state
    return this.store.zones.get(zone)?.state
  }

  #start(): Receiver {
    return new Receiver({
      edgeId: this.name,
      placements: [],
      divides: this.#ports.divides,
      levels: this.store.levels(),
      stateOf: (zone) => this.#stateOf(zone),
      headTerm: this.#ports.breakage === 'sides' ? () => new Uint8Array(32) : headTerm,
      setDigestOf: (shard) => this.store.stampedLevel(shard),
      random: () => this.#ports.random.next(),
      limits: { fetches: 2, recalls: 1, unanswered: 3, patience: 2, listing: 2 },
    })
  }

  #effect(effect: ReceiverEffect): void {
    if (effect.kind === 'send') this.#send(effect)
    else if (effect.kind === 'fetch') this.fetches.add(effect)
    else if (effect.kind === 'verify') this.#verifying.set(effect.zone, effect.shard)
    else if (effect.kind === 'alarm') this.#alarm(effect.detail)
    else if (effect.kind === 'close') throw new Error(effect.reason)
    else if (effect.kind === 'compare') this.#compare(effect)
    else {
      this.#storeQueue.push(effect)
      const early = earlyAck(this.#ports.breakage, effect)
      if (early !== undefined) this.step(early)
    }
  }

  #compare(effect: Extract<ReceiverEffect, { kind: 'compare' }>): void {
    this.#leftOut = effect.without.size
    if (this.#leftOut > 0) this.#ports.coverage.count('comparison beside what is not settled')
    if (this.#leftOut === 0 || this.#ports.breakage !== 'comparison') this.#storeQueue.push(effect)
  }

  #send({ stream, message }: Extract<ReceiverEffect, { kind: 'send' }>): void {
    const { coverage } = this.#ports
    if (message.kind === 'nack') {
      if (message.reason === 'NOT_NEWER') coverage.count('fence at work')
      if (message.reason === 'BASE_MISMATCH') coverage.count('base refused')
      if (message.reason === 'DIGEST_MISMATCH') coverage.count('digest refused')
    }
    if (message.kind === 'want' && this.links.length > 1) coverage.count('shards divided')
    this.links.find((link) => link.id === stream)?.sendUp(message)
  }

  #alarm(detail: string): void {
    const { coverage } = this.#ports
    if (detail.startsWith('quarantined')) coverage.count('quarantine')
    if (detail === 'set digests differ') coverage.count('shard listed for a difference')
    if (detail === 'set digests differ' && this.#leftOut > 0) coverage.count('difference beside what is not settled')
    if (detail === 'a listing did not mend the set digest') coverage.count('difference remembered')
  }
}

/** True when what is there is not older. */
export function isForward(before: ZoneState | undefined, after: ZoneState): boolean {
  return before === undefined || compareStates(after, before) >= 0
}

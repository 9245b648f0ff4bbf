/** An edge as the model sees it: a store that survives, a receiver that does not, and a DNS server that lags. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import { DigestSum } from '../digest-sum.ts'
import { sameLog, type FollowResponse, type ShardLevel } from '../messages.ts'
import { Receiver } from '../receiver.ts'
import type { Levels, ReceiverEffect, ReceiverEvent, ShardMark } from '../receiver-types.ts'
import { headTerm } from './database.ts'
import type { Link } from './link.ts'
import type { ModelDelta } from './publisher.ts'
import type { Random } from './random.ts'

type EffectOf<Kind extends ReceiverEffect['kind']> = Extract<ReceiverEffect, { kind: Kind }>

interface Stored {
  readonly shard: number
  readonly state: ZoneState
  stamp: bigint
}

export interface EdgePorts {
  readonly random: Random
  /** What FetchZone ends on at some publisher; undefined where it fails. */
  readonly fetch: (zone: string, target: ZoneState) => ZoneState | undefined
}

export class ModelEdge {
  readonly name: string
  readonly zones = new Map<string, Stored>()
  /** What the DNS server answers. It reads the store, a little late, and never goes back. */
  readonly answers = new Map<string, ZoneState>()
  readonly alarms: string[] = []
  links: Link[] = []
  readonly #ports: EdgePorts
  #logId: Uint8Array = new Uint8Array(0)
  #placements: readonly string[] = []
  #marks = new Map<number, { position: bigint; answered: bigint }>()
  #receiver: Receiver
  #storeQueue: ReceiverEffect[] = []
  #fetches: EffectOf<'fetch'>[] = []
  readonly #verifying = new Map<string, number>()

  constructor(name: string, ports: EdgePorts) {
    this.name = name
    this.#ports = ports
    this.#receiver = this.#start()
  }

  get isIdle(): boolean {
    return this.#storeQueue.length === 0 && this.#fetches.length === 0 && this.#verifying.size === 0
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
    this.#fetches = []
    this.#verifying.clear()
    this.#receiver = this.#start()
    this.step({ kind: 'started' })
  }

  open(link: Link): void {
    this.links.push(link)
    this.step({ kind: 'opened', stream: link.id })
  }

  received(link: Link, message: FollowResponse): void {
    this.step({ kind: 'received', stream: link.id, message })
  }

  ended(link: Link): void {
    this.links = this.links.filter((other) => other !== link)
    this.step({ kind: 'closed', stream: link.id })
  }

  step(event: ReceiverEvent): void {
    for (const effect of this.#receiver.step(event)) this.#effect(effect)
  }

  /** The store carries out what is next; with `isLost`, the process dies before it can say so. */
  storeStep(isCalm: boolean, isLost = false): void {
    const effect = this.#storeQueue.shift()
    if (effect === undefined) return
    const event = this.#carryOut(effect, isCalm)
    if (isLost) this.restart()
    else if (event !== undefined) this.step(event)
  }

  fetchStep(isCalm: boolean): void {
    const { random, fetch } = this.#ports
    if (this.#fetches.length === 0) return
    const [order] = this.#fetches.splice(random.below(this.#fetches.length), 1) as [EffectOf<'fetch'>]
    const state = !isCalm && random.chance(0.15) ? undefined : fetch(order.zone, order.target)
    if (state === undefined) this.step({ kind: 'fetchFailed', job: order.job, detail: 'cut' })
    else this.step({ kind: 'fetched', job: order.job, state })
  }

  /** The DNS server reads a zone anew, and the edge asks it. */
  answerStep(): void {
    const zones = [...this.#verifying]
    if (zones.length === 0) return
    const [zone, shard] = this.#ports.random.pick(zones)
    const { state } = this.zones.get(zone) as Stored
    this.answers.set(zone, state)
    this.#verifying.delete(zone)
    this.step({ kind: 'answered', zone, shard, state, at: 1 })
  }

  stampedLevel(shard: number): Pick<ShardLevel, 'setDigest' | 'zones'> {
    const sum = new DigestSum()
    let zones = 0
    for (const [zone, stored] of this.zones) {
      if (stored.shard !== shard || stored.stamp === 0n || stored.state.deleted) continue
      sum.add(headTerm(zone, stored.state))
      zones += 1
    }
    return { setDigest: sum.bytes(), zones }
  }

  #start(): Receiver {
    const shards = [...this.#marks].map(([shard, mark]) => ({ shard, ...mark }))
    const levels: Levels = { logId: this.#logId, placements: this.#placements, shards }
    return new Receiver({
      edgeId: this.name,
      placements: [],
      levels,
      stateOf: (zone) => this.zones.get(zone)?.state,
      setDigestOf: (shard) => this.stampedLevel(shard),
      limits: { fetches: 2, unanswered: 3, listing: 2 },
    })
  }

  #effect(effect: ReceiverEffect): void {
    if (effect.kind === 'send') this.links.find((link) => link.id === effect.stream)?.sendUp(effect.message)
    else if (effect.kind === 'fetch') this.#fetches.push(effect)
    else if (effect.kind === 'verify') this.#verifying.set(effect.zone, effect.shard)
    else if (effect.kind === 'alarm') this.alarms.push(effect.detail)
    else if (effect.kind === 'close') throw new Error(effect.reason)
    else this.#storeQueue.push(effect)
  }

  #carryOut(effect: ReceiverEffect, isCalm: boolean): ReceiverEvent | undefined {
    if (effect.kind === 'apply') return this.#apply(effect, isCalm)
    if (effect.kind === 'list') return this.#list(effect)
    if (effect.kind === 'compare') return this.#compare(effect)
    if (effect.kind === 'restart') this.#restartShards(effect)
    if (effect.kind === 'mark') this.#mark(effect.mark)
    if (effect.kind === 'stamp') {
      for (const { zone, position } of effect.zones) this.#stamp(zone, position, effect.mark.logId)
      this.#mark(effect.mark)
    }
    return undefined
  }

  #apply({ job, zone, shard, state, base, body, stamp, mark, mend }: EffectOf<'apply'>, isCalm: boolean): ReceiverEvent {
    const before = this.zones.get(zone)
    if (before !== undefined && compareStates(state, before.state) < (mend ? 0 : 1)) throw new Error(`${zone} would go back`)
    if (!isCalm && this.#ports.random.chance(0.03)) return { kind: 'refused', job, reason: 'STORE_FAILED', detail: 'disk full' }
    if (body.kind === 'delta') {
      const { from, broken } = body.content as ModelDelta
      if (base !== undefined && !equalStates(base, before?.state ?? { ...base, version: 0n }))
        throw new Error(`${zone}: another base`)
      if (broken) return { kind: 'refused', job, reason: 'DIGEST_MISMATCH', detail: '' }
      if ((from === undefined) !== (base === undefined)) throw new Error(`${zone}: the base was lost`)
    }
    const isKnownLog = mark !== undefined && sameLog(mark.logId, this.#logId)
    const kept = before?.stamp ?? 0n
    this.zones.set(zone, { shard, state, stamp: stamp !== undefined && isKnownLog && stamp > kept ? stamp : kept })
    if (mark !== undefined) this.#mark(mark)
    return { kind: 'applied', job, state, at: 1 }
  }

  #stamp(zone: string, position: bigint, logId: Uint8Array): void {
    const stored = this.zones.get(zone)
    if (stored === undefined || !sameLog(logId, this.#logId)) return
    if (position > stored.stamp) stored.stamp = position
  }

  #mark({ logId, shard, position, answered }: ShardMark): void {
    if (sameLog(logId, this.#logId)) this.#marks.set(shard, { position, answered })
  }

  #restartShards({ logId, placements, shards }: EffectOf<'restart'>): void {
    this.#logId = logId
    this.#placements = placements
    for (const shard of shards) this.#marks.delete(shard)
    for (const stored of this.zones.values()) if (shards.includes(stored.shard)) stored.stamp = 0n
  }

  #list({ shard, run, after, limit }: EffectOf<'list'>): ReceiverEvent {
    const stamped = [...this.zones].filter(([, stored]) => stored.shard === shard && stored.stamp > after)
    const sorted = stamped.toSorted(([, a], [, b]) => (a.stamp < b.stamp ? -1 : 1))
    const zones = sorted.slice(0, limit).map(([zone, { state, stamp }]) => ({ zone, state, position: stamp }))
    return { kind: 'listed', shard, run, zones, end: sorted.length <= limit }
  }

  #compare({ level }: EffectOf<'compare'>): ReceiverEvent {
    return { kind: 'compared', shard: level.shard, position: level.position, ...this.stampedLevel(level.shard) }
  }
}

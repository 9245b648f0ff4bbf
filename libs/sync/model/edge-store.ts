/** An edge's store as the model sees it: all of it survives, unless the disk is lost. */
import { compareStates, equalStates, type ZoneState } from '@zonecast/zone'
import { DigestSum } from '../digest-sum.ts'
import { sameLog, type Release, type ShardLevel } from '../messages.ts'
import type { Levels, ReceiverEffect, ReceiverEvent, ShardMark } from '../receiver-types.ts'
import type { Breakage } from './breakage.ts'
import type { Coverage } from './coverage.ts'
import { contentOf, fakeHash, headTerm } from './database.ts'
import type { ModelDelta } from './publisher.ts'
import type { Random } from './random.ts'

type EffectOf<Kind extends ReceiverEffect['kind']> = Extract<ReceiverEffect, { kind: Kind }>

export interface Stored {
  readonly shard: number
  readonly placement: string
  state: ZoneState
  /** The content that the digest of the state is of, unless something is wrong. */
  content: string
  stamp: bigint
}

export interface StorePorts {
  readonly random: Random
  readonly coverage: Coverage
  readonly breakage: Breakage
}

export class ModelStore {
  readonly zones = new Map<string, Stored>()
  /** Snapshots of a zone that are going to fail. */
  readonly failing = new Map<string, number>()
  readonly #ports: StorePorts
  #logId: Uint8Array = new Uint8Array(0)
  #placements: readonly string[] = []
  #marks = new Map<number, { position: bigint; answered: bigint }>()
  /** The sum over the tombstones of each shard, as it was written with them. */
  readonly #tombstones = new Map<number, DigestSum>()

  constructor(ports: StorePorts) {
    this.#ports = ports
  }

  levels(): Levels {
    const shards = [...this.#marks].map(([shard, mark]) => ({ shard, ...mark }))
    return { logId: this.#logId, placements: this.#placements, shards }
  }

  /** An empty disk. */
  lose(): void {
    this.zones.clear()
    this.#marks.clear()
    this.#tombstones.clear()
    this.#logId = new Uint8Array(0)
    this.#placements = []
  }

  /** The version is there, with content that never was: what no fence and no position would notice. */
  alter(zone: string): void {
    const stored = this.zones.get(zone)
    if (stored === undefined || stored.state.deleted) return
    const digest = fakeHash(`altered ${zone} ${stored.state.version}`)
    stored.state = { ...stored.state, digest }
    stored.content = contentOf(digest)
  }

  /** Shards whose tombstones are not those that were written. */
  lostTombstones(): number[] {
    const differs = ([shard, sum]: [number, DigestSum]) => contentOf(sum.bytes()) !== contentOf(this.#tombstonesIn(shard).bytes())
    return [...this.#tombstones].filter(differs).map(([shard]) => shard)
  }

  #tombstonesIn(shard: number): DigestSum {
    const sum = new DigestSum()
    for (const [zone, stored] of this.zones) {
      if (stored.shard === shard && stored.state.deleted) sum.add(headTerm(zone, stored.state))
    }
    return sum
  }

  stampedLevel(shard: number, without: ReadonlySet<string> = new Set()): Pick<ShardLevel, 'setDigest' | 'zones'> {
    const sum = new DigestSum()
    let zones = 0
    for (const [zone, stored] of this.zones) {
      if (stored.shard !== shard || stored.stamp === 0n || stored.state.deleted || without.has(zone)) continue
      sum.add(headTerm(zone, stored.state))
      zones += 1
    }
    return { setDigest: sum.bytes(), zones }
  }

  carryOut(effect: ReceiverEffect, isCalm: boolean): ReceiverEvent | undefined {
    if (effect.kind === 'apply') return this.#apply(effect, isCalm)
    if (effect.kind === 'list') return this.#list(effect)
    if (effect.kind === 'compare') {
      const { shard, position } = effect.level
      return { kind: 'compared', shard, position, ...this.stampedLevel(shard, effect.without) }
    }
    if (effect.kind === 'restart') this.#restart(effect)
    if (effect.kind === 'mark') this.#mark(effect.mark)
    if (effect.kind === 'stamp') {
      for (const { zone, position } of effect.zones) this.#stamp(zone, position, effect.mark.logId)
      this.#mark(effect.mark)
    }
    return undefined
  }

  /** Writes a release whatever is there, as a store without a fence would. */
  force({ zone, shard, placement, state, body }: Release): void {
    const before = this.zones.get(zone)
    if (body.kind !== 'delta' || before === undefined) return
    const { from, to } = body.content as ModelDelta
    if (to !== contentOf(state.digest) || (from !== undefined && from !== before.content)) return
    this.zones.set(zone, { shard, placement, state, content: to, stamp: before.stamp })
  }

  #apply(effect: EffectOf<'apply'>, isCalm: boolean): ReceiverEvent {
    const { job, zone, shard, placement, state, mark, mend, body } = effect
    const before = this.zones.get(zone)
    const { random, coverage, breakage } = this.#ports
    const isFenced = before === undefined || compareStates(state, before.state) >= (mend ? 0 : 1)
    if (!isFenced && breakage === 'none') throw new Error(`${zone} would go back`)
    if (!isCalm && random.chance(0.03)) {
      coverage.count('disk full')
      return { kind: 'refused', job, reason: 'STORE_FAILED', detail: 'disk full' }
    }
    const content = this.#content(effect, before)
    if (content === undefined) return { kind: 'refused', job, reason: 'DIGEST_MISMATCH', detail: 'another digest' }
    const isKnownLog = mark !== undefined && sameLog(mark.logId, this.#logId)
    const kept = before?.stamp ?? 0n
    const stamp = effect.stamp !== undefined && isKnownLog && effect.stamp > kept ? effect.stamp : kept
    this.zones.set(zone, {
      shard,
      placement: body.kind === 'staged' ? (before?.placement ?? placement) : placement,
      state,
      content,
      stamp,
    })
    this.#bury(zone, shard, before?.state, state)
    if (mark !== undefined) this.#mark(mark)
    return { kind: 'applied', job, state, at: 1 }
  }

  #bury(zone: string, shard: number, before: ZoneState | undefined, after: ZoneState): void {
    const sum = this.#tombstones.get(shard) ?? new DigestSum()
    this.#tombstones.set(shard, sum)
    if (before?.deleted) sum.subtract(headTerm(zone, before))
    if (after.deleted) sum.add(headTerm(zone, after))
  }

  /** What comes out; undefined where its digest is not the one that was announced. As in the real store, the digest follows the base. */
  #content({ zone, state, base, body }: EffectOf<'apply'>, before: Stored | undefined): string | undefined {
    const { breakage } = this.#ports
    if (body.kind === 'tombstone') return ''
    if (base === undefined && this.#fails(zone)) return undefined
    if (body.kind === 'staged') return contentOf(state.digest)
    const { from, to } = body.content as ModelDelta
    if (base !== undefined && breakage !== 'base' && !equalStates(base, before?.state ?? { ...base, version: 0n })) {
      throw new Error(`${zone}: another base`)
    }
    if (base === undefined && from !== undefined) throw new Error(`${zone}: the base was lost`)
    const isRight = to === contentOf(state.digest) && (base === undefined || contentOf(base.digest) === from)
    if (!isRight && breakage !== 'digest') return undefined
    return from === undefined || before?.content === from ? to : `${before?.content === 'damaged' ? 'damaged' : 'torn'}`
  }

  #fails(zone: string): boolean {
    const left = this.failing.get(zone) ?? 0
    if (left === 0) return false
    this.failing.set(zone, left - 1)
    this.#ports.coverage.count('snapshot failed')
    return true
  }

  #stamp(zone: string, position: bigint, logId: Uint8Array): void {
    const stored = this.zones.get(zone)
    if (stored === undefined || !sameLog(logId, this.#logId)) return
    if (position > stored.stamp) stored.stamp = position
  }

  #mark({ logId, shard, position, answered }: ShardMark): void {
    if (sameLog(logId, this.#logId)) this.#marks.set(shard, { position, answered })
  }

  #restart({ logId, placements, shards }: EffectOf<'restart'>): void {
    this.#logId = logId
    this.#placements = placements
    for (const shard of shards) this.#marks.delete(shard)
    // What is lost is listed from here on.
    for (const shard of shards) this.#tombstones.set(shard, this.#tombstonesIn(shard))
    for (const stored of this.zones.values()) if (shards.includes(stored.shard)) stored.stamp = 0n
  }

  #list({ shard, run, after, limit }: EffectOf<'list'>): ReceiverEvent {
    const stamped = [...this.zones].filter(([, stored]) => stored.shard === shard && stored.stamp > after)
    const sorted = stamped.toSorted(([, a], [, b]) => (a.stamp < b.stamp ? -1 : 1))
    const zones = sorted.slice(0, limit).map(([zone, { state, stamp }]) => ({ zone, state, position: stamp }))
    return { kind: 'listed', shard, run, zones, end: sorted.length <= limit }
  }
}

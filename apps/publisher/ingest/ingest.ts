/** From a head to its content: what an event carries, what is fetched, what is walked over. */
import type { ZoneEvent } from '@zonecast/event-log'
import { type Clock, type Logger, type Metrics, wallMs } from '@zonecast/runtime'
import { compareStates, emptyDelta, equalStates, type Head, type VersionHeader } from '@zonecast/zone'
import { StoreRefusal, type StoredZone } from '@zonecast/zone-store'
import type { NamedDelta } from '@zonecast/contract'
import type { Contents, Place } from './contents.ts'
import type { Damage } from './damage.ts'
import { FetchStream } from './fetch-stream.ts'
import type { Heads } from './heads.ts'
import type { RecentDeltas } from './recent-deltas.ts'
import type { StepLog } from '../progress/step-log.ts'
import { Stages } from './stages.ts'
import { smallZoneOctets, walkIntoMemory, walkIntoStage } from './walk-in.ts'
import { Wanted, type Job } from './wanted.ts'
import type { ZoneApi } from './zone-api.ts'

export interface IngestPorts {
  readonly heads: Heads
  readonly contents: Contents
  readonly recent: RecentDeltas
  readonly damage: Pick<Damage, 'has' | 'stored'>
  readonly zoneApi: ZoneApi
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly steps: Pick<StepLog, 'note'>
  /** A zone has new content, in memory or on disk. */
  readonly onContent: (zone: string) => void
}

/** Zones fetched at once; walks over large zones have places of their own. */
const fetchesAtOnce = 64
const largeWalksAtOnce = 4
/** Failures of a walk after which its stage is thrown away: something in it may be wrong. */
const failuresOfStage = 8

export class Ingest {
  readonly #ports: IngestPorts
  readonly #fetches: FetchStream
  readonly #wanted: Wanted
  readonly #walks: Wanted
  readonly #stages: Stages
  /** Zones whose last delta was refused by the store: they are walked over. */
  readonly #distrusted = new Set<string>()
  readonly #stop = new AbortController()
  /** Ends what the address in use was asked for. */
  #address = new AbortController()

  constructor(ports: IngestPorts) {
    this.#ports = ports
    this.#stages = new Stages(ports.contents.store)
    const { clock, log, metrics, zoneApi } = ports
    this.#fetches = new FetchStream(() => zoneApi.current.content)
    zoneApi.onTurn(() => this.#askAnother())
    const onTurn = (waitedMs: number) => metrics.observeStep('coalesce', waitedMs / 1000)
    this.#wanted = new Wanted({
      clock,
      log,
      limit: fetchesAtOnce,
      onTurn,
      run: (zone, job) => this.#fetch(zone, job),
      isBehind: (zone) => this.#isBehind(zone) && !this.#walks.has(zone),
    })
    this.#walks = new Wanted({
      clock,
      log,
      limit: largeWalksAtOnce,
      run: (zone, job) => this.#walkLarge(zone, job),
      isBehind: (zone) => this.#isBehind(zone) || this.#isDamaged(zone),
    })
  }

  /** Zones whose content is to come. */
  get waiting(): number {
    return this.#wanted.size + this.#walks.size
  }

  /** Takes an event: its delta where that starts from what is here, else the zone is wanted. */
  event({ head, delta, changeIds, traceparent, committedAt }: ZoneEvent): void {
    const { heads, contents, recent, log, steps } = this.#ports
    const heardMs = wallMs()
    if (!heads.put(head)) return
    const place = { zone: head.zone, state: head.state, traceparent }
    const note = { changeIds, traceparent: steps.note('coalesce', place, heardMs, wallMs()), committedAt }
    if (log.isLevelEnabled('debug')) log.debug({ ...idsOf(head), changeIds, traceparent }, 'a zone has a new head')
    if (delta && !contents.has(head.zone, head.state) && this.#fits(head, delta)) {
      contents.accept(placeOf(head), delta, note)
      this.#ports.onContent(head.zone)
    } else {
      recent.note(head.zone, head.state, note)
      this.#follow(head)
    }
  }

  /** Takes a head of a listing or of an answer. */
  head(head: Head): void {
    if (this.#ports.heads.put(head) || this.#isBehind(head.zone)) this.#follow(head)
  }

  /** The store refused what was taken in memory. */
  refused(zone: string): void {
    this.#distrusted.add(zone)
    this.#want(zone)
  }

  /** A zone is damaged in the store: it is walked over, at the version that is there or a later one. */
  damaged(zone: string): void {
    this.#walks.want(zone)
  }

  /** A stored state that is older than its head is followed by what is missing. */
  stored({ zone }: StoredZone): void {
    if (this.#isBehind(zone)) this.#want(zone)
  }

  /** The zone API is back. */
  wake(): void {
    this.#wanted.wake()
    this.#walks.wake()
  }

  #askAnother(): void {
    this.#address.abort()
    this.#address = new AbortController()
    this.#fetches.close()
  }

  get #signal(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, this.#address.signal])
  }

  /** Ends all fetches; what was taken is written by the contents. */
  close(): void {
    this.#stop.abort()
    this.#wanted.close()
    this.#walks.close()
    this.#fetches.close()
  }

  #follow(head: Head): void {
    const { heads, contents } = this.#ports
    if (this.#isDamaged(head.zone)) this.damaged(head.zone)
    const stored = contents.store.get(head.zone)
    if (contents.has(head.zone, head.state)) {
      this.#showNewer(head)
      if (stored === undefined || compareStates(stored.header.state, head.state) < 0) return // on its way to the disk
      heads.settle(stored)
      if (stored.position !== head.position) contents.touch(placeOf(head))
    } else if (head.state.deleted) {
      contents.remove(head)
      this.#ports.onContent(head.zone)
    } else if (!this.#takeSameContent(head)) this.#want(head.zone)
  }

  /** What is here of a later generation than the newest head shows that the database has gone back: the zone API is to see it. */
  #showNewer({ zone, state }: Head): void {
    const have = this.#ports.contents.state(zone)
    if (have === undefined || have.deleted || state.deleted || have.generation <= state.generation) return
    const failed = (error: unknown) => this.#ports.log.warn({ err: error, zone }, 'a later generation could not be shown')
    this.#fetches.fetch(zone, have).catch(failed)
  }

  /** In a new generation the content is often what it was: the digest says so, and nothing is fetched. */
  #takeSameContent(head: Head): boolean {
    const { contents, recent, onContent } = this.#ports
    const header = contents.header(head.zone)
    if (header === undefined || header.state.deleted || this.#distrusted.has(head.zone)) return false
    if (header.placement !== head.placement || Buffer.compare(header.state.digest, head.state.digest) !== 0) return false
    const target = { ...header, state: head.state, settingsVersion: head.settingsVersion }
    contents.accept(placeOf(head), { base: header.state, target, delta: emptyDelta }, recent.noteOf(head.zone, head.state))
    onContent(head.zone)
    return true
  }

  #want(zone: string): void {
    if (!this.#walks.has(zone)) this.#wanted.want(zone)
  }

  #isBehind(zone: string): boolean {
    const head = this.#ports.heads.index.get(zone)?.head
    return head !== undefined && !this.#ports.contents.has(zone, head.state)
  }

  /** A zone that no head names cannot be had from anybody. */
  #isDamaged(zone: string): boolean {
    const head = this.#ports.heads.index.get(zone)?.head
    return this.#ports.damage.has(zone) && head?.state.deleted === false
  }

  #fits(head: Head, { base, target }: NamedDelta): boolean {
    const { contents } = this.#ports
    if (!equalStates(target.state, head.state) || this.#distrusted.has(head.zone) || this.#walks.has(head.zone)) return false
    const have = contents.state(head.zone)
    if (base === undefined) return have === undefined || have.deleted || compareStates(have, head.state) < 0
    return have !== undefined && equalStates(have, base)
  }

  /** Brings one zone to its newest state: by a delta, or a small zone whole. A large one is left to its own queue. */
  async #fetch(zone: string, job: Job): Promise<void> {
    const { heads, contents, metrics, recent, steps } = this.#ports
    const known = heads.index.get(zone)?.head
    if (known === undefined || !this.#isBehind(zone)) return
    const done = metrics.stepTimer('fetch')
    const startMs = wallMs()
    const have = contents.state(zone)
    if (have === undefined || have.deleted || this.#distrusted.has(zone)) return this.#walk(known, job, done)
    const answer = await this.#fetches.fetch(zone, have)
    if (answer.kind === 'unknown') throw new Error(`the zone API does not know ${zone}`)
    this.head(answer.head)
    if (answer.kind === 'walk') return this.#walk(answer.head, job, done)
    const { state } = answer.head
    steps.note('fetch', { zone, state, traceparent: recent.noteOf(zone, state).traceparent }, startMs, wallMs())
    if (answer.kind === 'delta') this.#take(answer.head, answer.named)
    done()
  }

  async #walk(head: Head, job: Job, done: () => number): Promise<void> {
    const { zoneApi } = this.#ports
    if (head.contentOctets <= smallZoneOctets && job.attempt === 0) {
      const named = await walkIntoMemory(zoneApi.current.content, head.zone, this.#signal)
      if (named) {
        this.#distrusted.delete(head.zone)
        this.#take(head, named)
        done()
        return
      }
    }
    this.#walks.want(head.zone)
  }

  #take(head: Head, named: NamedDelta): void {
    const { heads, contents, recent, onContent } = this.#ports
    const { zone, shard } = head
    const { state } = named.target
    // An event may have brought it meanwhile, or taken the zone further.
    const have = contents.state(zone)
    if (contents.has(zone, state) || (named.base && !(have && equalStates(have, named.base)))) return
    contents.accept({ zone, shard, position: heads.positionOf({ zone, state }) }, named, recent.noteOf(zone, state))
    onContent(zone)
  }

  async #walkLarge(zone: string, job: Job): Promise<void> {
    const { heads, contents, damage, metrics, zoneApi, log } = this.#ports
    const head = heads.index.get(zone)?.head
    const mend = this.#isDamaged(zone)
    if (head === undefined || (!mend && !this.#isBehind(zone))) return this.#stages.drop(zone)
    const done = metrics.stepTimer('fetch')
    if (job.attempt > 0 && job.attempt % failuresOfStage === 0) await this.#stages.drop(zone)
    const stage = await this.#stages.take({ zone, shard: head.shard, mend })
    const placeFor = ({ state }: VersionHeader) => ({ position: heads.positionOf({ zone, state }) })
    try {
      await walkIntoStage(zoneApi.current.content, zone, stage, { signal: this.#signal, placeOf: placeFor })
    } catch (error) {
      if (error instanceof StoreRefusal) await this.#stages.drop(zone)
      throw error
    }
    this.#stages.flipped(zone)
    this.#distrusted.delete(zone)
    const seconds = done()
    const stored = contents.store.get(zone) as StoredZone
    heads.settle(stored)
    damage.stored(stored)
    log.info({ ...idsOf({ zone, state: stored.header.state }), octets: stage.octets(), seconds }, 'a large zone was fetched')
    this.#ports.onContent(zone)
  }
}

function placeOf({ zone, shard, position }: Head): Place {
  return { zone, shard, position }
}

function idsOf({ zone, state }: Pick<Head, 'zone' | 'state'>): object {
  return { zone, generation: String(state.generation), version: String(state.version) }
}

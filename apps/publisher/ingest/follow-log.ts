/** Follows the event log of the zone API, lists heads wherever events may be missing, and comes back after every break. */
import type { HeadsEnd } from '@zonecast/contract/generated/zonecast/zone/v1/content_service_pb'
import { backoff, type Clock, type Logger, pause, type Scheduled } from '@zonecast/runtime'
import type { EventBatch, EventLog, ZoneEvent } from '@zonecast/event-log'
import { sameLog } from '@zonecast/sync'
import type { PublisherMetrics } from '../metrics.ts'
import type { Heads } from './heads.ts'
import type { Ingest } from './ingest.ts'
import { agrees, differenceOf, listShard, LogMoved } from './listing.ts'
import { stretch, type Stretch } from './stretch.ts'
import type { ZoneApi } from './zone-api.ts'

export interface FollowLogPorts {
  readonly zoneApi: ZoneApi
  /** Where events come from, when it is not the zone API itself. */
  readonly events?: EventLog
  readonly heads: Heads
  readonly ingest: Ingest
  readonly shards: readonly number[]
  /** Seconds, give or take a quarter, between comparisons with the zone API. */
  readonly compareSeconds: number
  readonly clock: Clock
  readonly log: Logger
  readonly counters: PublisherMetrics
  /** The index has moved, is complete further, or has another log id. */
  readonly onMoved: () => void
  readonly random?: () => number
}

const pauses = { baseMs: 50, maxMs: 5_000 }
const listingsAtOnce = 8

/** One connection: what is being listed, and how far events went meanwhile. */
interface Connection {
  readonly signal: AbortSignal
  readonly fail: (error: unknown) => void
  /** Shards that are not known to be complete until their listing has ended, with the stretch of events that has come meanwhile. */
  readonly blocked: Map<number, Stretch | undefined>
  /** A newer round of listings makes an older one void. */
  round: number
  /** Rounds that have not ended. */
  listing: number
}

export class FollowLog {
  readonly #ports: FollowLogPorts
  readonly #stop = new AbortController()
  #run: Promise<void> | undefined
  #connected = false
  #rebuilt = false
  /** Differences that listing the whole shard did not mend: it is not listed for them again. */
  readonly #explained = new Map<number, string>()
  #comparison: Scheduled | undefined

  constructor(ports: FollowLogPorts) {
    this.#ports = ports
  }

  get connected(): boolean {
    return this.#connected
  }

  start(): void {
    this.#run ??= this.#follow()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#run
  }

  async #follow(): Promise<void> {
    const { zoneApi, clock, log, random } = this.#ports
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      const error = await this.#connection(() => {
        attempt = 0
      })
      if (this.#stop.signal.aborted) return
      if (error instanceof LogMoved) await this.#moveTo(error.logId)
      else {
        if (this.#connected || attempt === 0)
          log.warn({ err: error, url: zoneApi.current.url }, 'the zone API is away; serving goes on')
        zoneApi.turn()
      }
      this.#connected = false
      await pause(clock, backoff(attempt, pauses, random), this.#stop.signal)
    }
  }

  /** One watch, to its end; gives why it ended. */
  async #connection(onOpen: () => void): Promise<unknown> {
    const { zoneApi, events = zoneApi.current.events, heads, shards } = this.#ports
    const ended = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, ended.signal])
    let failure: unknown
    const fail = (error: unknown) => {
      failure ??= error
      ended.abort()
    }
    const connection: Connection = { signal, fail, blocked: new Map(), round: 0, listing: 0 }
    const positions = new Map(shards.map((shard) => [shard, heads.index.completeTo(shard)]))
    let isFirst = true
    try {
      for await (const batch of events.watch({ positions, logId: heads.index.logId, signal })) {
        if (isFirst) onOpen()
        await this.#take(connection, batch, isFirst)
        isFirst = false
      }
      failure ??= new Error('the event stream has ended')
    } catch (error) {
      failure ??= error
    }
    ended.abort()
    heads.away()
    this.#comparison?.cancel()
    return failure
  }

  async #take(connection: Connection, { logId, gap, events }: EventBatch, isFirst: boolean): Promise<void> {
    const { heads, ingest, log, zoneApi, onMoved } = this.#ports
    const moved = logId !== undefined && !sameLog(logId, heads.index.logId)
    if (moved) await this.#moveTo(logId)
    if (isFirst) {
      this.#connected = true
      log.info({ url: zoneApi.current.url, gap: gap || moved }, 'following the zone API')
      ingest.wake()
    }
    // After each break heads are listed, whatever the stream says: events only wake.
    if (gap || moved || isFirst) this.#list(connection, gap || moved)
    if (isFirst) this.#compareLater(connection)
    for (const event of events) this.#event(connection, event)
    if (events.length > 0) onMoved()
  }

  /** Positions belong to another log from here on. */
  async #moveTo(logId: Uint8Array): Promise<void> {
    const { heads, log, onMoved } = this.#ports
    if (heads.index.logId.length > 0) log.warn('the log of the zone API has moved; every zone is compared again')
    await heads.reset(logId)
    onMoved()
  }

  #event(connection: Connection, event: ZoneEvent): void {
    const { heads, ingest, clock, counters } = this.#ports
    const { blocked } = connection
    const { head, after = 0n } = event
    const { shard, position } = head
    if (event.committedAt !== undefined)
      counters.steps.observeStep('announce', Math.max(0, clock.now() - event.committedAt) / 1000)
    counters.events.inc()
    ingest.event(event)
    if (blocked.has(shard)) blocked.set(shard, stretch(blocked.get(shard), { after, to: position }))
    else if (after <= heads.index.completeTo(shard)) heads.index.complete(shard, position)
    else this.#listAgain(connection, shard, { after, to: position })
  }

  /** Lists all shards, some at once. Where events may be missing, a shard is complete only once its listing has ended. */
  #list(connection: Connection, block: boolean): void {
    const { heads, shards } = this.#ports
    const round = ++connection.round
    if (block) for (const shard of shards) connection.blocked.set(shard, undefined)
    const waiting = shards.values()
    const lane = async () => {
      for (const shard of waiting) {
        if (connection.round !== round || connection.signal.aborted) return
        await this.#listOne(connection, round, shard)
      }
    }
    connection.listing += 1
    const listed = async () => {
      await Promise.all(Array.from({ length: listingsAtOnce }, lane)).finally(() => (connection.listing -= 1))
      if (!heads.isAudited && connection.round === round && !connection.signal.aborted) await heads.audit(shards)
    }
    listed().catch(connection.fail)
  }

  /** Events between are missing or late: what they told is listed. */
  #listAgain(connection: Connection, shard: number, come: Stretch): void {
    connection.blocked.set(shard, come)
    connection.listing += 1
    this.#listOne(connection, connection.round, shard)
      .finally(() => (connection.listing -= 1))
      .catch(connection.fail)
  }

  /** What nobody noticed is noticed by the set digests: now and then every shard is listed from where it stands, which costs its end. */
  #compareLater(connection: Connection): void {
    const { clock, compareSeconds, random = Math.random } = this.#ports
    this.#comparison = clock.schedule(compareSeconds * 1_000 * (0.75 + random() / 2), () => {
      // While a listing is still under way it is what compares.
      if (connection.listing === 0) this.#list(connection, false)
      this.#compareLater(connection)
    })
  }

  async #listOne(connection: Connection, round: number, shard: number): Promise<void> {
    const { zoneApi, heads, ingest, onMoved } = this.#ports
    const { index } = heads
    const { signal, blocked } = connection
    // What comes after this listing has begun may be further than it.
    const known = blocked.get(shard)
    for (const from of [index.completeTo(shard), 0n]) {
      const request = { shard, after: from, logId: index.logId, signal }
      let listed = 0
      const end = await listShard(zoneApi.current, request, (head) => {
        listed++
        ingest.head(head)
      })
      if (connection.round !== round) return
      index.complete(shard, end.position)
      heads.listed(shard, end.position)
      const come = blocked.get(shard)
      if (come && come.after <= index.completeTo(shard)) index.complete(shard, come.to)
      const wasBlocked = blocked.delete(shard)
      if (wasBlocked || listed > 0 || end.position > from) onMoved()
      if (come && come !== known && come.after > index.completeTo(shard)) return this.#listAgain(connection, shard, come)
      if (!this.#differs(shard, from, end)) return
      if (from === 0n) return this.#rebuild(connection)
    }
  }

  /** True where the index is not what was listed, and a longer listing may mend it. */
  #differs(shard: number, from: bigint, end: HeadsEnd): boolean {
    const { heads, log, counters } = this.#ports
    const agreed = agrees(heads.index, heads.placements, shard, end)
    if (agreed === true) this.#explained.delete(shard)
    if (agreed !== false) return false
    const found = differenceOf(heads.index, heads.placements, shard, end)
    if (this.#explained.get(shard) === found) return false
    // When the index was made anew and still differs, it is remembered: nothing here can mend it.
    if (from === 0n && this.#rebuilt) this.#explained.set(shard, found)
    log.error({ shard, position: String(end.position), after: String(from) }, 'the index of heads is not that of the zone API')
    counters.indexDifferences.inc()
    return true
  }

  /** The index names what the zone API does not: it is built anew, once. */
  #rebuild(connection: Connection): void {
    if (this.#rebuilt) return
    this.#rebuilt = true
    this.#ports.heads.rebuild()
    this.#list(connection, true)
  }
}

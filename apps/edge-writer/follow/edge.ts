/** Drives the receiver of libs/sync: its effects become work on store, streams and DNS server. */
import { compareBytes, parseName } from '@zonecast/dns'
import { sha256, withTraceparent, type Logger, type Metrics } from '@zonecast/runtime'
import { Receiver, type FollowRequest, type FollowResponse, type ReceiverEffect, type ReceiverEvent } from '@zonecast/sync'
import type { NamedDelta } from '@zonecast/contract'
import { shardOf, type Delta, type ZoneState } from '@zonecast/zone'
import { StoreRefusal, type StoredZone, type ZoneStore } from '@zonecast/zone-store'
import type { FetchOrder, Fetched } from './fetcher.ts'
import type { ReleaseNote } from './messages.ts'

type EffectOf<Kind extends ReceiverEffect['kind']> = Extract<ReceiverEffect, { kind: Kind }>

export interface EdgeOptions {
  readonly edgeId: string
  readonly placements: readonly string[]
  readonly store: ZoneStore
  readonly log: Logger
  readonly metrics: Metrics
  readonly fetch: (order: FetchOrder, stream: number) => Promise<Fetched>
  /** Asks the edge's own DNS server until it answers this state; resolves with the moment in Unix milliseconds. */
  readonly verify: (zone: string, state: ZoneState, touched: Delta | undefined) => Promise<number>
  /** Ends the process: the store cannot be relied on any more. */
  readonly fail: (error: unknown) => void
}

/** Where a stream's messages go. */
export interface StreamPort {
  send(message: FollowRequest): void
  close(reason: string): void
}

export interface Edge {
  open(stream: StreamPort): { readonly id: number; received(message: FollowResponse): void; closed(): void }
  /** Zones that are being fetched. */
  transferring(): string[]
  /** Zones whose last release was refused, with the reason. */
  refused(): ReadonlyMap<string, string>
}

export function createEdge(options: EdgeOptions): Edge {
  const { edgeId, placements, store, log, metrics } = options
  const streams = new Map<number, StreamPort>()
  const fetching = new Map<number, { readonly zone: string; fetched?: Fetched }>()
  const refused = new Map<string, string>()
  /** What the last change of a zone touched, until its answer was seen. */
  const touched = new Map<string, { readonly state: ZoneState; readonly delta: Delta }>()
  let lastStream = 0
  const receiver = new Receiver({
    edgeId,
    placements,
    levels: store.marks(),
    stateOf: (zone) => store.get(zone)?.header.state,
    setDigestOf: (shard) => store.stampedDigest(shard),
  })

  function step(event: ReceiverEvent): void {
    for (const effect of receiver.step(event)) run(effect)
  }

  function run(effect: ReceiverEffect): void {
    switch (effect.kind) {
      case 'send':
        return streams.get(effect.stream)?.send(effect.message)
      case 'close':
        return streams.get(effect.stream)?.close(effect.reason)
      case 'apply':
        return void apply(effect)
      case 'fetch':
        return void fetchFor(effect)
      case 'verify':
        return void verify(effect)
      case 'stamp':
        return written(store.stamp(effect.zones, effect.mark))
      case 'mark':
        return written(store.mark(effect.mark))
      case 'restart':
        return written(store.restart(effect, effect.shards))
      case 'list':
        return list(effect)
      case 'compare':
        return compare(effect)
      case 'alarm':
        return log.warn({ shard: effect.shard, zone: effect.zone }, effect.detail)
    }
  }

  /** Positions that cannot be written are no reason to lie: the edge stops and starts again from what is on disk. */
  function written(writing: Promise<void>): void {
    writing.catch(options.fail)
  }

  async function apply(effect: EffectOf<'apply'>): Promise<void> {
    const { job, zone, state } = effect
    const note = effect.note as ReleaseNote
    const done = metrics.stepTimer('apply')
    try {
      const stored = await withTraceparent(note.traceparent, 'apply', () => write(effect))
      done()
      refused.delete(zone)
      log.debug({ zone, version: stored.header.state.version, changeIds: note.changeIds }, 'applied')
      step({ kind: 'applied', job, state: stored.header.state, at: stored.appliedAt })
    } catch (error) {
      const reason = error instanceof StoreRefusal ? error.reason : 'STORE_FAILED'
      const detail = error instanceof Error ? error.message : String(error)
      log.warn({ err: error, zone, version: state.version, reason }, 'a release was refused')
      refused.set(zone, `${reason}: ${detail}`)
      step({ kind: 'refused', job, reason, detail })
    }
  }

  async function write(effect: EffectOf<'apply'>): Promise<StoredZone> {
    const { job, zone, shard, body, base, mark, placement, state } = effect
    const position = effect.stamp ?? 0n
    if (body.kind === 'tombstone') return store.remove({ zone, shard, position, state, placement, mark })
    if (body.kind === 'staged') {
      const { fetched } = fetching.get(job) ?? {}
      fetching.delete(job)
      if (fetched === undefined) throw new Error(`${zone} was fetched and is gone`)
      return fetched.flip({ position, mark })
    }
    const { target, delta } = body.content as NamedDelta
    if (base) touched.set(zone, { state, delta })
    return store.apply({ zone, shard, position, header: target, base, delta, mark })
  }

  async function fetchFor({ job, zone, target, base, stream }: EffectOf<'fetch'>): Promise<void> {
    const held: { zone: string; fetched?: Fetched } = { zone }
    fetching.set(job, held)
    try {
      const shard = shardOf(parseName(zone), sha256)
      held.fetched = await options.fetch({ zone, shard, base }, stream)
      step({ kind: 'fetched', job, state: held.fetched.state })
      // What was refused after all is not applied, and nobody else takes it.
      if (fetching.delete(job)) await held.fetched.abort()
    } catch (error) {
      fetching.delete(job)
      log.warn({ err: error, zone, version: target.version }, 'a zone could not be fetched')
      step({ kind: 'fetchFailed', job, detail: error instanceof Error ? error.message : String(error) })
    }
  }

  async function verify({ zone, shard, state }: EffectOf<'verify'>): Promise<void> {
    const done = metrics.stepTimer('answer')
    const change = touched.get(zone)
    const at = await options.verify(zone, state, change?.state.version === state.version ? change.delta : undefined)
    done()
    if (touched.get(zone) === change) touched.delete(zone)
    step({ kind: 'answered', zone, shard, state, at })
  }

  function list({ shard, run: number, after, limit }: EffectOf<'list'>): void {
    const found = store.stamped(shard, after, limit)
    const zones = found.map(({ zone, position, header }) => ({ zone, position, state: header.state }))
    queueMicrotask(() => step({ kind: 'listed', shard, run: number, zones, end: found.length < limit }))
  }

  function compare({ level }: EffectOf<'compare'>): void {
    const { setDigest, zones } = store.stampedDigest(level.shard)
    const equal = zones === level.zones && compareBytes(setDigest, level.setDigest) === 0
    queueMicrotask(() => step({ kind: 'compared', shard: level.shard, position: level.position, equal }))
  }

  step({ kind: 'started' })
  return {
    open: (port) => {
      const id = ++lastStream
      streams.set(id, port)
      step({ kind: 'opened', stream: id })
      return {
        id,
        received: (message) => step({ kind: 'received', stream: id, message }),
        closed: () => {
          if (streams.delete(id)) step({ kind: 'closed', stream: id })
        },
      }
    },
    transferring: () => [...fetching.values()].map(({ zone }) => zone),
    refused: () => refused,
  }
}

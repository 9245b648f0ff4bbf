/** Drives the receiver of libs/sync: its effects become work on store, streams and DNS server. */
import { parseName } from '@zonecast/dns'
import { currentTraceparent, sha256, wallMs, withTraceparent } from '@zonecast/runtime'
import { Receiver, type ReceiverEffect, type ReceiverEvent } from '@zonecast/sync'
import { headTerm, octetsOf, shardOf } from '@zonecast/zone'
import { AnswerWatch } from './answer-watch.ts'
import type { Edge, EdgeOptions, StreamPort } from './edge-types.ts'
import type { Fetched } from './fetcher.ts'
import { Level } from './level.ts'
import type { ReleaseNote } from './messages.ts'
import { Refused } from './refused.ts'
import { Traces } from './traces.ts'
import { describeTroubles, troublesOf } from './troubles.ts'
import { reasonOf, writeRelease } from './write-release.ts'

type EffectOf<Kind extends ReceiverEffect['kind']> = Extract<ReceiverEffect, { kind: Kind }>

/** The receiver counts its pauses in ticks. */
const tickMs = 1_000

export type { Edge, EdgeOptions, StreamPort } from './edge-types.ts'

export function createEdge(options: EdgeOptions): Edge {
  const { edgeId, placements, store, log, metrics } = options
  const streams = new Map<number, StreamPort>()
  const fetching = new Map<number, { readonly zone: string; fetched?: Fetched }>()
  const refused = new Refused()
  const traces = new Traces()
  const working = new Set<Promise<void>>()
  /** Resolves when all writes that were asked for so far have ended. */
  let writes: Promise<void> = Promise.resolve()
  let lastStream = 0
  let closing = false
  const receiver = new Receiver({
    edgeId,
    placements,
    divides: true,
    levels: store.marks(),
    stateOf: (zone) => store.get(zone)?.header.state,
    setDigestOf: (shard) => store.stampedDigest(shard),
    headTerm: (zone, state) => octetsOf(sha256(headTerm(parseName(zone), state))),
    random: options.random ?? Math.random,
  })
  const troubled = troublesOf(receiver)
  const level = new Level((shard) => receiver.position(shard).applied)
  const watch = new AnswerWatch({
    check: options.check,
    timer: () => metrics.stepTimer('answer'),
    answered: (answer) => {
      traces.answered(answer)
      step({ kind: 'answered', ...answer })
    },
    failed: (error) => {
      if (!closing) options.fail(error)
    },
  })

  function step(event: ReceiverEvent): void {
    if (closing) return
    for (const effect of receiver.step(event)) run(effect)
    level.look()
  }

  function run(effect: ReceiverEffect): void {
    switch (effect.kind) {
      case 'send':
        refused.told(effect.message)
        level.sent(effect.stream, effect.message)
        return streams.get(effect.stream)?.send(effect.message)
      case 'close':
        return streams.get(effect.stream)?.close(effect.reason)
      case 'apply':
        return work(apply(effect))
      case 'fetch':
        return work(fetchFor(effect))
      case 'verify':
        return watch.verify(effect.zone, effect.shard, effect.state)
      case 'stamp':
        return mustWrite(store.stamp(effect.zones, effect.mark))
      case 'mark':
        return mustWrite(store.mark(effect.mark))
      case 'restart':
        return mustWrite(store.restart(effect, effect.shards))
      case 'list':
        return work(list(effect))
      case 'compare':
        return work(compare(effect))
      case 'alarm':
        return log.error({ shard: effect.shard, zone: effect.zone }, effect.detail)
    }
  }

  /** A fault in here is one of ours, or of the store where it must not fail: the process ends and begins again from the disk. */
  function work(running: Promise<void>): void {
    const watched = running.catch(options.fail).finally(() => working.delete(watched))
    working.add(watched)
  }

  /** Effects on the store are carried out in order: what reads it waits for the writes before it. */
  function writing<T>(written: Promise<T>): Promise<T> {
    writes = bothEnded(writes, written)
    return written
  }

  /** Positions that cannot be written are no reason to lie: the edge stops and starts again from what is on disk. */
  function mustWrite(written: Promise<void>): void {
    work(writing(written))
  }

  async function apply(effect: EffectOf<'apply'>): Promise<void> {
    const { job, zone, state } = effect
    // What the edge fetches by itself brings none.
    const { traceparent = '', changeIds = [] } = (effect.note ?? {}) as Partial<ReleaseNote>
    const done = metrics.stepTimer('apply')
    const startedAt = wallMs()
    let event: ReceiverEvent
    try {
      const write = () => {
        traces.applying(zone, currentTraceparent())
        return writeRelease(store, effect, () => takeFetched(job))
      }
      const { stored, delta } = await writing(withTraceparent(traceparent, 'apply', write))
      done()
      if (delta) watch.touched(zone, delta)
      log.debug({ zone, version: stored.header.state.version, changeIds }, 'applied')
      refused.over(zone)
      event = { kind: 'applied', job, state: stored.header.state, at: wallMs(), startedAt }
    } catch (error) {
      const reason = reasonOf(error)
      const detail = error instanceof Error ? error.message : String(error)
      log.warn({ err: error, zone, version: state.version, reason }, 'a release was refused')
      event = { kind: 'refused', job, reason, detail }
    }
    step(event)
  }

  /** Hands over what was fetched for a job. */
  function takeFetched(job: number): Fetched | undefined {
    const { fetched } = fetching.get(job) ?? {}
    fetching.delete(job)
    return fetched
  }

  async function fetchFor(effect: EffectOf<'fetch'>): Promise<void> {
    const { job, zone, target, base, mend, reset = false, stream } = effect
    const held: { readonly zone: string; fetched?: Fetched } = { zone }
    fetching.set(job, held)
    let event: ReceiverEvent
    try {
      const shard = shardOf(parseName(zone), sha256)
      held.fetched = await options.fetch({ zone, shard, target, base, mend, reset }, stream)
      const { state, placement } = held.fetched
      event = { kind: 'fetched', job, state, placement }
    } catch (error) {
      fetching.delete(job)
      if (!closing) log.warn({ err: error, zone, version: target.version }, 'a zone could not be fetched')
      event = { kind: 'fetchFailed', job, detail: error instanceof Error ? error.message : String(error) }
    }
    step(event)
    // An `apply` has taken it by now; what was refused instead is not left behind.
    if (fetching.delete(job)) await held.fetched?.abort()
  }

  async function list({ shard, run: number, after, limit }: EffectOf<'list'>): Promise<void> {
    await writes
    const found = store.stamped(shard, after, limit)
    const zones = found.map(({ zone, position, header }) => ({ zone, position, state: header.state }))
    step({ kind: 'listed', shard, run: number, zones, end: found.length < limit })
  }

  async function compare({ level: { shard, position }, without }: EffectOf<'compare'>): Promise<void> {
    await writes
    step({ kind: 'compared', shard, position, ...store.stampedDigest(shard, without) })
  }

  let timer = options.clock.schedule(tickMs, tick)
  function tick(): void {
    timer = options.clock.schedule(tickMs, tick)
    step({ kind: 'tick' })
  }

  describeTroubles(metrics, troubled)
  step({ kind: 'started' })
  for (const shard of store.lostTombstones()) step({ kind: 'lost', shard, detail: 'the store has lost tombstones' })
  return {
    open: (port) => {
      const id = ++lastStream
      streams.set(id, port)
      step({ kind: 'opened', stream: id })
      return {
        id,
        received: (message) => {
          level.received(id, message)
          step({ kind: 'received', stream: id, message })
        },
        silent: (isSilent) => step({ kind: 'silent', stream: id, isSilent }),
        closed: () => {
          level.closed(id)
          if (streams.delete(id)) step({ kind: 'closed', stream: id })
        },
      }
    },
    // What is damaged is on its way, also between two attempts.
    transferring: () => [...new Set([...[...fetching.values()].map(({ zone }) => zone), ...troubled('damage').keys()])],
    refused: () => refused.zones,
    quarantined: () => troubled('quarantine'),
    damagedZones: () => troubled('damage'),
    damaged: (zoneKey, reason) => {
      const stored = store.get(zoneKey)
      if (stored === undefined) return
      const { shard, header } = stored
      step({ kind: 'damaged', zone: zoneKey, shard, placement: header.placement, reason })
    },
    shardsOf: (stream) => receiver.shardsOf(stream),
    level: () => level.reached,
    close: async () => {
      closing = true
      timer.cancel()
      while (working.size > 0) await Promise.all(working)
    },
  }
}

async function bothEnded(one: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  await one
  await other.catch(() => {})
}

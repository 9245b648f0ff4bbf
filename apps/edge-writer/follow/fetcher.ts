/** Fetches what is too large for Follow, and goes on where it was cut. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Code, ConnectError, type Client } from '@connectrpc/connect'
import { readWalk, required, stateToMessage, tokenToMessage, type NamedDelta, type WalkPart } from '@zonecast/contract'
import type { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { backoff, type Logger } from '@zonecast/runtime'
import { compareStates, type Delta, type VersionHeader, type ZoneState } from '@zonecast/zone'
import { StoreRefusal, type ApplyInput, type Stage, type StoredZone, type ZoneStore } from '@zonecast/zone-store'

/** A zone that is whole and on disk, or in memory where it is a delta, and not yet visible. */
export interface Fetched {
  readonly state: ZoneState
  readonly placement: string
  /** What it changes, where it came as a delta. */
  readonly delta?: Delta
  flip(written: Pick<ApplyInput, 'position' | 'mark'>): Promise<StoredZone>
  abort(): Promise<void>
}

export interface FetchOrder {
  readonly zone: string
  readonly shard: number
  /** The state that was announced; a publisher that has only an older one is behind. */
  readonly target: ZoneState
  /** What the edge has, where a delta from it may be had. */
  readonly base: ZoneState | undefined
  /** What the edge has is damaged: its own version may come again. */
  readonly mend: boolean
  /** An operator has ordered it: what the edge has is replaced, be it later. */
  readonly reset?: boolean
}

export interface FetcherOptions {
  readonly store: ZoneStore
  /** Publishers to ask, best first; asked anew for each attempt. */
  readonly publishers: () => readonly Client<typeof ReleaseService>[]
  readonly log: Logger
  readonly signal: AbortSignal
  /** Told of octets as they come. */
  readonly onOctets: (octets: number) => void
  readonly random?: () => number
}

/** Attempts without progress before the fetch is given up, about half a minute; each that brings something begins the count anew. */
const fruitlessAttempts = 16
/** Attempts that are refused, by the publisher or for what it sends, before the fetch is given up. */
const refusedAttempts = 4

/** Rejects when the zone cannot be had; nothing is left behind then. */
export async function fetchZone(options: FetcherOptions, order: FetchOrder): Promise<Fetched> {
  const { store, log, signal } = options
  const { zone, shard, mend, reset = false } = order
  const stage = store.beginStage({ zone, shard, mend, reset })
  let octets = 0
  let refused = 0
  for (let fruitless = 0; ;) {
    try {
      return await attempt(options, order, stage, fruitless)
    } catch (error) {
      fruitless = stage.octets() > octets ? 0 : fruitless + 1
      octets = stage.octets()
      if (isRefusal(error)) refused++
      const isHopeless = error instanceof StoreRefusal && error.reason === 'NOT_NEWER'
      if (signal.aborted || isHopeless || fruitless >= fruitlessAttempts || refused >= refusedAttempts) {
        await stage.abort()
        throw error
      }
      log.warn({ err: error, zone: order.zone, octets }, 'a fetch was cut and goes on')
      await sleep(backoff(fruitless, { baseMs: 50, maxMs: 5_000 }, options.random), undefined, { signal }).catch(() => {})
    }
  }
}

const refusals: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.ResourceExhausted,
])

/** True for what another attempt will hardly mend: not for a cut, nor for a publisher that is away. */
function isRefusal(error: unknown): boolean {
  if (error instanceof ConnectError) return refusals.has(error.code)
  return error instanceof StoreRefusal
}

async function attempt(options: FetcherOptions, order: FetchOrder, stage: Stage, turn: number): Promise<Fetched> {
  const clients = options.publishers()
  const client = required(clients[turn % clients.length], 'a publisher to ask')
  const token = stage.token()
  const request = {
    zone: order.zone,
    ...(token && { resume: tokenToMessage(token) }),
    ...(!token && order.base && { base: stateToMessage(order.base) }),
  }
  // However the attempt ends, the publisher is not to go on with it.
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  try {
    return await take(options, order, stage, readWalk(client.fetchZone(request, { signal })))
  } finally {
    ended.abort()
  }
}

async function take(
  { store, onOctets }: FetcherOptions,
  order: FetchOrder,
  stage: Stage,
  parts: AsyncIterable<WalkPart>,
): Promise<Fetched> {
  let named: NamedDelta | undefined
  let end: VersionHeader | undefined
  let isDelta = false
  for await (const part of parts) {
    if (part.kind === 'begin') {
      isBehind(part.header, order)
      isDelta = part.delta
      if (!isDelta) await stage.begin(part.header, part.resumed)
    } else if (part.kind === 'range') {
      await stage.range(part.range)
      onOctets(part.range.pages.reduce((sum, page) => sum + page.content.length, 0))
    } else if (part.kind === 'catch-up') {
      const { removed, added } = part.named.delta
      if (isDelta) named = part.named
      else await stage.catchUp(part.catchUp)
      onOctets(removed.length + added.length)
    } else end = part.header
  }
  const header = required(end, 'WalkPart.end: the stream was cut')
  return isDelta ? fetchedDelta(store, order, required(named, 'WalkPart.catch_up')) : fetchedStage(stage, header)
}

/** Another publisher may be behind the one that gave the order: what has come so far is not thrown away for it. */
function isBehind({ state }: VersionHeader, { zone, target }: FetchOrder): void {
  if (compareStates(state, target) >= 0) return
  throw new Error(`${zone}: the publisher is at version ${state.version}, behind the ${target.version} that was announced`)
}

function fetchedStage(stage: Stage, header: VersionHeader): Fetched {
  const { state, placement } = header
  return { state, placement, flip: (written) => stage.end(header, written), abort: () => stage.abort() }
}

function fetchedDelta(store: ZoneStore, { zone, shard }: FetchOrder, { base, target, delta }: NamedDelta): Fetched {
  return {
    state: target.state,
    placement: target.placement,
    delta,
    flip: (written) => store.apply({ zone, shard, header: target, base, delta, ...written }),
    abort: async () => {},
  }
}

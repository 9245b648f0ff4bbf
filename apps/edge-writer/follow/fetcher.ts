/** Fetches what is too large for Follow, and goes on where it was cut. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@connectrpc/connect'
import { readWalk, required, stateToMessage, tokenToMessage, type NamedDelta } from '@zonecast/contract'
import type { ReleaseService } from '@zonecast/contract/generated/zonecast/publish/v1/release_service_pb'
import { backoff, type Logger } from '@zonecast/runtime'
import type { VersionHeader, ZoneState } from '@zonecast/zone'
import { StoreRefusal, type ApplyInput, type Stage, type StoredZone, type ZoneStore } from '@zonecast/zone-store'

/** A zone that is whole and on disk, or in memory where it is a delta, and not yet visible. */
export interface Fetched {
  readonly state: ZoneState
  flip(written: Pick<ApplyInput, 'position' | 'mark'>): Promise<StoredZone>
  abort(): Promise<void>
}

export interface FetchOrder {
  readonly zone: string
  readonly shard: number
  /** What the edge has, where a delta from it may be had. */
  readonly base: ZoneState | undefined
}

export interface FetcherOptions {
  readonly store: ZoneStore
  /** Publishers to ask, best first; asked anew for each attempt. */
  readonly publishers: () => readonly Client<typeof ReleaseService>[]
  readonly log: Logger
  readonly signal: AbortSignal
  /** Told of octets as they come. */
  readonly onOctets: (octets: number) => void
}

/** Attempts without progress before the fetch is given up; each that brings something begins the count anew. */
const fruitlessAttempts = 6

/** Rejects when the zone cannot be had; nothing is left behind then. */
export async function fetchZone(options: FetcherOptions, order: FetchOrder): Promise<Fetched> {
  const { store, log, signal } = options
  const stage = store.beginStage({ zone: order.zone, shard: order.shard })
  let octets = 0
  for (let fruitless = 0; ;) {
    try {
      return await attempt(options, order, stage, fruitless)
    } catch (error) {
      fruitless = stage.octets() > octets ? 1 : fruitless + 1
      octets = stage.octets()
      const isHopeless = error instanceof StoreRefusal && error.reason === 'NOT_NEWER'
      if (signal.aborted || isHopeless || fruitless >= fruitlessAttempts) {
        await stage.abort()
        throw error
      }
      log.warn({ err: error, zone: order.zone, octets }, 'a fetch was cut and goes on')
      await sleep(backoff(fruitless, { baseMs: 50, maxMs: 5_000 }), undefined, { signal }).catch(() => {})
    }
  }
}

async function attempt(
  { store, publishers, signal, onOctets }: FetcherOptions,
  order: FetchOrder,
  stage: Stage,
  turn: number,
): Promise<Fetched> {
  const clients = publishers()
  const client = required(clients[turn % clients.length], 'a publisher that is connected')
  const token = stage.token()
  const request = {
    zone: order.zone,
    ...(token && { resume: tokenToMessage(token) }),
    ...(!token && order.base && { base: stateToMessage(order.base) }),
  }
  let delta: NamedDelta | undefined
  let end: VersionHeader | undefined
  let isDelta = false
  for await (const part of readWalk(client.fetchZone(request, { signal }))) {
    if (part.kind === 'begin') {
      isDelta = part.delta
      if (!isDelta) await stage.begin(part.header, part.resumed)
    } else if (part.kind === 'range') {
      await stage.range(part.range)
      onOctets(part.range.pages.reduce((sum, page) => sum + page.content.length, 0))
    } else if (part.kind === 'catch-up') {
      if (isDelta) delta = part.named
      else await stage.catchUp(part.catchUp)
    } else end = part.header
  }
  const header = required(end, 'WalkPart.end: the stream was cut')
  return isDelta ? fetchedDelta(store, order, required(delta, 'WalkPart.catch_up')) : fetchedStage(stage, header)
}

function fetchedStage(stage: Stage, header: VersionHeader): Fetched {
  return { state: header.state, flip: (written) => stage.end(header, written), abort: () => stage.abort() }
}

function fetchedDelta(store: ZoneStore, { zone, shard }: FetchOrder, { base, target, delta }: NamedDelta): Fetched {
  return {
    state: target.state,
    flip: (written) => store.apply({ zone, shard, header: target, base, delta, ...written }),
    abort: async () => {},
  }
}

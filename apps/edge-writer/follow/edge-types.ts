/** What an edge is given, and what it gives. */
import type { Clock, Logger, Metrics } from '@zonecast/runtime'
import type { FollowRequest, FollowResponse } from '@zonecast/sync'
import type { ZoneStore } from '@zonecast/zone-store'
import type { SelfCheck } from './answer-watch.ts'
import type { FetchOrder, Fetched } from './fetcher.ts'

export interface EdgeOptions {
  readonly edgeId: string
  readonly placements: readonly string[]
  readonly store: ZoneStore
  readonly log: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random?: () => number
  readonly fetch: (order: FetchOrder, stream: number) => Promise<Fetched>
  readonly check: SelfCheck
  /** Ends the process: the store cannot be relied on any more. */
  readonly fail: (error: unknown) => void
}

/** Where a stream's messages go. */
export interface StreamPort {
  send(message: FollowRequest): void
  close(reason: string): void
}

export interface OpenedStream {
  readonly id: number
  received(message: FollowResponse): void
  /** Nothing was heard of the publisher for some time; or it is heard again. */
  silent(isSilent: boolean): void
  closed(): void
}

export interface Edge {
  open(stream: StreamPort): OpenedStream
  /** Zones that are being fetched, and those that are damaged. */
  transferring(): string[]
  /** Zones whose last release was refused for good or for now, with the reason. */
  refused(): ReadonlyMap<string, string>
  /** Zones of which no snapshot could be applied: they are tried again slowly. With the reason. */
  quarantined(): ReadonlyMap<string, string>
  /** Zones whose content is damaged and fetched anew, with the reason. */
  damagedZones(): ReadonlyMap<string, string>
  /** What the store holds of a zone is not what its digest says: the zone is fetched whole and replaced, and served meanwhile. */
  damaged(zoneKey: string, reason: string): void
  /** How many shards a stream sends. */
  shardsOf(stream: number): number
  /** True once everything that a publisher had was applied. */
  level(): boolean
  /** Takes no more; resolves when nothing is at work on the store. Close the streams and interrupt fetches and checks first. */
  close(): Promise<void>
}

/** What goes into a sender and what comes out. */
import type { Head, ZoneState } from '@zonecast/zone'
import type { HeadIndex } from './head-index.ts'
import type { FollowRequest, FollowResponse, ReleaseBody } from './messages.ts'

export interface SenderOptions {
  /** The edge of the stream's credential. */
  readonly edgeId: string
  readonly publisherId: string
  /** Placements that the credential allows. */
  readonly placements: readonly string[]
  readonly index: HeadIndex
  /** Shards that this publisher holds. */
  readonly shards: readonly number[]
  /** Of these, those that it knows to be up to date; none where it is absent. */
  readonly current?: readonly number[]
  readonly heartbeatMilliseconds: number
  /** Numbers in [0, 1), so that edges are not compared together; a half where it is absent. */
  readonly random?: () => number
  readonly limits?: Partial<SenderLimits>
}

export interface SenderLimits {
  /** Items that are offered, composing or sent; as many again may be fetched or delayed. */
  readonly inFlight: number
  /** Octets of bodies in flight. */
  readonly octets: number
  /** Entries of an Offer. */
  readonly offerEntries: number
  /** Acknowledged bases that are remembered. */
  readonly bases: number
  /** Ticks, give or take a quarter, after which set digests are compared though nothing has moved. */
  readonly compareTicks: number
}

export const defaultSenderLimits: SenderLimits = {
  inFlight: 256,
  octets: 16 * 1024 * 1024,
  offerEntries: 128,
  bases: 512,
  compareTicks: 60,
}

export type SenderEvent =
  | { readonly kind: 'received'; readonly message: FollowRequest }
  /** The index has new heads in a shard or is complete further; without a shard: in any, or it has another log id. */
  | { readonly kind: 'moved'; readonly shard?: number }
  /** A body that was asked for. `state` is the target's or a later one. */
  | {
      readonly kind: 'body'
      readonly ticket: number
      readonly state: ZoneState
      readonly base: ZoneState | undefined
      readonly body: ReleaseBody
      readonly note?: unknown
    }
  /** There is no such body now; it is asked for again after a pause, or for the zone's next head. */
  | { readonly kind: 'noBody'; readonly ticket: number }
  /** The shards that this publisher holds from now on, and those of them that it knows to be up to date. */
  | { readonly kind: 'shards'; readonly held: readonly number[]; readonly current: readonly number[] }
  /** The driver's clock: about once a second. */
  | { readonly kind: 'tick' }

export type SenderEffect =
  | { readonly kind: 'send'; readonly message: FollowResponse }
  /** Asks for a body from `base` (absent: the whole zone) to `target` or a later state; answered by `body` or `noBody`. */
  | { readonly kind: 'compose'; readonly ticket: number; readonly base: ZoneState | undefined; readonly target: Head }
  | ({ readonly kind: 'progress' } & EdgeProgress)
  | { readonly kind: 'close'; readonly reason: string }

export type ZoneProgressKind = 'published' | 'applied' | 'answered' | 'transferring' | 'quarantined' | 'left' | 'reset'

export interface ZoneProgress {
  readonly zone: string
  readonly generation: bigint
  readonly version: bigint
  readonly kind: ZoneProgressKind
  /** Unix milliseconds by the edge's clock; undefined where the publisher's clock is to be put in. */
  readonly at: number | undefined
  readonly reason: string
}

export interface ShardProgress {
  readonly shard: number
  readonly applied: bigint
  readonly answered: bigint
}

/** What moved at an edge; the positions are of the index's log id. */
export interface EdgeProgress {
  /** Placements that the edge is served, and that its positions hold for. */
  readonly placements: readonly string[]
  readonly shards: readonly ShardProgress[]
  readonly zones: readonly ZoneProgress[]
}

/** What goes into a receiver and what comes out. */
import type { ZoneState } from '@zonecast/zone'
import type { AppliedZone } from './answers.ts'
import type { FollowRequest, FollowResponse, NackReason, ReleaseBody, ShardLevel } from './messages.ts'

/** Where an edge stands, as its store has it. */
export interface Levels {
  /** Empty where the edge never followed a publisher. */
  readonly logId: Uint8Array
  /** The placements that the positions are for. */
  readonly placements: readonly string[]
  readonly shards: readonly { readonly shard: number; readonly position: bigint; readonly answered: bigint }[]
}

/** Where one shard stands, to be written with what makes it true; void where the store is at another log id by then. */
export interface ShardMark {
  readonly logId: Uint8Array
  readonly shard: number
  readonly position: bigint
  readonly answered: bigint
}

export interface ReceiverOptions {
  readonly edgeId: string
  /** Placements that the edge wants to carry; none: all that it may. */
  readonly placements: readonly string[]
  readonly levels: Levels
  /** What the store has of a zone, tombstones included. Reads what is durable. */
  readonly stateOf: (zone: string) => ZoneState | undefined
  /** Digest over the live, stamped zones of a shard, for Hello; absent where it is not kept. */
  readonly setDigestOf?: (shard: number) => Pick<ShardLevel, 'setDigest' | 'zones'>
  /** What a live head adds to the set digest (`headTerm`). */
  readonly headTerm: (zone: string, state: ZoneState) => Uint8Array
  /** The edge says to each publisher which shards it wants from it. */
  readonly divides?: boolean
  /** Numbers in [0, 1), for pauses; a half where it is absent. */
  readonly random?: () => number
  readonly limits?: Partial<ReceiverLimits>
}

export interface ReceiverLimits {
  /** Zones that are fetched at once. */
  readonly fetches: number
  /** Of these, zones that the edge fetches by itself: damaged and quarantined ones. */
  readonly recalls: number
  /** Zones of a shard that wait for an answer before the rest is left to the store. */
  readonly unanswered: number
  /** Checkpoints that are not compared while a later state than any mentioned is here: then nobody will mention it any more. */
  readonly patience: number
  /** Zones of one listing. */
  readonly listing: number
}

export const defaultReceiverLimits: ReceiverLimits = { fetches: 4, recalls: 2, unanswered: 256, patience: 8, listing: 128 }

export type ReceiverEvent =
  /** First event: the DNS server and the store are ready. */
  | { readonly kind: 'started' }
  | { readonly kind: 'opened'; readonly stream: number }
  | { readonly kind: 'received'; readonly stream: number; readonly message: FollowResponse }
  | { readonly kind: 'closed'; readonly stream: number }
  /** Nothing was heard of a stream for some time; or it is heard again. */
  | { readonly kind: 'silent'; readonly stream: number; readonly isSilent: boolean }
  /** An `apply` is durable. */
  | {
      readonly kind: 'applied'
      readonly job: number
      readonly state: ZoneState
      readonly at: number
      readonly startedAt?: number
    }
  /** An `apply` was refused by the store; nothing was changed. */
  | { readonly kind: 'refused'; readonly job: number; readonly reason: NackReason; readonly detail: string }
  /** A `fetch` is complete and staged; the state, and where it is placed, may be later than what was ordered. */
  | { readonly kind: 'fetched'; readonly job: number; readonly state: ZoneState; readonly placement: string }
  | { readonly kind: 'fetchFailed'; readonly job: number; readonly detail: string }
  /** The edge's own server answers this state of a zone; asked for by `verify`. */
  | {
      readonly kind: 'answered'
      readonly zone: string
      readonly shard: number
      readonly state: ZoneState
      readonly at: number
      readonly askedAt?: number
    }
  | {
      readonly kind: 'listed'
      readonly shard: number
      readonly run: number
      readonly zones: readonly AppliedZone[]
      readonly end: boolean
    }
  /** What the store holds of a zone is not what its digest says: it is fetched whole, at the version that is there or a later one. */
  | {
      readonly kind: 'damaged'
      readonly zone: string
      readonly shard: number
      readonly placement: string
      readonly reason: string
    }
  /** The driver's clock: about once a second. */
  | { readonly kind: 'tick' }
  /** The store has lost what it had of some zones of a shard, their fences included. */
  | { readonly kind: 'lost'; readonly shard: number; readonly detail: string }
  /** What the store has over the live, stamped zones of a shard; asked for by `compare`. */
  | ({ readonly kind: 'compared' } & ShardLevel)

/**
 * Effects on the store (`apply`, `stamp`, `mark`, `restart`, `list`, `compare`) are carried out in the order given.
 * A *stamp* is a zone's position in the store, within the log id and since the shard's last `restart`; it is only ever raised.
 */
export type ReceiverEffect =
  | { readonly kind: 'send'; readonly stream: number; readonly message: FollowRequest }
  /** Ends a stream that the edge cannot follow. */
  | { readonly kind: 'close'; readonly stream: number; readonly reason: string }
  /** Writes a state, its stamp and the mark in one transaction; answered by `applied` or `refused`. */
  | ({ readonly kind: 'apply'; readonly job: number; readonly mark: ShardMark | undefined } & ApplyInput)
  /** Fetches a zone into a stage, by whichever publisher; answered by `fetched` or `fetchFailed`. */
  | {
      readonly kind: 'fetch'
      readonly job: number
      /** The stream whose publisher is asked first; 0 where no publisher ordered it. */
      readonly stream: number
      readonly zone: string
      readonly target: ZoneState
      readonly base: ZoneState | undefined
      /** See `ApplyInput`. */
      readonly mend: boolean
      readonly reset?: boolean
    }
  /** Raises stamps of zones that the store has already. */
  | {
      readonly kind: 'stamp'
      readonly shard: number
      readonly zones: readonly { readonly zone: string; readonly position: bigint }[]
      readonly mark: ShardMark
    }
  /** Writes a mark; needs no sync of its own. */
  | { readonly kind: 'mark'; readonly mark: ShardMark }
  /** Sets positions of these shards to 0, voids their stamps, and writes log id and placements, before anything that follows. */
  | {
      readonly kind: 'restart'
      readonly logId: Uint8Array
      readonly placements: readonly string[]
      readonly shards: readonly number[]
    }
  /** Asks the edge's own server until it answers what the store has of the zone; answered by `answered`. A newer one replaces it. */
  | { readonly kind: 'verify'; readonly zone: string; readonly shard: number; readonly state: ZoneState }
  /** Lists stamped zones after a position, in position order; answered by `listed`. */
  | { readonly kind: 'list'; readonly shard: number; readonly run: number; readonly after: bigint; readonly limit: number }
  /** Asks for the digest over the live, stamped zones of the shard but for some, to compare it with a level; answered by `compared`. */
  | { readonly kind: 'compare'; readonly level: ShardLevel; readonly without: ReadonlySet<string> }
  /** For the log: what a person should look at. */
  | { readonly kind: 'alarm'; readonly shard: number; readonly zone: string | undefined; readonly detail: string }

export interface ApplyInput {
  readonly zone: string
  readonly shard: number
  readonly placement: string
  readonly state: ZoneState
  /** Checked again by the store: what it has must be this; absent: whatever it has is replaced. */
  readonly base: ZoneState | undefined
  readonly body: Exclude<ReleaseBody, { kind: 'fetch' }> | { readonly kind: 'staged' }
  /** What the store has of this very version is damaged, and is replaced: the version may be the one that is there. */
  readonly mend: boolean
  /** An operator has ordered it: whatever the store has is replaced, be it later. */
  readonly reset?: boolean
  /** The stamp; undefined where the release's position is of another log id. */
  readonly stamp: bigint | undefined
  readonly note: unknown
}

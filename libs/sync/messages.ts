/** The messages of Follow as plain data (`docs/reference/sync-protocol.md`). */
import type { ZoneState } from '@zonecast/zone'

/** Version of the protocol that this library speaks. */
export const protocolVersion = 1

/** Shards are numbered from 0 up to here. */
export const shardCount = 64

/** Where a holder of zones stands in one shard; the digest is over its live zones. */
export interface ShardLevel {
  readonly shard: number
  readonly position: bigint
  readonly setDigest: Uint8Array
  readonly zones: number
}

export interface Hello {
  readonly kind: 'hello'
  readonly protocol: number
  readonly edgeId: string
  /** What the positions belong to; empty where the edge has none. */
  readonly logId: Uint8Array
  readonly shards: readonly ShardLevel[]
  /** Placements that the edge wants; none: all that it may. */
  readonly placements: readonly string[]
  /** Placements that the positions are for. */
  readonly heldPlacements: readonly string[]
  readonly answered: readonly { readonly shard: number; readonly position: bigint }[]
  /** True where the edge says by Want what it wants from this publisher. */
  readonly divides?: boolean
  /** True where the edge knows Reset. */
  readonly resets?: boolean
}

/** The shards that the edge wants from this publisher from here on. */
export interface Want {
  readonly kind: 'want'
  readonly shards: readonly number[]
}

export interface HaveEntry {
  readonly zone: string
  readonly position: bigint
  readonly have: ZoneState | undefined
  readonly satisfied: boolean
}

/** Answers an Offer. Without entries it says that the position moved otherwise. */
export interface Have {
  readonly kind: 'have'
  readonly shard: number
  readonly entries: readonly HaveEntry[]
  readonly shardPosition: bigint
}

export interface Ack {
  readonly kind: 'ack'
  readonly zone: string
  readonly shard: number
  readonly position: bigint
  readonly state: ZoneState
  readonly shardPosition: bigint
  /** Unix milliseconds by the edge's clock. */
  readonly at: number
  /** When it began to apply it, with a fraction; undefined where that is not known. */
  readonly startedAt?: number | undefined
}

/** `zone` and `state` are absent where the position moved without a zone to name. */
export interface Answered {
  readonly kind: 'answered'
  readonly zone: string | undefined
  readonly shard: number
  readonly state: ZoneState | undefined
  readonly shardPosition: bigint
  readonly at: number | undefined
  /** When it began to ask, with a fraction. */
  readonly askedAt?: number | undefined
}

export type NackReason =
  | 'NOT_NEWER'
  | 'BASE_MISMATCH'
  | 'DIGEST_MISMATCH'
  | 'MALFORMED'
  | 'STORE_FAILED'
  | 'VERSION_JUMP'
  | 'QUARANTINED'
  | 'FETCH_FAILED'
  /** Nothing was refused: what the edge has of this version is damaged, and it fetches the zone anew. */
  | 'DAMAGED'

export interface Nack {
  readonly kind: 'nack'
  readonly zone: string
  readonly shard: number
  readonly position: bigint
  readonly refused: ZoneState
  readonly reason: NackReason
  readonly detail: string
  readonly have: ZoneState | undefined
  readonly shardPosition: bigint
}

export interface Position {
  readonly kind: 'position'
  readonly logId: Uint8Array
  readonly shard: number
  readonly position: bigint
  readonly answered: bigint
}

export interface Heartbeat {
  readonly kind: 'heartbeat'
}

/** Answers a Reset, once. */
export interface ResetDone {
  readonly kind: 'resetDone'
  readonly order: bigint
  readonly zone: string
  readonly shard: number
  readonly outcome: 'done' | 'fine' | 'failed'
  readonly had: ZoneState | undefined
  readonly have: ZoneState | undefined
  readonly detail: string
}

export type FollowRequest = Hello | Want | Have | Ack | Answered | Nack | Position | Heartbeat | ResetDone

export interface Welcome {
  readonly kind: 'welcome'
  readonly protocol: number
  readonly publisherId: string
  /** Empty while the publisher does not know it. */
  readonly logId: Uint8Array
  readonly shards: readonly number[]
  readonly heartbeatMilliseconds: number
  readonly placements: readonly string[]
}

/** What an edge that divides may ask this publisher for. */
export interface Shards {
  readonly kind: 'shards'
  readonly held: readonly number[]
  /** Of these, those that the publisher knows to be up to date. */
  readonly current: readonly number[]
}

export interface Resume {
  readonly kind: 'resume'
  readonly shard: number
  readonly logId: Uint8Array
}

export interface OfferEntry {
  readonly zone: string
  readonly state: ZoneState
  readonly position: bigint
}

export interface Offer {
  readonly kind: 'offer'
  readonly shard: number
  /** The position mentioned before the first entry. */
  readonly after: bigint
  readonly entries: readonly OfferEntry[]
}

/** How the content of a release travels. `content` is opaque to the protocol. */
export type ReleaseBody =
  | { readonly kind: 'delta'; readonly octets: number; readonly content: unknown }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'fetch'; readonly octets: number }

export interface Release {
  readonly kind: 'release'
  readonly zone: string
  readonly shard: number
  readonly position: bigint
  /** The position mentioned before this one was first mentioned. */
  readonly after: bigint
  readonly state: ZoneState
  readonly base: ZoneState | undefined
  readonly placement: string
  readonly body: ReleaseBody
  /** Change ids, trace context and commit time: carried along, opaque to the protocol. */
  readonly note: unknown
}

export interface Checkpoint {
  readonly kind: 'checkpoint'
  readonly after: bigint
  readonly level: ShardLevel
}

/** An operator's order to go back to `state`, or a later one that was committed. */
export interface Reset {
  readonly kind: 'reset'
  readonly order: bigint
  readonly zone: string
  readonly shard: number
  readonly state: ZoneState
  readonly placement: string
  readonly force: boolean
}

export type FollowResponse = Welcome | Shards | Resume | Offer | Release | Checkpoint | Heartbeat | Reset

/** True for the same log id; one that is empty is no log id and equals none. */
export function sameLog(a: Uint8Array, b: Uint8Array): boolean {
  return a.length > 0 && a.length === b.length && a.every((octet, at) => octet === b[at])
}

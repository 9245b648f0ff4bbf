/** What is asked of zones as they are, and the answers. */
import type { TagMatch, ZoneSpan } from './search/search-port.ts'
import type { Name } from '@zonecast/dns'
import type { Delta, Head, PageRef, Space, VersionHeader, ZoneState } from '@zonecast/zone'
import type { Note } from './note.ts'
import type { Tags } from './tags.ts'
import type { ZoneSettings } from './zone-database.ts'

export interface ZoneRecord {
  /** Zone key. */
  readonly zone: string
  readonly id: string
  readonly header: VersionHeader
  readonly settings: ZoneSettings
  readonly tags: Tags
  readonly createdAtMs: number
  readonly changedAtMs: number
}

export interface ZonesQuery {
  readonly after?: string
  readonly limit: number
  /** Only zones in these spans, which are in order and apart. */
  readonly within?: readonly ZoneSpan[] | undefined
}

export interface AroundQuery {
  readonly apex: Name
  readonly after?: string
  readonly limit: number
}

export interface ZonesAround {
  /** A zone key. */
  readonly enclosing: string | undefined
  /** Zone keys. */
  readonly inside: readonly string[]
}

export interface ZonePage {
  readonly zones: readonly ZoneRecord[]
  /** True when there are more. */
  readonly more: boolean
}

export interface RRsetQuery {
  readonly zone: string
  readonly owner?: Name
  readonly type?: number
  /** Only RRsets with this tag. */
  readonly tag?: TagMatch
  readonly limit: number
  readonly maxOctets: number
  /** The last RRset of the page before. */
  readonly after?: RRsetCursor
}

export interface RRsetCursor {
  readonly owner: Name
  readonly type: number
  readonly space: Space
}

export interface StoredRRset {
  readonly owner: Name
  readonly type: number
  readonly ttl: number
  readonly rdatas: readonly Uint8Array[]
  /** Comment and tags, where it has any. */
  readonly note?: Note
}

export interface RRsetPage {
  readonly state: ZoneState
  readonly apex: Name
  readonly rrsets: readonly StoredRRset[]
  /** Where the next page goes on; absent on the last. */
  readonly next?: RRsetCursor
}

export interface HeadsPage {
  readonly heads: readonly Head[]
  /** Absent while there are more heads. */
  readonly end?: HeadsEnd
}

export interface HeadsEnd {
  readonly position: bigint
  readonly setDigests: readonly PlacementDigest[]
}

export interface PlacementDigest {
  readonly placement: string
  readonly digest: Uint8Array
  readonly zones: number
}

export interface DeltaQuery {
  readonly zone: string
  /** What the holder has; one that knows no digest is trusted to have what the version was. */
  readonly base: BaseState | undefined
  /** The version to lead to; the newest when absent. */
  readonly toVersion?: bigint
  /** Answer `walk` where the delta takes more octets; absent means max(half the zone, 1 MiB), and 256 KiB for a whole zone. */
  readonly maxOctets?: number
}

export type BaseState = Pick<ZoneState, 'generation' | 'version'> & Partial<Pick<ZoneState, 'digest' | 'deleted'>>

export type DeltaAnswer =
  /**
   * `head` is the zone's newest head, `target` the header of the version that the delta leads to, `base` what it starts from: the
   * holder's state, or nothing, where the whole zone is the shorter way.
   */
  | {
      readonly kind: 'delta'
      readonly head: Head
      readonly base: ZoneState | undefined
      readonly target: VersionHeader
      readonly delta: Delta
    }
  | { readonly kind: 'current'; readonly head: Head }
  | { readonly kind: 'walk'; readonly head: Head }
  | { readonly kind: 'unknown' }

export interface RangeQuery {
  readonly zone: string
  readonly fromKey: Uint8Array
  readonly maxOctets: number
}

export interface RangeAnswer {
  readonly header: VersionHeader
  readonly pages: readonly PageRef[]
  /** True when the zone ends with these pages. */
  readonly last: boolean
  /** Lower bound of the page after these; absent when `last`. */
  readonly nextKey?: Uint8Array
}

/** What the zone API asks of the database across zones. */
import type { Name } from '@zonecast/dns'
import type { StoredRRset, ZoneRecord } from '../zone-database.ts'

export interface SearchReads {
  /** Live zones that fit, in canonical order: a short read, to be repeated with `next` until there is none. */
  findZones(query: ZoneSearch): Promise<FoundZones>
  /** RRsets that fit, zone by zone in canonical order: a short read, likewise. */
  findRRsets(query: RRsetSearch): Promise<FoundRRsets>
}

/** Names are folded, texts in lower case. */
export type NameMatch =
  | { readonly kind: 'exact' | 'suffix'; readonly name: Name }
  | { readonly kind: 'contains'; readonly text: string }

/** Zones whose sort keys lie between two keys, both left out. */
export interface ZoneSpan {
  readonly after: Uint8Array
  readonly to: Uint8Array
}

export interface ZoneMatch {
  readonly name?: NameMatch
  readonly placement?: string
  readonly tag?: TagMatch
  /** Only zones in these spans, which are in order and apart. */
  readonly within?: readonly ZoneSpan[] | undefined
}

export interface ZoneSearch {
  readonly match: ZoneMatch
  readonly limit: number
  /** Zone key to go on after. */
  readonly after?: string
}

export interface FoundZones {
  readonly zones: readonly ZoneRecord[]
  readonly next?: string
}

export interface TagMatch {
  readonly tag: string
  /** Undefined means any. */
  readonly value?: string
}

export interface RRsetMatch {
  readonly zones: ZoneMatch
  readonly name?: NameMatch
  readonly type?: number
  /** As written for `exact`, in lower case for `contains`. */
  readonly value?: { readonly kind: 'exact' | 'contains'; readonly text: string }
  readonly tag?: TagMatch
}

export interface RRsetSearch {
  readonly match: RRsetMatch
  readonly limit: number
  readonly after?: SearchPlace
}

/** All zones up to this one are done, but for what of it comes from the key on. */
export interface SearchPlace {
  readonly zone: string
  /** Absent when the zone is done. */
  readonly fromKey?: Uint8Array
}

export interface FoundRRsets {
  readonly found: readonly { readonly zone: string; readonly rrset: StoredRRset }[]
  readonly next?: SearchPlace
}

/** What a zone store offers, and what it takes. */
import type { Name } from '@zonecast/dns'
import type { Clock, Logger } from '@zonecast/runtime'
import type { Delta, Sha256, VersionHeader, ZoneState, ZoneView } from '@zonecast/zone'
import type { Written } from './apply.ts'
import type { StoredZone } from './layout.ts'
import type { Levels } from './levels.ts'
import type { Marks, ShardMark } from './marks.ts'
import type { ZoneScrub } from './scrub.ts'
import type { Stage } from './stage.ts'
import type { VersionSignals } from './version-signals.ts'

export type { Levels } from './levels.ts'
export type { Marks, ShardMark } from './marks.ts'

/** One committed version of a zone. Good for synchronous use within one turn of the event loop; take a new one after each await. */
export interface StoreView extends ZoneView {
  readonly stored: StoredZone
}

export interface ApplyInput extends Written {
  readonly zone: string
  readonly shard: number
  /** Position of the state in its shard; 0n where it is not known in the store's log id. */
  readonly position: bigint
  readonly header: VersionHeader
  /** What the delta starts from; absent when `delta.added` is the whole content, which then replaces whatever is there. */
  readonly base?: ZoneState | undefined
  readonly delta: Delta
}

export interface RemoveInput extends Written {
  readonly zone: string
  readonly shard: number
  readonly position: bigint
  /** The tombstone: `deleted` is true. */
  readonly state: ZoneState
  readonly placement: string
  /** An operator has ordered it: what is there is replaced, be it later. */
  readonly reset?: boolean
}

export interface StageInput {
  readonly zone: string
  readonly shard: number
  /** What the store has of its present version is damaged: that version may come again, and replaces it. */
  readonly mend?: boolean
  /** An operator has ordered it: what is there is replaced, be it later. */
  readonly reset?: boolean
}

/** What leads from an older state of a zone to the present one. */
export interface StoredSteps {
  readonly base: ZoneState
  readonly delta: Delta
  readonly header: VersionHeader
}

/** Every promise of a change resolves when the change is on disk, and rejects with `StoreRefusal` when nothing was changed. */
export interface ZoneStore {
  /** Random name of this store, made with it. */
  readonly storeId: string
  /** Move with every version that is committed. */
  readonly signals: VersionSignals
  /** True while the disk has no room for what is to be written. */
  readonly lacksRoom: () => boolean
  /** Every zone, tombstones included. */
  zones(): Iterable<StoredZone>
  get(zone: string): StoredZone | undefined
  /** The newest committed version of a live zone. */
  view(zone: string): StoreView | undefined
  /** The zone with the longest apex at or above a name, of those that are served: neither deleted nor disabled. */
  enclosing(name: Name): StoreView | undefined
  /** The same for answering questions: pages that were read are kept in memory. */
  answering(name: Name): StoreView | undefined
  levels(): Levels
  setLevels(levels: Levels): Promise<void>
  apply(input: ApplyInput): Promise<StoredZone>
  /** Leaves a tombstone; its fence stays for good. */
  remove(input: RemoveInput): Promise<StoredZone>
  /** Notes that a zone's present state stands at a new position. */
  touch(zone: string, position: bigint, levels?: Levels): Promise<void>
  /** Where an edge stands. */
  marks(): Marks
  /** Writes a mark; void where the store follows another log by then. */
  mark(mark: ShardMark): Promise<void>
  /** Raises positions of zones that the store has, and writes a mark, in one transaction. */
  stamp(zones: readonly { readonly zone: string; readonly position: bigint }[], mark: ShardMark): Promise<void>
  /** Puts shards back to 0 and voids the positions of their zones; the zones themselves stay. */
  restart(followed: Pick<Marks, 'logId' | 'placements'>, shards: readonly number[]): Promise<void>
  /** Zones of a shard whose position is known and after `after`, in position order, tombstones included. */
  stamped(shard: number, after: bigint, limit: number): StoredZone[]
  /** The set digest over the live zones of a shard whose position is known, but for some. */
  stampedDigest(shard: number, without?: ReadonlySet<string>): { readonly setDigest: Uint8Array; readonly zones: number }
  /** Begins to take a zone of any size in pieces. */
  beginStage(input: StageInput): Stage
  /**
   * The delta from an older state to the present one, where the journal still has every step. A base without a digest is known by its
   * generation and version alone, as in a resume token.
   */
  deltaFrom(zone: string, base: ZoneState): StoredSteps | undefined
  /** Shards in which tombstones are missing that were here: they are to be listed again from 0, and then missed no more. */
  lostTombstones(): number[]
  /** Positions of these shards are back at 0 (`restart` says so by itself). */
  acceptLoss(shards: readonly number[]): Promise<void>
  /** True where the record of a zone is on disk as it was written; where it is not, `touch` writes it again from memory. */
  holds(zone: string): boolean
  /** Reads a zone through, a slice at a time, and compares it with its digest. */
  scrub(zone: string): ZoneScrub
  /** Damage was found in a zone: what was read of it before is read and checked again. */
  doubt(zone: string): void
  getMeta(name: string): Uint8Array | undefined
  setMeta(name: string, value: Uint8Array): Promise<void>
  close(): Promise<void>
}

export interface ZoneStoreOptions {
  readonly folder: string
  /** Whose data the folder holds; another kind is refused. */
  readonly kind: 'publisher' | 'edge-writer'
  readonly log: Logger
  readonly clock?: Clock
  readonly sha256?: Sha256
  /** Told where something was read of a zone that is not what was written; the read itself fails. May be told often. */
  readonly onDamage?: (zone: string, reason: string) => void
  /** Told when the disk fails: the program is to end at once, and to begin again from what the disk really holds. */
  readonly onBroken?: (error: Error) => void
  /** Versions of each zone whose deltas are kept. */
  readonly journalVersions?: number
  /** Octets of pages that are kept in memory for `answering`, over all zones. */
  readonly pageMemoryOctets?: number
}

/** The port to the database: everything the zone API asks of it. */
import type { Delta, Head, PageRef } from '@zonecast/zone'
import type { AccessReads, AccessWrites } from './access/access-port.ts'
import type { AuditLog } from './audit-port.ts'
import type { HistoryReads, HistoryWrites } from './history-port.ts'
import type { LineageKeeper } from './lineage-port.ts'
import type {
  AroundQuery,
  DeltaAnswer,
  DeltaQuery,
  HeadsPage,
  RangeAnswer,
  RangeQuery,
  RRsetPage,
  RRsetQuery,
  ZonePage,
  ZoneRecord,
  ZonesAround,
  ZonesQuery,
} from './read-port.ts'
import type { QuotaReads, QuotaWrites } from './quotas/quota-port.ts'
import type { SearchReads } from './search/search-port.ts'
import type { SecretReads, SecretWrites } from './secrets/secret-port.ts'
import type { TemplateStore } from './template-port.ts'
import type {
  ApplyInput,
  ApplyOutcome,
  ApplySetsInput,
  ApplySetsOutcome,
  ChangeEffect,
  CommitEvent,
  CommitOutcome,
  CommitStageInput,
  CreateZoneInput,
  DeleteZoneInput,
  ReplaceInput,
  Stage,
  UpdateZoneInput,
} from './write-port.ts'

export type * from './access/access-port.ts'
export type * from './quotas/quota-port.ts'
export type * from './read-port.ts'
export type * from './secrets/secret-port.ts'
export type * from './write-port.ts'

/**
 * The one keeper of zones. Every method may throw a `Refusal` of `@zonecast/rpc` (unknown zone, version moved, rules broken, …); any
 * other error is a fault of ours. What a writing method has returned is durable. Byte arrays in answers belong to the caller.
 */
export interface ZoneDatabase
  extends
    ZoneReads,
    ZoneWrites,
    StageWrites,
    Registry,
    AccessReads,
    AccessWrites,
    QuotaReads,
    QuotaWrites,
    Leases,
    Relayed,
    HistoryReads,
    HistoryWrites,
    AuditLog,
    SearchReads,
    TemplateStore,
    SecretReads,
    SecretWrites,
    LineageKeeper {
  /** 128 random bits made with the database; positions compare only within one log id. */
  readonly logId: Uint8Array
  /** Calls the listener after each commit and before the callers of that commit are answered. Returns how to stop. */
  onCommit(listener: (events: readonly CommitEvent[]) => void): () => void
  /** Calls the listener when a database elsewhere goes away (`false`), and when it is back. One in the data folder never does. */
  onServing(listener: (serving: boolean) => void): void
  /** Calls the listener when a database elsewhere has gone back to before what was seen here. */
  onRegressed(listener: (detail: string) => void): void
  /** One slice of tidying: dropped contents, history past its time, expired request ids. True when there is more to do. */
  maintain(): Promise<boolean>
  close(): Promise<void>
}

export interface ZoneReads {
  /** The zone as people see it; undefined when it does not exist or is deleted. */
  getZone(zone: string): Promise<ZoneRecord | undefined>
  /** Live zones in canonical order of their names, after the zone named by `after`. */
  listZones(page: ZonesQuery): Promise<ZonePage>
  /** The nearest live zone that encloses a name, and live zones below the name, in order after `after`. */
  zonesAround(query: AroundQuery): Promise<ZonesAround>
  /** RRsets in canonical order, the SOA first; at most about `maxOctets` of stored RRs, and perhaps fewer. */
  listRRsets(query: RRsetQuery): Promise<RRsetPage>
  /** The head of a zone, tombstones included. */
  headOf(zone: string): Promise<Head | undefined>
  /** Heads of a shard after a position, in position order, tombstones included. */
  heads(query: { readonly shard: number; readonly after: bigint; readonly limit: number }): Promise<HeadsPage>
  /** The newest position of each shard, 64 in number. */
  newestPositions(): Promise<bigint[]>
  /** What a holder of `base` needs to come to the newest version, or to `toVersion`. */
  deltaFrom(query: DeltaQuery): Promise<DeltaAnswer>
  /** Whole pages of the newest version (or of a stage); the first may begin before `fromKey`. A short read, consistent in itself. */
  readRange(query: RangeQuery): Promise<RangeAnswer>
}

export interface ZoneWrites {
  createZone(input: CreateZoneInput): Promise<CommitOutcome>
  /** New settings: a version without a new serial; no version when nothing changes. */
  updateZone(input: UpdateZoneInput): Promise<CommitOutcome>
  deleteZone(input: DeleteZoneInput): Promise<CommitOutcome>
  applyChanges(input: ApplyInput): Promise<ApplyOutcome>
  /** Change sets over several zones, all or nothing: one change. */
  applyChangeSets(input: ApplySetsInput): Promise<ApplySetsOutcome>
  /** `beginStage`, `writeStage` and `commitStage` in one transaction, for content of at most 1 MiB. */
  replaceContent(input: ReplaceInput): Promise<CommitOutcome>
}

/** A zone's content written aside, invisible until `commitStage`. Stages of an earlier run of the program are swept at start. */
export interface StageWrites {
  beginStage(zone: string): Promise<Stage>
  /** Pages in key order over all calls, at most 1 MiB a call. */
  writeStage(stage: number, pages: readonly PageRef[]): Promise<void>
  /** A piece of the delta from the content that the stage began on, in order, at most 1 MiB a call. */
  writeStageDelta(stage: number, piece: Delta): Promise<void>
  /** Makes the stage the zone's content. On a refusal the stage stays, for another try or for `abortStage`. */
  commitStage(input: CommitStageInput): Promise<CommitOutcome>
  abortStage(stage: number): Promise<void>
}

export interface Registry {
  /** Makes exactly these the credentials of the bootstrap file; the edges among them are expected from now on. */
  bootstrapCredentials(credentials: readonly Credential[]): Promise<void>
  listEdges(): Promise<EdgeRecord[]>
  /** Gives an edge another state, and notes it in the audit log; undefined where there is no such edge. */
  setEdgeState(input: EdgeStateInput): Promise<EdgeRecord | undefined>
  getChange(changeId: string): Promise<ChangeRecord | undefined>
}

/** A place in the order of one shard. */
export interface ShardPosition {
  readonly shard: number
  readonly position: bigint
}

export interface LeaseInput {
  readonly name: string
  readonly holder: string
  /** How it goes, for others to read. */
  readonly state: string
  readonly forMs: number
}

export interface Lease {
  readonly holder: string
  readonly state: string
}

/** What one of those that share a database does for all. */
export interface Leases {
  /** Takes or renews a lease, or says who holds it. */
  holdLease(input: LeaseInput): Promise<Lease>
  dropLease(input: Pick<LeaseInput, 'name' | 'holder'>): Promise<void>
}

/** What has been put into logs apart from the zone API; each log has a name that no other has. */
export interface Relayed {
  /** Per shard, 64 in number, the position up to which everything was put into the log. */
  relayedPositions(log: string): Promise<bigint[]>
  /** The log into which most was put: that of now, where none was made anew since. Empty where there is none. */
  relayedLog(): Promise<string>
  /** Positions only go forward. */
  noteRelayed(log: string, positions: readonly ShardPosition[]): Promise<void>
}

/** The owner's wishes for a zone, all filled in. */
export interface ZoneSettings {
  readonly kind: 'primary' | 'secondary'
  readonly placement: string
  readonly guardPercent: number
  readonly defaultTtl: number
  /** Seconds; 0 means no bound. */
  readonly minTtl: number
  readonly maxTtl: number
  /** True while no edge serves the zone. */
  readonly disabled: boolean
  /** What history keeps; 0 means what it keeps of every zone. */
  readonly historyVersions: number
  readonly historyDays: number
}

/** Of zones, and of edges that are made without one. */
export const defaultPlacement = 'default'

export const defaultSettings: ZoneSettings = {
  kind: 'primary',
  placement: defaultPlacement,
  guardPercent: 30,
  defaultTtl: 3600,
  minTtl: 0,
  maxTtl: 0,
  disabled: false,
  historyVersions: 0,
  historyDays: 0,
}

/** Of the bootstrap file. */
export interface Credential {
  readonly sha256: Uint8Array
  readonly principal: string
  readonly role: string
  /** Empty for what is no edge. */
  readonly edgeId: string
  readonly placements: readonly string[]
}

export interface EdgeStateInput {
  readonly edgeId: string
  readonly state: EdgeRecord['state']
  readonly principal: string
  readonly reason: string
}

export interface EdgeRecord {
  readonly edgeId: string
  readonly state: 'expected' | 'draining' | 'retired'
  readonly placements: readonly string[]
}

export interface ChangeRecord {
  readonly changeId: string
  readonly effects: readonly ChangeEffect[]
  readonly committedAtMs: number
  readonly principal: string
  readonly reason: string
  /** Edges in force when it was committed and not retired since, that carry one of its zones. */
  readonly expectedEdges: readonly string[]
  /** Placements that each of them carries. */
  readonly edgePlacements: Readonly<Record<string, readonly string[]>>
  /** The present heads of its zones. */
  readonly heads: readonly Head[]
}

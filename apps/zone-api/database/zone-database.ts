/** The port to the database: everything the zone API asks of it. */
import type { Name, Violation } from '@zonecast/dns'
import type { ChangeOp, Delta, ExpectedRRsets, Head, PageRef, Space, VersionHeader, ZoneState } from '@zonecast/zone'
import type { AuditLog } from './audit-port.ts'
import type { HistoryReads, HistoryWrites } from './history-port.ts'
import type { LineageKeeper } from './lineage-port.ts'
import type { Note, NoteStep } from './note.ts'
import type { SearchReads, TagMatch } from './search/search-port.ts'
import type { TemplateStore } from './template-port.ts'

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
    Leases,
    Relayed,
    HistoryReads,
    HistoryWrites,
    AuditLog,
    SearchReads,
    TemplateStore,
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
  listZones(page: { readonly after?: string; readonly limit: number }): Promise<ZonePage>
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
  findCredential(sha256: Uint8Array): Promise<Credential | undefined>
  /** Makes exactly these the credentials in force; the edges among them are expected from now on. */
  bootstrapCredentials(credentials: readonly Credential[]): Promise<void>
  listEdges(): Promise<EdgeRecord[]>
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

export const defaultSettings: ZoneSettings = {
  kind: 'primary',
  placement: 'default',
  guardPercent: 30,
  defaultTtl: 3600,
  minTtl: 0,
  maxTtl: 0,
  disabled: false,
  historyVersions: 0,
  historyDays: 0,
}

export interface ZoneRecord {
  /** Zone key. */
  readonly zone: string
  readonly id: string
  readonly header: VersionHeader
  readonly settings: ZoneSettings
  readonly createdAtMs: number
  readonly changedAtMs: number
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

/** Who does it, why, and how to recognise a repetition: part of every write. */
export interface WriteContext {
  readonly principal: string
  readonly reason: string
  /** Empty when the caller gave none. */
  readonly requestId: string
  /** SHA-256 of the request, so that the same `requestId` with another body is refused. */
  readonly bodyHash: Uint8Array
  /** W3C trace context; empty when there is none. */
  readonly traceparent: string
}

export interface CreateZoneInput extends WriteContext {
  /** The apex, case as the owner writes it. */
  readonly apex: Name
  readonly settings: ZoneSettings
  /** SOA as a stored RR. Its serial is kept unless the zone had a later one before it was deleted. */
  readonly soa: Uint8Array
  /** The other RRs as stored, in any order; at most 1 MiB. */
  readonly rrs: readonly Uint8Array[]
}

export interface UpdateZoneInput extends WriteContext {
  readonly zone: string
  readonly settings: ZoneSettings
  /** Absent or 0 asks for nothing. */
  readonly expectedSettingsVersion?: bigint
}

export interface DeleteZoneInput extends WriteContext {
  readonly zone: string
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
}

/** A change set, and what it asks of its zone. */
export interface ZoneChangeSet {
  readonly zone: string
  readonly ops: readonly ChangeOp[]
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
  readonly expectedGeneration: bigint
  readonly expected?: ExpectedRRsets
  /** What is wrong with steps that could not even be read: the set is refused with these, and with what the zone says to the rest. */
  readonly unread?: readonly Violation[]
  /** What becomes of comments and tags, once the steps are taken. */
  readonly notes?: readonly NoteStep[]
}

export interface ApplyInput extends WriteContext, ZoneChangeSet {
  /** The method that was called, within which `requestId` is good; `ApplyChanges` when absent. */
  readonly method?: string
  readonly dryRun: boolean
  readonly force: boolean
}

export interface ApplySetsInput extends WriteContext {
  /** Each zone once. */
  readonly sets: readonly ZoneChangeSet[]
  readonly dryRun: boolean
  readonly force: boolean
}

export interface Stage {
  readonly stage: number
  /** The state that the zone had when the stage began; absent when it did not exist. A tombstone says `deleted`. */
  readonly began: ZoneState | undefined
}

/** Content that replaces a zone's, checked by the caller against the zone's rules; a zone that does not exist is created. */
export interface ContentInput extends WriteContext {
  /** The method that was called, within which `requestId` is good; `ImportZone` when absent. */
  readonly method?: string
  readonly apex: Name
  /** SOA as a stored RR with the serial of the data; the serial policy decides at commit what becomes of it. */
  readonly soa: Uint8Array
  /** Digest sum over the RRs in the pages: without the SOA and the settings. */
  readonly contentDigest: Uint8Array
  /** RRs, RRsets and octets as stored, the SOA included. */
  readonly rrCount: number
  readonly rrsetCount: number
  readonly contentOctets: number
  /** Difference to the content the work began on: RRs (the SOA not counted), and RRsets that went, for the guard. */
  readonly addedRRs: number
  readonly removedRRs: number
  readonly removedRRsets: number
  /** Largest TTL of RRsets that were touched; 0 when unknown. */
  readonly oldTtl: number
  readonly warnings: readonly Violation[]
  /** Allow what the guard would refuse. */
  readonly force: boolean
  /** Check and report, but commit nothing; the stage stays. */
  readonly dryRun: boolean
  /** Take the zone's own serial plus one, where it has one, whatever the data says. */
  readonly continueSerial?: boolean
  /** Take the zone even when it has moved since the stage began. */
  readonly overwrite: boolean
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
  /** Settings of a zone that this creates; absent means the defaults. */
  readonly settings?: ZoneSettings
  /** The version that the content was: RRsets that are there again get the comments and tags they had then. */
  readonly notesAsOf?: bigint
}

export interface CommitStageInput extends ContentInput {
  readonly stage: number
  /** True when `writeStageDelta` has written the whole delta. */
  readonly hasDelta: boolean
}

export interface ReplaceInput extends ContentInput {
  readonly pages: readonly PageRef[]
  /** What the pages were compared with; absent when the zone did not exist. */
  readonly began: ZoneState | undefined
  /** The delta from `began`, where there is one. */
  readonly delta?: Delta
}

/** What one change did to one zone. */
export interface ChangeEffect {
  readonly zone: string
  readonly state: ZoneState
  readonly previous?: ZoneState
  readonly added: number
  readonly removed: number
  readonly changed: boolean
  readonly oldTtl: number
  /** RRsets whose comment or tags it changed. */
  readonly notesChanged?: number
}

export interface CommitOutcome {
  /** Empty when nothing changed and on a dry run. */
  readonly changeId: string
  readonly effect: ChangeEffect
  readonly warnings: readonly Violation[]
}

export interface ApplyOutcome extends CommitOutcome {
  /** On a dry run, what would be done. */
  readonly plan?: Delta
}

/** What a change over several zones came to, in the order of its sets. */
export interface ApplySetsOutcome {
  /** Empty when nothing changed and on a dry run. */
  readonly changeId: string
  readonly effects: readonly ChangeEffect[]
  readonly warnings: readonly Violation[]
  /** On a dry run, what would be done, zone by zone. */
  readonly plans?: readonly Delta[]
}

/** A committed head, and what led to it from the head before. */
export interface CommitEvent {
  readonly head: Head
  /** The delta and where it starts (absent: from nothing), where it takes at most 64 KiB. */
  readonly delta?: { readonly base: ZoneState | undefined; readonly target: VersionHeader; readonly delta: Delta }
  readonly changeIds: readonly string[]
  readonly traceparent: string
  readonly committedAtMs: number
}

export interface Credential {
  readonly sha256: Uint8Array
  readonly principal: string
  readonly role: string
  /** Empty for what is no edge. */
  readonly edgeId: string
  readonly placements: readonly string[]
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
  /** What each of them carries (`carries`). */
  readonly edgePlacements: Readonly<Record<string, readonly string[]>>
  /** The present heads of its zones. */
  readonly heads: readonly Head[]
}

/** An edge that lists no placement carries all of them. */
export function carries(placements: readonly string[], placement: string): boolean {
  return placements.length === 0 || placements.includes(placement)
}

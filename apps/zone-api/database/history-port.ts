/** What the zone API asks of the database about old versions. */
import type { Delta, PageRef, VersionHeader, ZoneState } from '@zonecast/zone'
import type { PackedSteps } from './packed-steps.ts'
import type { ApplyOutcome, CommitOutcome, WriteContext } from './zone-database.ts'

export interface HistoryReads {
  /** Versions of a zone, the newest first; deleted zones have theirs, too. */
  listVersions(query: VersionQuery): Promise<VersionPage>
  /** A version, or the newest where none is named; undefined when it is not kept. Refused when the zone never was. */
  versionAt(query: { readonly zone: string; readonly version?: bigint }): Promise<VersionHeader | undefined>
  /** The next steps after a version: a short read, to be repeated. */
  readSteps(query: StepsQuery): Promise<Steps>
  /** Whole pages of a content that was replaced; undefined when it is gone. The first may begin before `fromKey`. */
  readContent(query: ContentQuery): Promise<ContentRange | undefined>
  /** The answer that the same request was given before, if any. */
  recall(query: { readonly method: string; readonly context: WriteContext }): Promise<CommitOutcome | undefined>
}

export interface HistoryWrites {
  /** Makes a version by a delta that leads to the content of an older one; for deltas of at most 1 MiB. */
  restoreDelta(input: RestoreDeltaInput): Promise<ApplyOutcome>
  /** Forgets some of a zone's history for good, the newest first; to be repeated with `next` until there is none. */
  purgeHistory(query: PurgeQuery): Promise<Purged>
}

export interface PurgeQuery {
  readonly zone: string
  /** Only what touched this name: its folded wire form. */
  readonly owner?: Uint8Array
  /** Where to go on; absent at the beginning, which notes the purge in the audit log. */
  readonly before?: bigint
  readonly principal: string
  readonly reason: string
}

export interface Purged {
  readonly versions: number
  readonly contents: number
  readonly auditLines: number
  readonly next?: bigint
}

export interface VersionQuery {
  readonly zone: string
  /** Only versions that touched this name: its folded wire form. */
  readonly owner?: Uint8Array
  /** Only versions before this one. */
  readonly before?: bigint
  readonly limit: number
}

export interface VersionPage {
  readonly versions: readonly VersionRecord[]
  /** Where the next page goes on: its `before`; absent on the last. */
  readonly next?: bigint
}

export interface VersionRecord {
  readonly state: ZoneState
  readonly committedAtMs: number
  readonly principal: string
  readonly reason: string
  readonly method: string
  readonly changeId: string
  readonly added: number
  readonly removed: number
  readonly rrCount: number
  readonly rrsetCount: number
  /** The version replaced the zone: whether it touched a name is not known. */
  readonly wholeZone: boolean
  readonly purged: boolean
}

/** Up to here a walk over steps has come: all of `version`, and so many pieces of the step after it. */
export interface StepPlace {
  readonly version: number
  readonly piece: number
}

export interface StepsQuery {
  readonly zone: string
  readonly after: StepPlace
  /** The version to stop at; absent means the newest. */
  readonly toVersion?: number
}

export interface Steps {
  /** In order; one that is only a piece of a step is told by `at.piece`. */
  readonly steps: PackedSteps
  /** Where it has come to. */
  readonly at: StepPlace
  readonly end: StepsEnd
}

export type StepsEnd =
  | { readonly kind: 'more' }
  /** `toVersion` is reached. */
  | { readonly kind: 'reached' }
  /** The newest version is reached, and is live. */
  | { readonly kind: 'live'; readonly state: ZoneState }
  /** What follows is no step: the content at this place was replaced, and kept under this number. */
  | { readonly kind: 'content'; readonly content: number }
  /** What follows is not kept. */
  | { readonly kind: 'gone' }

export interface ContentQuery {
  readonly content: number
  readonly fromKey: Uint8Array
  readonly maxOctets: number
}

export interface ContentRange {
  readonly pages: readonly PageRef[]
  readonly last: boolean
  /** Lower bound of the page after these; absent when `last`. */
  readonly nextKey?: Uint8Array
}

export interface RestoreDeltaInput extends WriteContext {
  readonly zone: string
  /** The state that the delta starts from. */
  readonly began: ZoneState
  /** The version whose content it leads to. */
  readonly target: VersionHeader
  readonly delta: Delta
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
  readonly dryRun: boolean
  readonly force: boolean
}

/** What is asked of a write, and what came of it. */
import type { Name, Violation } from '@zonecast/dns'
import type { ChangeOp, Delta, ExpectedRRsets, Head, PageRef, VersionHeader, ZoneState } from '@zonecast/zone'
import type { NoteStep } from './note.ts'
import type { ZoneSpan } from './search/search-port.ts'
import type { Tags, TagStep } from './tags.ts'
import type { ZoneSettings } from './zone-database.ts'

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
  /** True for principals that the default quotas do not bound. */
  readonly isExempt?: boolean
}

export interface CreateZoneInput extends WriteContext {
  /** The apex, case as the owner writes it. */
  readonly apex: Name
  readonly settings: ZoneSettings
  /** SOA as a stored RR. Its serial is kept unless the zone had a later one before it was deleted. */
  readonly soa: Uint8Array
  /** The other RRs as stored, in any order; at most 1 MiB. */
  readonly rrs: readonly Uint8Array[]
  /** Principals that own it; absent means nobody. */
  readonly owners?: readonly string[]
  /** Zones that it would lie inside or around must be in these spans, which are in order and apart; absent means that any may be. */
  readonly makesWithin?: readonly ZoneSpan[]
  readonly tags?: Tags
}

export interface UpdateZoneInput extends WriteContext {
  readonly zone: string
  readonly settings: ZoneSettings
  /** Absent or 0 asks for nothing. */
  readonly expectedSettingsVersion?: bigint
  /** Largest TTL of what is served no more; absent means none. */
  readonly oldTtl?: number
  /** What becomes of the zone's tags, which makes no version. */
  readonly tags?: TagStep
}

export interface DeleteZoneInput extends WriteContext {
  readonly zone: string
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
  /** Largest TTL in the zone; absent means that it is not known. */
  readonly oldTtl?: number
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
  /** Principals that own the zone where it is created; absent means nobody. */
  readonly owners?: readonly string[]
  /** As of `CreateZoneInput`, where the zone is created. */
  readonly makesWithin?: readonly ZoneSpan[]
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
  /** Refuse where there is a zone already. */
  readonly mustBeNew?: boolean
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
  /** Settings of a zone that this creates; absent means the defaults. */
  readonly settings?: ZoneSettings
  /** Its tags; absent means none. */
  readonly tags?: Tags
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
  /** Whether it changed the tags of the zone. */
  readonly tagsChanged?: boolean
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

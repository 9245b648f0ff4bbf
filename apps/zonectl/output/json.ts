/** Messages as the plain objects that `-o json` and `-o yaml` print (docs/reference/zonectl.md). */
import { type Timestamp, timestampDate, timestampMs } from '@bufbuild/protobuf/wkt'
import {
  type ChangeRecord,
  ChangeStage,
  type EdgeProgressOfChange,
} from '@zonecast/contract/generated/zonecast/zone/v1/change_service_pb'
import type { ChangeEffect, PlannedRR, Warning } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import type { ZoneState } from '@zonecast/contract/generated/zonecast/zone/v1/state_pb'
import type { Zone } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'

export interface StateJson {
  readonly generation: number
  readonly version: number
  readonly serial: number
  readonly digest: string
  readonly deleted: boolean
}

export interface EffectJson extends StateJson {
  readonly zone: string
  readonly changed: boolean
  readonly previousVersion: number | null
  readonly added: number
  readonly removed: number
  readonly oldTtl: number
  readonly notesChanged: number
  readonly tagsChanged: boolean
}

export interface EdgeJson {
  readonly edgeId: string
  readonly stage: StageName
  readonly publishedAt: string | null
  readonly appliedAt: string | null
  readonly answeredAt: string | null
  /** Milliseconds from the commit. */
  readonly publishedMs: number | null
  readonly appliedMs: number | null
  readonly answeredMs: number | null
  readonly mergedIntoVersion: number | null
  readonly late: boolean
  readonly disconnected: boolean
  readonly refusal: string
  /** The step that the edge has still to take, and why it has not. */
  readonly awaitedStep: string | null
  readonly awaitedReason: string | null
  readonly lastHeardAt: string | null
}

export interface ProgressJson {
  readonly changeId: string
  readonly committedAt: string | null
  readonly principal: string
  readonly reason: string
  readonly effects: readonly EffectJson[]
  readonly expectedEdges: readonly string[]
  readonly stage: StageName
  readonly edges: readonly EdgeJson[]
}

export type StageName = 'committed' | 'published' | 'applied' | 'answered' | 'unknown'

const stages: Readonly<Record<ChangeStage, StageName>> = {
  [ChangeStage.UNSPECIFIED]: 'unknown',
  [ChangeStage.COMMITTED]: 'committed',
  [ChangeStage.PUBLISHED]: 'published',
  [ChangeStage.APPLIED]: 'applied',
  [ChangeStage.ANSWERED]: 'answered',
}

export function stageName(stage: ChangeStage): StageName {
  return stages[stage] ?? 'unknown'
}

export function stateJson(state: ZoneState | undefined): StateJson {
  return {
    generation: Number(state?.generation ?? 0),
    version: Number(state?.version ?? 0),
    serial: state?.serial ?? 0,
    digest: Buffer.from(state?.digest ?? []).toString('hex'),
    deleted: state?.deleted ?? false,
  }
}

export function zoneJson({ name, state, rrCount, rrsetCount, settings, createdAt, changedAt, id, tags, owners }: Zone) {
  return {
    zone: name,
    id,
    ...stateJson(state),
    records: Number(rrCount),
    rrsets: Number(rrsetCount),
    placement: settings?.placement || 'default',
    guardPercent: settings?.guardPercent ?? 30,
    defaultTtl: settings?.defaultTtl || 3600,
    minTtl: settings?.minTtl ?? 0,
    maxTtl: settings?.maxTtl ?? 0,
    disabled: settings?.disabled ?? false,
    historyVersions: settings?.historyVersions ?? 0,
    historyDays: settings?.historyDays ?? 0,
    tags,
    owners,
    createdAt: timeText(createdAt),
    changedAt: timeText(changedAt),
  }
}

export function effectJson({ zone, state, previous, added, removed, changed, oldTtl, ...other }: ChangeEffect): EffectJson {
  const previousVersion = previous ? Number(previous.version) : null
  return {
    zone,
    changed,
    ...stateJson(state),
    previousVersion,
    added: Number(added),
    removed: Number(removed),
    oldTtl,
    notesChanged: other.notesChanged,
    tagsChanged: other.tagsChanged,
  }
}

export function warningJson({ subject, message, reason, rfc }: Warning) {
  return { subject, message, reason, rfc }
}

export function plannedJson({ added, text }: PlannedRR) {
  return { do: added ? 'add' : 'remove', record: text }
}

export function edgeJson(edge: EdgeProgressOfChange, committedAt: Timestamp | undefined): EdgeJson {
  const after = (at: Timestamp | undefined) => (at && committedAt ? timestampMs(at) - timestampMs(committedAt) : null)
  const { edgeId, stage, publishedAt, appliedAt, answeredAt, mergedIntoVersion, late, disconnected, refusal } = edge
  const { awaitedStep, awaitedReason, lastHeardAt } = edge
  return {
    edgeId,
    stage: stageName(stage),
    publishedAt: timeText(publishedAt),
    appliedAt: timeText(appliedAt),
    answeredAt: timeText(answeredAt),
    publishedMs: after(publishedAt),
    appliedMs: after(appliedAt),
    answeredMs: after(answeredAt),
    mergedIntoVersion: mergedIntoVersion === 0n ? null : Number(mergedIntoVersion),
    late,
    disconnected,
    refusal,
    awaitedStep: awaitedStep || null,
    awaitedReason: awaitedReason || null,
    lastHeardAt: timeText(lastHeardAt),
  }
}

export function progressJson(change: ChangeRecord, stage: ChangeStage, edges: readonly EdgeProgressOfChange[]): ProgressJson {
  const { changeId, committedAt, principal, reason, effects, expectedEdges } = change
  return {
    changeId,
    committedAt: timeText(committedAt),
    principal,
    reason,
    effects: effects.map(effectJson),
    expectedEdges,
    stage: stageName(stage),
    edges: edges.map((edge) => edgeJson(edge, committedAt)),
  }
}

export function timeText(time: Timestamp | undefined): string | null {
  return time ? timestampDate(time).toISOString() : null
}

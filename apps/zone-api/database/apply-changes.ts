/** Applying a change set to a zone. */
import { asSerial, decodeRR, encodeRR, foldName, nextSerial, type Violation, withSerial } from '@zonecast/dns'
import { applyDeltaToDigest, type ChangePlan, isEmptyDelta, ownerKey, planChanges } from '@zonecast/zone'
import { type EngineParts, expectVersion, liveZone, remembered, replayed, unchanged } from './engine-parts.ts'
import { noteChange } from './change-details.ts'
import { newId } from './ids.ts'
import type { NoteEdit } from './notes.ts'
import { withPlannedSOA } from './planned-soa.ts'
import { refuseViolations } from './refused.ts'
import { stateOf } from './rows.ts'
import { decodeSettings } from './settings.ts'
import { sha256 } from '@zonecast/runtime/hashes'
import type { CachedZone, ZoneRow } from './zone-cache.ts'
import type { ApplyInput, ApplyOutcome, WriteContext, ZoneChangeSet, ZoneSettings } from './zone-database.ts'

/** Plans the change set against the newest version and makes the next one of it; all or nothing. */
export async function applyChanges(parts: EngineParts, input: ApplyInput): Promise<ApplyOutcome> {
  const { method = 'ApplyChanges' } = input
  const replay = await replayed(parts, method, input)
  if (replay) return replay
  const zone = await liveZone(parts, input.zone)
  const before = zone.row
  expectVersion(input.zone, before, input.expectedVersion, input.expectedGeneration)
  const plan = await planFor(parts, zone, input)
  const { delta, added, removed, oldTtl, warnings } = plan
  const isNothing = isEmptyDelta(delta) && !plan.soa
  const notesChanged = plan.notes.length
  if (isNothing && !input.dryRun) {
    const outcome = unchanged(before, warnings, notesChanged)
    await writeNotes(parts, zone, method, input, plan.notes)
    return remembered(parts, method, input, outcome)
  }
  const row = isNothing ? before : nextRow(before, plan, parts.now())
  if (!isNothing) await parts.quotas.admit(input, [{ before, row }], { isDry: input.dryRun })
  if (input.dryRun) {
    const states = { state: stateOf(row), previous: stateOf(before) }
    const effect = { zone: input.zone, ...states, added, removed, changed: !isNothing, oldTtl, notesChanged }
    return { changeId: '', effect, warnings, plan: withPlannedSOA(delta, before.soa, row.soa) }
  }
  await parts.transaction.applyDelta(zone, delta)
  const names = plan.names.map(foldName)
  const step = { zone, before, row, method, context: input, delta, names, added, removed, oldTtl, notesChanged, warnings }
  const outcome = await parts.versions.write(step)
  await parts.notes.write(zone, plan.notes, outcome.changeId)
  return outcome
}

/** Notes that change where nothing else does: a line in the audit log, and no version. */
export async function writeNotes(
  parts: EngineParts,
  zone: CachedZone,
  method: string,
  context: WriteContext,
  edits: readonly NoteEdit[],
): Promise<void> {
  if (edits.length === 0) return
  const changeId = newId(noteChange, parts.now())
  await parts.versions.writeLine({ row: zone.row, method, context }, changeId)
  await parts.notes.write(zone, edits, changeId)
}

/** A plan, and what it does to comments and tags. */
export interface NotedPlan extends ChangePlan {
  readonly notes: readonly NoteEdit[]
}

async function planFor(parts: EngineParts, zone: CachedZone, input: ApplyInput): Promise<NotedPlan> {
  const plan = await planOrViolations(parts, zone, input, input.force)
  if ('violations' in plan) throw refuseViolations(plan.violations)
  return plan
}

/** Plans one zone's part of a change on its newest version. */
export async function planOrViolations(
  parts: EngineParts,
  zone: CachedZone,
  { ops, expected, unread = [], notes: steps = [] }: ZoneChangeSet,
  force: boolean,
): Promise<NotedPlan | { readonly violations: readonly Violation[] }> {
  const { row } = zone
  const settings = decodeSettings(row.settings)
  await zone.prefetch(ops.map(({ owner }) => ownerKey(0, owner)))
  const soa = decodeRR(row.soa)
  const options = { ...planOptions(settings), force, rrsetCount: row.rrset_count, ...(expected && { expected }) }
  const plan = await zone.withPages((pages) => planChanges({ apex: row.apex, soa, pages }, ops, options))
  if ('violations' in plan) return { violations: [...unread, ...plan.violations] }
  const notes = await parts.notes.plan(zone, steps, plan.delta)
  const violations = [...unread, ...notes.violations]
  return violations.length > 0 ? { violations } : { ...plan, notes: notes.edits }
}

function planOptions({ defaultTtl, guardPercent, minTtl, maxTtl }: ZoneSettings) {
  return { defaultTtl, guardPercent, ...((minTtl > 0 || maxTtl > 0) && { ttlBounds: { minTtl, maxTtl } }) }
}

/** The next version's row. */
export function nextRow(before: ZoneRow, { delta, soa, ...plan }: ChangePlan, now: number): ZoneRow {
  const present = soa ?? decodeRR(before.soa)
  const serial = nextSerial(asSerial(before.serial))
  const newSoa = encodeRR({ ...present, rdata: withSerial(present.rdata, serial) })
  const { settings } = before
  const change = { delta, oldSoa: before.soa, newSoa, oldSettings: settings, newSettings: settings }
  return {
    ...before,
    version: before.version + 1,
    serial,
    digest: applyDeltaToDigest(before.digest, change, sha256),
    soa: newSoa,
    rr_count: before.rr_count + plan.added - plan.removed,
    rrset_count: before.rrset_count + plan.addedRRsets - plan.removedRRsets,
    content_octets: before.content_octets + delta.added.length - delta.removed.length + newSoa.length - before.soa.length,
    changed_at: now,
  }
}

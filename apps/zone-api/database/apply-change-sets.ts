/** Applying change sets to several zones in one transaction, as one change. */
import { foldName, parseName, type Violation } from '@zonecast/dns'
import { sha256 } from '@zonecast/runtime/hashes'
import { isEmptyDelta, shardOf } from '@zonecast/zone'
import { nextRow, type NotedPlan, planOrViolations, writeNotes } from './apply-changes.ts'
import { type EngineParts, expectVersion, liveZone, replayedOctets, unchanged } from './engine-parts.ts'
import { type ChangeOutcome, decodeChange, encodeChange } from './outcome.ts'
import { withPlannedSOA } from './planned-soa.ts'
import { refuseViolations } from './refused.ts'
import { stateOf } from './rows.ts'
import type { CachedZone, ZoneRow } from './zone-cache.ts'
import type { ApplySetsInput, ApplySetsOutcome, ChangeEffect, ZoneChangeSet } from './zone-database.ts'
import type { NewVersion } from './version-writer.ts'

const method = 'ApplyChangeSets'

/** One zone's part, planned on its newest version. */
interface Part {
  readonly zone: CachedZone
  readonly before: ZoneRow
  readonly row: ZoneRow
  readonly plan: NotedPlan
  readonly isNothing: boolean
}

/** Plans every set, and makes the next version of each zone that differs; what one zone refuses is refused for all. */
export async function applyChangeSets(parts: EngineParts, input: ApplySetsInput): Promise<ApplySetsOutcome> {
  const replay = await replayedOctets(parts, method, input)
  if (replay) return inOrder(input, decodeChange(replay))
  const planned = await planAll(parts, input)
  const warnings = planned.flatMap(({ plan }) => plan.warnings)
  const changed = planned.filter(({ isNothing }) => !isNothing)
  if (changed.length > 0) await parts.quotas.admit(input, changed, { isDry: input.dryRun })
  if (input.dryRun)
    return {
      changeId: '',
      effects: planned.map(effectOf),
      warnings,
      plans: planned.map(({ plan: { delta }, before, row }) => withPlannedSOA(delta, before.soa, row.soa)),
    }
  const still = planned.filter(({ isNothing }) => isNothing)
  const kept = still.map(effectOf)
  for (const { zone, plan } of still) await writeNotes(parts, zone, method, input, plan.notes)
  if (changed.length === 0) {
    const outcome = { changeId: '', effects: kept, warnings }
    await parts.versions.remember(method, input, encodeChange(outcome))
    return outcome
  }
  const versions: NewVersion[] = []
  for (const { zone, before, row, plan } of inLockOrder(changed, ({ row: { shard, zone_key } }) => ({ shard, zone: zone_key }))) {
    await parts.transaction.applyDelta(zone, plan.delta)
    const { delta, added, removed, oldTtl, names } = plan
    const step = { delta, added, removed, oldTtl, names: names.map(foldName), warnings, notesChanged: plan.notes.length }
    versions.push({ zone, before, row, method, context: input, ...step })
  }
  const outcome = await parts.versions.writeAll(versions, kept)
  for (const { zone, plan } of changed) await parts.notes.write(zone, plan.notes, outcome.changeId)
  return inOrder(input, outcome)
}

/** Effects in the order of the sets. */
function inOrder({ sets }: ApplySetsInput, outcome: ChangeOutcome): ChangeOutcome {
  const effects = new Map(outcome.effects.map((effect) => [effect.zone, effect]))
  return { ...outcome, effects: sets.flatMap(({ zone }) => effects.get(zone) ?? []) }
}

/** The parts in the order of the sets; zones are taken in the order of their shards, as every transaction takes them. */
async function planAll(parts: EngineParts, { sets, force }: ApplySetsInput): Promise<Part[]> {
  const now = parts.now()
  const planned: Part[] = []
  const violations: Violation[][] = []
  const indexed = sets.map((set, index) => ({ set, index, shard: shardOf(parseName(set.zone), sha256) }))
  for (const { set, index } of inLockOrder(indexed, ({ set: { zone }, shard }) => ({ shard, zone }))) {
    const zone = await liveZone(parts, set.zone)
    expectVersion(set.zone, zone.row, set.expectedVersion, set.expectedGeneration)
    const plan = await planOrViolations(parts, zone, set, force)
    if ('violations' in plan) violations[index] = plan.violations.map((violation) => violationIn(set, violation))
    else planned[index] = partOf(zone, plan, now)
  }
  if (violations.length > 0) throw refuseViolations(violations.flat())
  return planned
}

function partOf(zone: CachedZone, plan: NotedPlan, now: number): Part {
  const before = zone.row
  const isNothing = isEmptyDelta(plan.delta) && !plan.soa
  return { zone, before, row: isNothing ? before : nextRow(before, plan, now), plan, isNothing }
}

/** What concerns a zone as a whole names it. */
function violationIn({ zone }: ZoneChangeSet, violation: Violation): Violation {
  return violation.reason === 'MASS_DELETE' ? { ...violation, subject: zone } : violation
}

function effectOf({ before, row, plan: { added, removed, oldTtl, notes }, isNothing }: Part): ChangeEffect {
  if (isNothing) return unchanged(before, [], notes.length).effect
  return {
    zone: row.zone_key,
    state: stateOf(row),
    previous: stateOf(before),
    added,
    removed,
    changed: true,
    oldTtl,
    notesChanged: notes.length,
  }
}

function inLockOrder<Item>(items: readonly Item[], placeOf: (item: Item) => { shard: number; zone: string }): Item[] {
  return items.toSorted((a, b) => {
    const [one, other] = [placeOf(a), placeOf(b)]
    return one.shard - other.shard || (one.zone < other.zone ? -1 : 1)
  })
}

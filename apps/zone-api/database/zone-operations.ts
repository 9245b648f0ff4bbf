/** Creating, changing and deleting zones as a whole. */
import { decodeRR, zoneKeyOf } from '@zonecast/dns'
import {
  applyDeltaToDigest,
  buildPages,
  compareStored,
  DigestSum,
  emptyDelta,
  hasTarget,
  TargetList,
  type ZoneCheck,
  ZoneChecker,
} from '@zonecast/zone'
import { type EngineParts, expectVersion, liveZone, moved, replayed, remembered, unchanged } from './engine-parts.ts'
import { newId } from './ids.ts'
import { installContent, refuseExisting } from './install-content.ts'
import { refuseViolations } from './refused.ts'
import { stateOf } from './rows.ts'
import { decodeSettings, encodeSettings } from './settings.ts'
import { sha256 } from '@zonecast/runtime/hashes'
import { mostTags, steppedTags, tagsOf, tagsText } from './tags.ts'
import type { CachedZone, ZoneRow } from './zone-cache.ts'
import type {
  CommitOutcome,
  CommitStageInput,
  ContentInput,
  CreateZoneInput,
  DeleteZoneInput,
  ReplaceInput,
  Stage,
  UpdateZoneInput,
  ZoneSettings,
} from './zone-database.ts'

export async function createZone(parts: EngineParts, input: CreateZoneInput): Promise<CommitOutcome> {
  const method = 'CreateZone'
  const replay = await replayed(parts, method, input)
  if (replay) return replay
  const before = (await parts.cache.get(zoneKeyOf(input.apex)))?.row
  refuseExisting(before)
  const { rrs, check } = checked(input)
  if (check.violations.length > 0) throw refuseViolations(check.violations)
  const digest = new DigestSum(sha256)
  for (const rr of rrs) digest.add(rr)
  const content: ContentInput = {
    ...input,
    contentDigest: digest.bytes(),
    rrCount: check.rrCount,
    rrsetCount: check.rrsetCount,
    contentOctets: check.contentOctets,
    addedRRs: rrs.length,
    removedRRs: 0,
    removedRRsets: 0,
    oldTtl: 0,
    warnings: check.warnings,
    force: false,
    dryRun: false,
    overwrite: true,
    expectedVersion: 0n,
  }
  return installContent(parts, content, { method, content: [...buildPages(rrs)], began: undefined, delta: undefined })
}

/** The RRs of a new zone in order, and what the rules of zones say of them. */
function checked({ apex, soa, rrs }: CreateZoneInput): { rrs: Uint8Array[]; check: ZoneCheck } {
  const sorted: Uint8Array[] = []
  const targets = new TargetList(apex)
  for (const { owner, type, rdata } of rrs.map((stored) => decodeRR(stored)))
    if (hasTarget(type)) targets.note(owner, type, rdata)
  const checker = new ZoneChecker({ apex, emit: (stored) => void sorted.push(stored), targets })
  for (const stored of [soa, ...rrs].toSorted((a, b) => compareStored(a, b))) checker.push(stored)
  return { check: checker.end(), rrs: sorted }
}

export async function updateZone(parts: EngineParts, input: UpdateZoneInput): Promise<CommitOutcome> {
  const method = 'UpdateZone'
  const replay = await replayed(parts, method, input)
  if (replay) return replay
  const zone = await liveZone(parts, input.zone)
  const before = zone.row
  const { expectedSettingsVersion = 0n } = input
  if (expectedSettingsVersion !== 0n && expectedSettingsVersion !== BigInt(before.settings_version))
    throw moved(input.zone, before, `its settings are at ${before.settings_version}, not ${expectedSettingsVersion}`)
  const settings = encodeSettings(input.settings)
  const tags = nextTags(before, input)
  if (Buffer.compare(settings, before.settings) === 0) {
    await writeTags(parts, zone, input, tags)
    return remembered(parts, method, input, unchanged(before, [], 0, tags !== before.tags))
  }
  const change = {
    delta: emptyDelta,
    oldSoa: before.soa,
    newSoa: before.soa,
    oldSettings: before.settings,
    newSettings: settings,
  }
  const row: ZoneRow = {
    ...before,
    version: before.version + 1,
    digest: applyDeltaToDigest(before.digest, change, sha256),
    settings,
    settings_version: before.settings_version + 1,
    placement: input.settings.placement,
    tags,
    changed_at: parts.now(),
  }
  await parts.quotas.admit(input, [{ before, row }])
  const counts = { added: 0, removed: 0, oldTtl: input.oldTtl ?? 0, tagsChanged: tags !== before.tags, warnings: [] }
  const outcome = await parts.versions.write({ zone, before, row, method, context: input, delta: emptyDelta, ...counts })
  await noteTags(parts, input.zone, before.tags, tags, outcome.changeId)
  await noteSettings(parts, input, decodeSettings(before.settings), outcome.changeId)
  return outcome
}

function nextTags(before: ZoneRow, { zone, tags }: UpdateZoneInput): string {
  if (!tags) return before.tags
  const next = steppedTags(tagsOf(before.tags), tags)
  if (Object.keys(next).length <= mostTags) return tagsText(next)
  const message = `${zone} would have more than ${mostTags} tags; remove some`
  throw refuseViolations([{ field: 'set_tags', reason: 'TOO_LARGE', subject: zone, message }])
}

/** Tags that change where nothing else does: a line in the audit log, and no version. */
async function writeTags(parts: EngineParts, zone: CachedZone, context: UpdateZoneInput, tags: string): Promise<void> {
  const { row } = zone
  if (tags === row.tags) return
  const changeId = newId('tag', parts.now())
  await parts.versions.writeLine({ row, method: 'UpdateZone', context }, changeId)
  zone.setRow({ ...row, tags })
  await parts.versions.setTags(row.number, tags)
  await noteTags(parts, context.zone, row.tags, tags, changeId)
}

/** The audit log has them before and after. */
async function noteTags(parts: EngineParts, zone: string, before: string, after: string, changeId: string): Promise<void> {
  if (before !== after) await parts.details.add({ change_id: changeId, at: parts.now(), subject: `${zone} tags`, before, after })
}

/** The audit log has each setting that has moved, before and after. */
async function noteSettings(
  parts: EngineParts,
  { zone, settings }: UpdateZoneInput,
  before: ZoneSettings,
  changeId: string,
): Promise<void> {
  for (const name of Object.keys(settings) as (keyof ZoneSettings)[]) {
    const [was, is] = [String(before[name]), String(settings[name])]
    if (was === is) continue
    await parts.details.add({ change_id: changeId, at: parts.now(), subject: `${zone} ${name}`, before: was, after: is })
  }
}

/** Leaves a tombstone: one version on, of the same generation. The content stays while history may ask for it. */
export async function deleteZone(parts: EngineParts, input: DeleteZoneInput): Promise<CommitOutcome> {
  const method = 'DeleteZone'
  const replay = await replayed(parts, method, input)
  if (replay) return replay
  const zone = await liveZone(parts, input.zone)
  const before = zone.row
  expectVersion(input.zone, before, input.expectedVersion)
  await parts.quotas.admit(input, [{ before, row: { ...before, deleted: 1, rrset_count: 0 } }])
  await parts.transaction.writePages(zone)
  await parts.contents.setState(before.content, 'replaced')
  zone.dropPages([])
  const empty = new Uint8Array()
  const row: ZoneRow = {
    ...before,
    content: 0,
    version: before.version + 1,
    digest: empty,
    deleted: 1,
    soa: empty,
    settings: empty,
    rr_count: 0,
    rrset_count: 0,
    content_octets: 0,
    changed_at: parts.now(),
  }
  const effect = { added: 0, removed: before.rr_count - 1, oldTtl: input.oldTtl ?? 0, warnings: [] }
  return parts.versions.write({ zone, before, row, method, context: input, replacedContent: before.content, ...effect })
}

export async function beginStage(parts: EngineParts, zone: string): Promise<Stage> {
  const row = (await parts.cache.get(zone))?.row
  const began = row && { generation: BigInt(row.generation), version: BigInt(row.version) }
  const stage = await parts.contents.create(zone, 'stage', began)
  return { stage, began: row && stateOf(row) }
}

export async function commitStage(parts: EngineParts, input: CommitStageInput): Promise<CommitOutcome> {
  const { method = 'ImportZone' } = input
  const replay = await replayed(parts, method, input)
  if (replay) {
    await parts.contents.setState(input.stage, 'dropped')
    return replay
  }
  const { began_generation: generation, began_version: version } = await parts.contents.stage(input.stage)
  const began = generation === null || version === null ? undefined : { generation: BigInt(generation), version: BigInt(version) }
  return installContent(parts, input, { method, content: input.stage, began, delta: input.hasDelta ? 'pieces' : undefined })
}

export function replaceContent(parts: EngineParts, input: ReplaceInput): Promise<CommitOutcome> {
  const { pages, began, delta, method = 'ImportZone' } = input
  return installContent(parts, input, { method, content: pages, began, delta })
}

/** Content that replaces a zone's: imports, stages and new zones. */
import {
  asSerial,
  compareBytes,
  foldName,
  isAfter,
  type Name,
  nextSerial,
  type Serial,
  type Violation,
  zoneKeyOf,
} from '@zonecast/dns'
import {
  compareKeys,
  type Delta,
  DigestSum,
  importSerial,
  massDeleteGuard,
  ownerKey,
  packRRs,
  type PageRef,
  rrsOf,
  shardOf,
  violationOf,
  zoneNested,
} from '@zonecast/zone'
import {
  type EngineParts,
  expectVersion,
  moved,
  oldSoaTtl,
  remembered,
  replayed,
  serialOf,
  soaWithSerial,
  unchanged,
} from './engine-parts.ts'
import { newId } from './ids.ts'
import { refuseViolations, Refused } from './refused.ts'
import { stateOf } from './rows.ts'
import type { SerialFloorTable } from './schema.ts'
import { decodeSettings, encodeSettings } from './settings.ts'
import { sha256 } from '@zonecast/runtime/hashes'
import { inlineDeltaOctets } from './transaction.ts'
import { tagsText } from './tags.ts'
import type { CachedZone, ZoneRow } from './zone-cache.ts'
import { type CommitOutcome, type ContentInput, defaultSettings } from './zone-database.ts'

/** Where the new content comes from. */
export interface Source {
  readonly method: string
  /** A stage's number, or pages that are still to be written. */
  readonly content: number | readonly PageRef[]
  /** The version the work began on; undefined when there was no zone, or a deleted one. */
  readonly began: { readonly generation: bigint; readonly version: bigint } | undefined
  /** The step from there: at hand, in pieces beside the stage, or none. */
  readonly delta: Delta | 'pieces' | undefined
}

/** Checks everything that depends on the present state of the zone, then makes the content its own in one version. */
export async function installContent(parts: EngineParts, input: ContentInput, source: Source): Promise<CommitOutcome> {
  const replay = await replayed(parts, source.method, input)
  if (replay) return replay
  const zoneKey = zoneKeyOf(input.apex)
  const zone = await parts.cache.get(zoneKey)
  const before = zone?.row
  if (input.mustBeNew) refuseExisting(before)
  expectVersion(zoneKey, before, input.expectedVersion)
  const hasMoved = !isAt(before, source.began)
  if (hasMoved && !input.overwrite) throw moved(zoneKey, before, 'not where this work began')
  checkGuard(input, before)
  if (before && isSame(input, before)) return keepAsItIs(parts, input, source, before)

  const isNew = !before || before.deleted === 1
  if (isNew && input.makesWithin) await parts.places.demand(input.apex, input.makesWithin)
  const floor = isNew ? await parts.floors.of(zoneKey) : undefined
  const next = nextRow(parts, input, before, floor)
  const { row } = next
  const warnings = isNew ? [...next.warnings, ...(await nestedWarnings(parts, input.apex))] : next.warnings
  await parts.quotas.admit(input, [{ before, row }], { isDry: input.dryRun })
  if (input.dryRun) return { changeId: '', effect: { ...effectOf(input, before), state: stateOf(row) }, warnings }
  const delta = hasMoved ? undefined : source.delta
  const { target, content } = await placeContent(parts, { zone, row, source, keepOld: delta === undefined })
  const outcome = await parts.versions.write({
    zone: target,
    before,
    row: { ...row, number: target.row.number, content },
    method: source.method,
    context: input,
    delta: delta === 'pieces' ? undefined : delta,
    whole: delta === undefined ? wholeOf(source) : undefined,
    deltaContent: delta === 'pieces' ? content : undefined,
    replacedContent: delta === undefined && before && !before.deleted ? before.content : undefined,
    added: input.addedRRs,
    removed: input.removedRRs,
    oldTtl: oldTtlOf(input, before),
    warnings,
  })
  await followNotes(parts, input, target, before, outcome.changeId)
  if (isNew) await parts.quotas.made(zoneKey, input.principal)
  // One that is undeleted has the owners it had.
  if (isNew && input.notesAsOf === undefined) await parts.owners.begin(zoneKey, input.owners ?? [])
  return outcome
}

/**
 * Notes go with their RRsets, and come back with those of an old version. A zone that is made anew begins without any; one that is
 * undeleted has those it had.
 */
async function followNotes(
  { notes }: EngineParts,
  { notesAsOf }: ContentInput,
  zone: CachedZone,
  before: ZoneRow | undefined,
  changeId: string,
): Promise<void> {
  if (before?.deleted && notesAsOf === undefined) await notes.clear(zone, changeId)
  else await notes.sweep(zone, changeId)
  if (notesAsOf !== undefined) await notes.bringBack(zone, notesAsOf, changeId)
}

/** All RRs of pages that are at hand, where they are few enough to travel with the event. */
function wholeOf({ content }: Source): Delta | undefined {
  if (typeof content === 'number' || content.reduce((sum, page) => sum + page.content.length, 0) > 2 * inlineDeltaOctets)
    return undefined
  return { removed: new Uint8Array(), added: packRRs(content.flatMap((page) => rrsOf(page.content))) }
}

function isAt(row: ZoneRow | undefined, began: Source['began']): boolean {
  if (!row || !began) return !began && (!row || row.deleted === 1)
  return BigInt(row.generation) === began.generation && BigInt(row.version) === began.version
}

function checkGuard({ force, removedRRsets, apex }: ContentInput, row: ZoneRow | undefined): void {
  if (force || !row || row.deleted) return
  const { guardPercent } = decodeSettings(row.settings)
  const violation = massDeleteGuard({ before: row.rrset_count, removed: removedRRsets, percent: guardPercent })
  if (violation) throw refuseViolations([{ ...violation, subject: violation.subject || zoneKeyOf(apex) }])
}

/** True when the zone holds these very RRs already, and the SOA differs in nothing but a serial that asks for nothing. */
function isSame({ contentDigest, soa, continueSerial = false }: ContentInput, row: ZoneRow): boolean {
  if (row.deleted) return false
  const sum = DigestSum.from(row.digest, sha256)
  sum.subtract(row.soa)
  sum.subtractSettings(row.settings)
  if (compareBytes(sum.bytes(), contentDigest) !== 0) return false
  const asksForSerial = !continueSerial && isAfter(serialOf(soa), asSerial(row.serial))
  return !asksForSerial && compareBytes(soaWithSerial(soa, row.serial), row.soa) === 0
}

function nextRow(
  parts: EngineParts,
  input: ContentInput,
  before: ZoneRow | undefined,
  floor: SerialFloorTable | undefined,
): { row: ZoneRow; warnings: Violation[] } {
  const live = before && !before.deleted ? before : undefined
  const now = parts.now()
  const apex = input.apex.slice()
  const settings = live ? live.settings : encodeSettings(input.settings ?? defaultSettings)
  const { serial, kept } =
    live && input.continueSerial
      ? { serial: nextSerial(asSerial(live.serial)), kept: true }
      : importSerial(lastSerial(before, floor), serialOf(input.soa))
  const soa = soaWithSerial(input.soa, serial)
  const digest = DigestSum.from(input.contentDigest, sha256)
  digest.add(soa)
  digest.addSettings(settings)
  const row: ZoneRow = {
    number: before?.number ?? 0,
    zone_key: zoneKeyOf(apex),
    apex,
    sort_key: ownerKey(0, apex),
    id: live ? live.id : newId('zone', now),
    content: 0,
    generation: live ? live.generation : Math.max(Math.max(before?.generation ?? 0, floor?.generation ?? 0) + 1, now),
    version: (before?.version ?? 0) + 1,
    serial,
    digest: digest.bytes(),
    deleted: 0,
    soa,
    settings,
    settings_version: live ? live.settings_version : (before?.settings_version ?? 0) + 1,
    placement: decodeSettings(settings).placement,
    rr_count: input.rrCount,
    rrset_count: input.rrsetCount,
    content_octets: input.contentOctets,
    shard: before ? before.shard : shardOf(foldName(apex), sha256),
    position: before?.position ?? 0,
    created_at: live ? live.created_at : now,
    changed_at: now,
    notes: before?.notes ?? 0,
    // One that is undeleted has the tags it had.
    tags: live || input.notesAsOf !== undefined ? (before?.tags ?? '') : tagsText(input.tags ?? {}),
  }
  return { row, warnings: kept ? [...input.warnings] : [...input.warnings, serialReplaced(input, row)] }
}

/** The last serial that anybody has seen of the zone: it was deleted, or edges have it from before the database was restored. */
function lastSerial(before: ZoneRow | undefined, floor: SerialFloorTable | undefined): Serial | undefined {
  const known = [before, floor].flatMap((row) => (row ? asSerial(row.serial) : []))
  return known.reduce<Serial | undefined>(
    (last, serial) => (last === undefined || isAfter(serial, last) ? serial : last),
    undefined,
  )
}

/** A zone that is new may lie inside another one. */
async function nestedWarnings({ places }: EngineParts, apex: Name): Promise<Violation[]> {
  const outer = await places.enclosing(apex)
  return outer ? [violationOf('', zoneNested(apex, outer.apex))] : []
}

function serialReplaced({ soa }: ContentInput, { zone_key: subject, serial }: ZoneRow): Violation {
  return {
    field: '',
    subject,
    reason: 'SERIAL_REPLACED',
    message: `the serial of the data, ${serialOf(soa)}, is not after the one the zone had; it becomes ${serial}`,
    rfc: 'RFC 1982 §3.2',
  }
}

function oldTtlOf({ oldTtl, soa }: ContentInput, before: ZoneRow | undefined): number {
  return before && !before.deleted ? Math.max(oldTtl, oldSoaTtl(before.soa, before.serial, soa)) : oldTtl
}

function effectOf(input: ContentInput, before: ZoneRow | undefined) {
  const { addedRRs, removedRRs, apex } = input
  const previous = before && stateOf(before)
  const zone = zoneKeyOf(apex)
  return {
    zone,
    ...(previous && { previous }),
    added: addedRRs,
    removed: removedRRs,
    changed: true,
    oldTtl: oldTtlOf(input, before),
  }
}

interface Placing {
  readonly zone: CachedZone | undefined
  readonly row: ZoneRow
  readonly source: Source
  /** Whether history will ask for the content that is replaced. */
  readonly keepOld: boolean
}

/** Gives the content its number and its place, and the old one its fate. */
async function placeContent(parts: EngineParts, { zone, row, source, keepOld }: Placing) {
  const { contents, transaction, cache } = parts
  if (zone && !zone.row.deleted) {
    // What earlier jobs of this transaction changed belongs to the old content.
    await transaction.writePages(zone)
    await contents.setState(zone.row.content, keepOld ? 'replaced' : 'dropped')
  }
  const target = zone ?? cache.add({ ...row, number: await parts.versions.addZone(row) })
  if (typeof source.content === 'number') {
    await contents.setState(source.content, 'live')
    target.dropPages()
    return { target, content: source.content }
  }
  const content = await contents.create(row.zone_key, 'live')
  await contents.putPages(
    content,
    source.content.toSorted((a, b) => compareKeys(a.key, b.key)),
  )
  target.dropPages()
  return { target, content }
}

/** Nothing is to change: a stage has done its duty. */
async function keepAsItIs(parts: EngineParts, input: ContentInput, source: Source, row: ZoneRow): Promise<CommitOutcome> {
  const outcome = unchanged(row, input.warnings)
  if (input.dryRun) return outcome
  if (typeof source.content === 'number') await parts.contents.setState(source.content, 'dropped')
  return remembered(parts, source.method, input, outcome)
}

/** A zone that exists is not created again. */
export function refuseExisting(row: ZoneRow | undefined): void {
  if (row && !row.deleted) throw new Refused({ kind: 'exists', type: 'zone', name: row.zone_key })
}

/** An old content as a new version, where the way back to it is short. */
import { asSerial, compareBytes, decodeRR, foldName, type Name, nextSerial, ownerEnd, typeAt } from '@zonecast/dns'
import {
  applyDeltaToDigest,
  compareStates,
  type Delta,
  isEmptyDelta,
  massDeleteGuard,
  ownerKey,
  type PageReader,
  rrsetAt,
  unpackRRs,
} from '@zonecast/zone'
import { sha256 } from '@zonecast/runtime/hashes'
import {
  type EngineParts,
  expectVersion,
  liveZone,
  moved,
  oldSoaTtl,
  remembered,
  replayed,
  soaWithSerial,
  unchanged,
} from './engine-parts.ts'
import type { RestoreDeltaInput } from './history-port.ts'
import { withPlannedSOA } from './planned-soa.ts'
import { refuseViolations } from './refused.ts'
import { stateOf } from './rows.ts'
import { decodeSettings } from './settings.ts'
import type { CachedZone, ZoneRow } from './zone-cache.ts'
import type { ApplyOutcome } from './zone-database.ts'

const method = 'RestoreVersion'

/** The content was a version once, so the rules of zones hold for it; the guard counts what goes. */
export async function restoreDelta(parts: EngineParts, input: RestoreDeltaInput): Promise<ApplyOutcome> {
  const replay = await replayed(parts, method, input)
  if (replay) return replay
  const zone = await liveZone(parts, input.zone)
  const before = zone.row
  const { began, delta, dryRun, target } = input
  expectVersion(input.zone, before, input.expectedVersion)
  if (compareStates(began, stateOf(before)) !== 0) throw moved(input.zone, before, 'not where the restore began')
  const row = nextRow(before, input, parts.now())
  const isNothing = isEmptyDelta(delta) && compareBytes(soaWithSerial(target.soa, before.serial), before.soa) === 0
  if (isNothing && !dryRun) return remembered(parts, method, input, unchanged(before))
  const { goneRRsets, ...found } = await touchedBy(zone, delta)
  const touched = { ...found, oldTtl: Math.max(found.oldTtl, oldSoaTtl(before.soa, before.serial, target.soa)) }
  const { guardPercent } = decodeSettings(before.settings)
  const violation = massDeleteGuard({ before: before.rrset_count, removed: goneRRsets, percent: guardPercent })
  if (violation && !input.force) throw refuseViolations([{ ...violation, subject: violation.subject || input.zone }])
  if (!isNothing) await parts.quotas.admit(input, [{ before, row }], { isDry: dryRun })
  const { added, removed, oldTtl } = touched
  if (dryRun) {
    const states = { state: stateOf(isNothing ? before : row), previous: stateOf(before) }
    const effect = { zone: input.zone, ...states, added, removed, changed: !isNothing, oldTtl }
    return { changeId: '', effect, warnings: [], plan: withPlannedSOA(delta, before.soa, isNothing ? before.soa : row.soa) }
  }
  const { edits } = await parts.notes.plan(zone, [], delta)
  await parts.transaction.applyDelta(zone, delta)
  const outcome = await parts.versions.write({ zone, before, row, method, context: input, delta, ...touched, warnings: [] })
  await parts.notes.write(zone, edits, outcome.changeId)
  await parts.notes.bringBack(zone, target.state.version, outcome.changeId)
  return outcome
}

/** Settings and serial go on; all else is as it was. */
function nextRow(before: ZoneRow, { target, delta }: RestoreDeltaInput, now: number): ZoneRow {
  const serial = nextSerial(asSerial(before.serial))
  const soa = soaWithSerial(target.soa, serial)
  const { settings } = before
  const change = { delta, oldSoa: before.soa, newSoa: soa, oldSettings: settings, newSettings: settings }
  return {
    ...before,
    version: before.version + 1,
    serial,
    digest: applyDeltaToDigest(before.digest, change, sha256),
    soa,
    rr_count: target.rrCount,
    rrset_count: target.rrsetCount,
    content_octets: target.contentOctets,
    changed_at: now,
  }
}

interface Group {
  readonly owner: Name
  readonly type: number
  removed: number
  added: number
}

/** What the delta does, RRset by RRset. */
async function touchedBy(zone: CachedZone, delta: Delta) {
  const groups = new Map<string, Group>()
  const names = new Map<string, Uint8Array>()
  const counts = { removed: 0, added: 0 }
  for (const side of ['removed', 'added'] as const) {
    for (const stored of unpackRRs(delta[side])) {
      const end = ownerEnd(stored, 0)
      const owner = foldName(stored.subarray(0, end))
      const type = typeAt(stored, end)
      const name = Buffer.from(owner).toString('latin1')
      names.set(name, owner)
      const key = `${type} ${name}`
      const group = groups.get(key) ?? { owner: owner as Name, type, removed: 0, added: 0 }
      groups.set(key, group)
      group[side]++
      counts[side]++
    }
  }
  await zone.prefetch([...names.values()].map((owner) => ownerKey(0, owner as Name)))
  const found = await zone.withPages((pages) => [...groups.values()].map((group) => look(pages, group)))
  const goneRRsets = found.filter(({ isGone }) => isGone).length
  return { ...counts, goneRRsets, oldTtl: Math.max(0, ...found.map(({ ttl }) => ttl)), names: [...names.values()] }
}

function look(pages: PageReader, { owner, type, removed, added }: Group): { isGone: boolean; ttl: number } {
  const present = rrsetAt(pages, owner, type)
  const [first] = present
  return { isGone: added === 0 && removed > 0 && present.length === removed, ttl: first ? decodeRR(first).ttl : 0 }
}

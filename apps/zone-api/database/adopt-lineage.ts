/** Taking over what edges have: every zone comes after it, by generation and by serial. */
import { asSerial, compareBytes, decodeRR, encodeRR, isAfter, nextSerial, withSerial } from '@zonecast/dns'
import { applyDeltaToDigest, compareStates, emptyDelta } from '@zonecast/zone'
import { sha256 } from '@zonecast/runtime/hashes'
import { ChangeLines } from './change-lines.ts'
import type { EngineParts } from './engine-parts.ts'
import type { AdoptInput, AdoptOutcome, SeenZone } from './lineage-port.ts'
import { type Lineage, lineageOf, logIdNow, markLineage, moveLineage, soundLineage } from './lineage.ts'
import { raiseFloor } from './serial-floors.ts'
import { stateOf } from './rows.ts'
import type { CachedZone, ZoneRow } from './zone-cache.ts'

/** Zones that are read and held at once. */
const zonesAtOnce = 500

export async function adoptLineage(parts: EngineParts, input: AdoptInput): Promise<AdoptOutcome> {
  const { db, cache, now } = parts
  const before = await lineageOf(db)
  // A restore has begun another lineage already, and nobody has been sent anything of it.
  const moves = before.state !== 'restored'
  if (moves && !input.dryRun) {
    await moveLineage(db, now())
    cache.clear()
  }
  const least = moves ? now() : 0
  const raised: string[] = []
  const orphans: string[] = []
  for (let at = 0; at < input.seen.length; at += zonesAtOnce) {
    const seen = input.seen.slice(at, at + zonesAtOnce)
    await hold(parts, seen)
    for (const one of seen) {
      const zone = await cache.get(one.zone)
      if (!zone || zone.row.deleted) {
        if (isOrphan(zone?.row, one)) orphans.push(one.zone)
        if (!input.dryRun) await raiseFloor(db, one)
      } else if (await raise(parts, zone, one, { input, least })) raised.push(one.zone)
    }
  }
  const logId = await logIdNow(db)
  if (!input.dryRun) {
    await markLineage(db, soundLineage)
    const told = { state: soundLineage.state, logId: Buffer.from(logId).toString('hex') }
    await tell(parts, input, before, { ...told, raised: raised.length, orphans: orphans.length })
  }
  return { before, raised, orphans, logId }
}

/** A line of its own in the audit log: an adoption that raises no zone has none of a zone. */
function tell(parts: EngineParts, input: AdoptInput, { state, detail }: Lineage, after: object): Promise<void> {
  const before = { state, ...(detail !== '' && { detail }) }
  return new ChangeLines(parts, 'lin').add('AdoptLineage', input, { subject: 'lineage', before, after })
}

/** Where others share the database, a zone is changed only while it is held. */
async function hold({ db, cache }: EngineParts, seen: readonly SeenZone[]): Promise<void> {
  if (!cache.isShared) return
  const zones = seen.map(({ zone }) => zone)
  const rows = await db.selectFrom('zones').selectAll().where('zone_key', 'in', zones).execute()
  cache.hold(zones, rows)
}

/** An edge serves it, and no head here will ever take it away. */
function isOrphan(tombstone: ZoneRow | undefined, seen: SeenZone): boolean {
  return seen.live && (tombstone === undefined || compareStates(seen, stateOf(tombstone)) > 0)
}

interface Raising {
  readonly input: AdoptInput
  /** The generation that the zone has at least, once the lineage has moved. */
  readonly least: number
}

/** Makes a version after what was seen, where the zone is not after it already. */
async function raise(parts: EngineParts, zone: CachedZone, seen: SeenZone, { input, least }: Raising): Promise<boolean> {
  const before = zone.row
  const isSame = seen.digest !== undefined && compareBytes(seen.digest, before.digest) === 0
  const serials = !isSame && !isAfter(asSerial(before.serial), asSerial(seen.serial))
  const generations = seen.generation >= BigInt(Math.max(before.generation, least))
  if (!serials && !generations) return false
  if (input.dryRun) return true
  const serial = serials ? nextSerial(asSerial(seen.serial)) : asSerial(before.serial)
  const soa = decodeRR(before.soa)
  const newSoa = encodeRR({ ...soa, rdata: withSerial(soa.rdata, serial) })
  const { settings } = before
  const change = { delta: emptyDelta, oldSoa: before.soa, newSoa, oldSettings: settings, newSettings: settings }
  const row: ZoneRow = {
    ...before,
    generation: generations ? Number(seen.generation) + 1 : before.generation,
    version: before.version + 1,
    serial,
    soa: newSoa,
    digest: applyDeltaToDigest(before.digest, change, sha256),
    changed_at: parts.now(),
  }
  const effect = { added: 0, removed: 0, oldTtl: 0, warnings: [], names: [] }
  await parts.versions.write({ zone, before, row, method: 'AdoptLineage', context: input, delta: emptyDelta, ...effect })
  return true
}

/** What the operations of the engine share. */
import type { Serial } from '@zonecast/dns'
import { asSerial, compareBytes, decodeRR, encodeRR, soaFields, withSerial } from '@zonecast/dns'
import { timingSafeEqual } from 'node:crypto'
import type { ZoneOwners } from './access/zone-owners.ts'
import type { ChangeDetails } from './change-details.ts'
import type { Contents } from './contents.ts'
import type { Notes } from './notes.ts'
import { decodeOutcome, encodeOutcome } from './outcome.ts'
import type { Quotas } from './quotas/quotas.ts'
import { Refused } from './refused.ts'
import { stateOf } from './rows.ts'
import type { SerialFloors } from './serial-floors.ts'
import type { SetDigests } from './set-digests.ts'
import type { Db } from './statement.ts'
import type { Transaction } from './transaction.ts'
import type { VersionWriter } from './version-writer.ts'
import type { CachedZone, ZoneCache, ZoneRow } from './zone-cache.ts'
import type { ZonePlaces } from './zone-places.ts'
import type { CommitOutcome, WriteContext } from './zone-database.ts'

export interface EngineParts {
  readonly db: Db
  readonly cache: ZoneCache
  readonly transaction: Transaction
  readonly versions: VersionWriter
  readonly contents: Contents
  readonly setDigests: SetDigests
  readonly notes: Notes
  readonly details: ChangeDetails
  readonly floors: SerialFloors
  readonly owners: ZoneOwners
  readonly places: ZonePlaces
  readonly quotas: Quotas
  readonly now: () => number
}

export async function liveZone({ cache }: Pick<EngineParts, 'cache'>, zone: string): Promise<CachedZone> {
  const found = await cache.get(zone)
  if (!found || found.row.deleted) throw new Refused({ kind: 'not-found', type: 'zone', name: zone })
  return found
}

/** The answer that was given to the same request before, if any; the same id with another body is refused. */
export async function replayed(parts: EngineParts, method: string, context: WriteContext): Promise<CommitOutcome | undefined> {
  const octets = await replayedOctets(parts, method, context)
  return octets && decodeOutcome(octets)
}

/** The same, for methods whose answers are more than one zone's. */
export async function replayedOctets(
  { versions }: EngineParts,
  method: string,
  context: WriteContext,
): Promise<Uint8Array | undefined> {
  if (context.requestId === '') return undefined
  const found = await versions.recall(method, context)
  if (!found) return undefined
  const { body_hash: hash, outcome } = found
  if (hash.length === context.bodyHash.length && timingSafeEqual(hash, context.bodyHash)) return outcome
  throw new Refused({
    kind: 'precondition',
    violations: [
      {
        field: 'request_id',
        subject: context.requestId,
        reason: 'REQUEST_ID_REUSED',
        message: `request_id ${context.requestId} was used for another request; choose a new one`,
      },
    ],
  })
}

/** Refuses when the zone is not at the version the caller expects; 0 expects nothing. */
export function expectVersion(zone: string, row: ZoneRow | undefined, expectedVersion: bigint, expectedGeneration = 0n): void {
  const version = BigInt(row?.version ?? 0)
  const generation = BigInt(row?.generation ?? 0)
  if (expectedVersion !== 0n && version !== expectedVersion) throw moved(zone, row, `not at ${expectedVersion}`)
  if (expectedGeneration !== 0n && generation !== expectedGeneration)
    throw moved(zone, row, `not of generation ${expectedGeneration}`)
}

export function moved(zone: string, row: ZoneRow | undefined, difference: string): Refused {
  const { version = 0, generation = 0 } = row ?? {}
  const message = `${zone} is at version ${version}, ${difference}; read it again and retry`
  return new Refused({ kind: 'moved', metadata: { zone, version: String(version), generation: String(generation) }, message })
}

export function serialOf(soa: Uint8Array): Serial {
  return soaFields(decodeRR(soa).rdata).serial
}

/** The stored SOA with another serial. */
export function soaWithSerial(soa: Uint8Array, serial: number): Uint8Array {
  const rr = decodeRR(soa)
  return encodeRR({ ...rr, rdata: withSerial(rr.rdata, asSerial(serial)) })
}

/** The TTL of the SOA before, where more of it changes than the serial; else 0. */
export function oldSoaTtl(before: Uint8Array, serial: number, after: Uint8Array): number {
  if (before.length === 0 || compareBytes(soaWithSerial(after, serial), before) === 0) return 0
  return decodeRR(before).ttl
}

/** What is answered when a request changes nothing: no version is made. */
export function unchanged(
  row: ZoneRow,
  warnings: CommitOutcome['warnings'] = [],
  notesChanged = 0,
  tagsChanged = false,
): CommitOutcome {
  const state = stateOf(row)
  const notes = { ...(notesChanged > 0 && { notesChanged }), ...(tagsChanged && { tagsChanged }) }
  const effect = { zone: row.zone_key, state, previous: state, added: 0, removed: 0, changed: false, oldTtl: 0, ...notes }
  return { changeId: '', effect, warnings }
}

/** An answer that made no version is still the answer to its request id. */
export async function remembered<Outcome extends CommitOutcome>(
  { versions }: EngineParts,
  method: string,
  context: WriteContext,
  outcome: Outcome,
): Promise<Outcome> {
  await versions.remember(method, context, encodeOutcome(outcome))
  return outcome
}

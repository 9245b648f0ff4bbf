/** Old content as a new version: by a delta where the way back is short, else as an import would. */
import type { Code } from '@connectrpc/connect'
import { decodeRR } from '@zonecast/dns'
import { preconditionFailed, Refusal } from '@zonecast/rpc'
import { type Delta, invertDelta, joinPieces, type VersionHeader } from '@zonecast/zone'
import { serialOf, soaWithSerial } from '../database/engine-parts.ts'
import { withPlannedSOA } from '../database/planned-soa.ts'
import type {
  ApplyOutcome,
  CommitOutcome,
  WriteContext,
  ZoneDatabase,
  ZoneRecord,
  ZoneSettings,
} from '../database/zone-database.ts'
import type { ZoneSpan } from '../database/search/search-port.ts'
import type { ImportRequest, ImportResult } from '../staging/import-request.ts'
import type { Importer } from '../staging/importer.ts'
import { diffVersions } from './version-diff.ts'
import { headerAt } from './version-plan.ts'
import { VersionWalk } from './version-walk.ts'

/** A longer way back is written as a whole. */
const deltaOctets = 1 << 20
/** How often it is planned again because the zone moved meanwhile. */
const maxAttempts = 5
/** RRs of a plan are read until there are so many octets. */
const planOctets = 1 << 20

export interface RestorePorts {
  readonly database: ZoneDatabase
  readonly importer: Importer
}

export interface RestoreRequest {
  /** Zone key. */
  readonly zone: string
  readonly version: bigint
  /** 0 asks for nothing. */
  readonly expectedVersion: bigint
  readonly dryRun: boolean
  readonly force: boolean
  readonly context: WriteContext
}

export async function restoreVersion(ports: RestorePorts, live: ZoneRecord, request: RestoreRequest): Promise<ApplyOutcome> {
  const { database } = ports
  const { zone, version } = request
  for (let attempt = 1; ; attempt++) {
    const walk = await VersionWalk.open(database, zone, version)
    const { anchor, delta, header } = walk.plan
    if (anchor.kind !== 'live' || delta.removed.length + delta.added.length > deltaOctets)
      return restoreWhole(ports, live, walk, request)
    const { context, expectedVersion, dryRun, force } = request
    const input = {
      ...context,
      zone,
      began: anchor.state,
      target: header,
      delta: invertDelta(delta),
      expectedVersion,
      dryRun,
      force,
    }
    try {
      return await database.restoreDelta(input)
    } catch (error) {
      if (!hasMoved(error) || expectedVersion !== 0n || attempt === maxAttempts) throw error
    }
  }
}

async function restoreWhole(
  ports: RestorePorts,
  live: ZoneRecord,
  walk: VersionWalk,
  request: RestoreRequest,
): Promise<ApplyOutcome> {
  const { zone, expectedVersion, dryRun, force, context } = request
  const { header } = walk.plan
  // A serial that was here before is not taken again: with the present one the next is taken.
  const soa = soaWithSerial(header.soa, serialOf(live.header.soa))
  const asked = {
    method: 'RestoreVersion',
    notesAsOf: request.version,
    zone,
    expectedVersion,
    dryRun,
    force,
    overwrite: expectedVersion === 0n,
    context,
  }
  const outcome = await importWalk(ports.importer, walk, soa, asked)
  if (!dryRun) return outcome
  const plan = await planOf(ports.database, zone, live.header, header)
  const after = soaWithSerial(header.soa, outcome.effect.state.serial)
  return { ...outcome, plan: withPlannedSOA(plan, live.header.soa, after) }
}

export interface UndeleteRequest {
  readonly zone: string
  readonly version: bigint
  readonly dryRun: boolean
  readonly settings: ZoneSettings
  /** Where who asks may make zones (`CreateZoneInput`). */
  readonly makesWithin?: readonly ZoneSpan[]
  readonly context: WriteContext
}

/** The zone comes back in a new generation, as an import of its old content would bring it. */
export async function undeleteZone({ database, importer }: RestorePorts, request: UndeleteRequest): Promise<CommitOutcome> {
  const { zone, version, dryRun, settings, makesWithin, context } = request
  const walk = await VersionWalk.open(database, zone, version)
  const { soa } = walk.plan.header
  const asked = {
    method: 'UndeleteZone',
    notesAsOf: version,
    zone,
    expectedVersion: 0n,
    dryRun,
    force: false,
    overwrite: false,
    settings,
    ...(makesWithin && { makesWithin }),
    context,
  }
  return importWalk(importer, walk, soa, asked)
}

type Asked = Omit<ImportRequest, 'apex' | 'format' | 'mode' | 'headerOctets'> & { readonly context: WriteContext }

async function importWalk(importer: Importer, walk: VersionWalk, soa: Uint8Array, asked: Asked): Promise<CommitOutcome> {
  const apex = decodeRR(soa).owner
  const { bodyHash } = asked.context
  const job = importer.open({ ...asked, apex, format: 'wire', mode: 'replace', bodyHash, headerOctets: () => new Uint8Array() })
  try {
    await job.push(soa.slice())
    for (let isLast = false; !isLast;) {
      const { packed, last } = await walk.next()
      for (const rrs of packed) if (rrs.length > 0) await job.push(rrs.slice())
      isLast = last
    }
  } catch (error) {
    await job.abort()
    throw error
  }
  return taken(await job.finish(Promise.resolve()))
}

/** What the database refused is refused here, too; what the rules of today say to the content of then stands in its errors. */
function taken({ outcome, refusal, errors, code }: ImportResult): CommitOutcome {
  if (outcome) return { ...outcome, warnings: outcome.warnings.filter(({ reason }) => reason !== 'SERIAL_REPLACED') }
  if (refusal) throw refusal
  const violations = errors.errors.map(({ message, reason, text }) => ({ message, reason, subject: text }))
  if (violations.length > 0) throw preconditionFailed(violations)
  throw new Refusal(code as Code, 'the old content was refused')
}

async function planOf(database: ZoneDatabase, zone: string, from: VersionHeader, to: VersionHeader): Promise<Delta> {
  const parts: Delta[] = []
  let octets = 0
  for await (const part of diffVersions(database, zone, await headerAt(database, zone, from.state.version), to)) {
    parts.push(part)
    octets += part.removed.length + part.added.length
    if (octets > planOctets) break
  }
  return joinPieces(parts)
}

function hasMoved(error: unknown): boolean {
  return error instanceof Refusal && error.details.some(({ value }) => (value as { reason?: string }).reason === 'VERSION_MOVED')
}

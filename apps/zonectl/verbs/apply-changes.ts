/** One call of `ApplyChanges` with the flags of an edit, and its report. */
import { create } from '@bufbuild/protobuf'
import { type Change, type Precondition, PreconditionSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import type { ZoneChanges } from '@zonecast/contract/generated/zonecast/zone/v1/record_service_pb'
import { randomUUID } from 'node:crypto'
import type { EditFlags } from '../commands/define.ts'
import { usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { type Made, reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'

export interface ChangeSet {
  readonly zone: string
  readonly changes: readonly Change[]
  readonly precondition?: Precondition
  readonly reason?: string
  readonly requestId?: string
}

/** Parts of one change over several zones. */
export interface ChangeSets {
  readonly sets: readonly ZoneChanges[]
  readonly reason?: string
  readonly requestId?: string
}

export async function applyChanges(run: Run, set: ChangeSet, flags: EditFlags): Promise<void> {
  const api = await run.api()
  const given = set.precondition ?? create(PreconditionSchema)
  const precondition = { ...given, version: flags.ifVersion ?? given.version }
  const zone = zoneName(set.zone)
  const asked = askedOf(set, flags)
  await report(run, await api.records.applyChanges({ zone, changes: [...set.changes], precondition, ...asked }), flags)
}

export async function applyChangeSets(run: Run, set: ChangeSets, flags: EditFlags): Promise<void> {
  if (flags.ifVersion !== undefined)
    throw usageError('--if-version is for one zone; give each set of the file a precondition of its own')
  const api = await run.api()
  const sets = set.sets.map((each) => ({ ...each, zone: zoneName(each.zone) }))
  await report(run, await api.records.applyChangeSets({ sets, ...askedOf(set, flags) }), flags)
}

function askedOf(set: Pick<ChangeSet, 'reason' | 'requestId'>, { dryRun = false, force = false, ...flags }: EditFlags) {
  const reason = flags.reason ?? set.reason
  return { requestId: set.requestId || randomUUID(), dryRun, force, ...(reason && { reason }) }
}

type Answer = Required<Pick<Made, 'changeId' | 'effects' | 'warnings' | 'plan'>>

async function report(run: Run, answer: Answer, { dryRun = false, wait }: EditFlags): Promise<void> {
  const { changeId, effects, warnings, plan } = answer
  await reportChange(run, { changeId, effects, warnings, dryRun, ...(dryRun && { plan }) }, wait)
}

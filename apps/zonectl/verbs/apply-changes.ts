/** One call of `ApplyChanges` with the flags of an edit, and its report. */
import type { Change } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { randomUUID } from 'node:crypto'
import type { EditFlags } from '../commands/define.ts'
import { zoneName } from '../names.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'

export interface ChangeSet {
  readonly zone: string
  readonly changes: readonly Change[]
  readonly reason?: string
  readonly requestId?: string
  readonly expectedVersion?: bigint
  readonly expectedGeneration?: bigint
}

export async function applyChanges(run: Run, set: ChangeSet, flags: EditFlags): Promise<void> {
  const api = await run.api()
  const { dryRun = false, force = false } = flags
  const version = flags.ifVersion ?? set.expectedVersion
  const generation = set.expectedGeneration
  const reason = flags.reason ?? set.reason
  const response = await api.records.applyChanges({
    zone: zoneName(set.zone),
    changes: [...set.changes],
    ...((version || generation) && { precondition: { version: version ?? 0n, generation: generation ?? 0n } }),
    requestId: set.requestId || randomUUID(),
    dryRun,
    force,
    ...(reason && { reason }),
  })
  const { changeId, effects, warnings, plan } = response
  await reportChange(run, { changeId, effects, warnings, dryRun, ...(dryRun && { plan }) }, flags.wait)
}

/** `zonectl zone restore`: the content of an old version as a new one. */
import { randomUUID } from 'node:crypto'
import type { EditFlags } from '../commands/define.ts'
import { zoneName } from '../names.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'
import { versionArgument } from '../values.ts'

export async function zoneRestore(run: Run, [zone = '', version]: string[], flags: EditFlags): Promise<void> {
  const { dryRun = false, force = false, reason, ifVersion, wait } = flags
  const api = await run.api()
  const { changeId, effect, warnings, plan } = await api.history.restoreVersion({
    zone: zoneName(zone),
    version: versionArgument(version),
    ...(ifVersion !== undefined && { expectedVersion: ifVersion }),
    ...(reason && { reason }),
    requestId: randomUUID(),
    dryRun,
    force,
  })
  const effects = effect ? [effect] : []
  await reportChange(run, { changeId, effects, warnings, dryRun, ...(dryRun && { plan }) }, wait)
}

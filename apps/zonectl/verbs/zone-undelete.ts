/** `zonectl zone undelete`: a deleted zone comes back, in a new generation. */
import { randomUUID } from 'node:crypto'
import type { UndeleteFlags } from '../commands/history.ts'
import { zoneName } from '../names.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'

export async function zoneUndelete(run: Run, [zone = '']: string[], flags: UndeleteFlags): Promise<void> {
  const { version, dryRun = false, reason, wait } = flags
  const api = await run.api()
  const { changeId, effect, warnings } = await api.history.undeleteZone({
    zone: zoneName(zone),
    ...(version !== undefined && { version }),
    ...(reason && { reason }),
    requestId: randomUUID(),
    dryRun,
  })
  await reportChange(run, { changeId, effects: effect ? [effect] : [], warnings, dryRun }, wait)
}

/** `zonectl zone delete`: leaves a tombstone that removes the zone from every edge. */
import { randomUUID } from 'node:crypto'
import type { DeleteFlags } from '../commands/zone.ts'
import { zoneName } from '../names.ts'
import { count } from '../output/text.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'

export async function zoneDelete(run: Run, [zone = '']: string[], { reason, ifVersion, wait }: DeleteFlags): Promise<void> {
  const api = await run.api()
  const name = zoneName(zone)
  if (run.canAsk) {
    const { rrCount = 0n } = (await api.zones.getZone({ zone: name })).zone ?? {}
    await run.confirm(`Delete ${name} with ${count(rrCount, 'record')} everywhere?`)
  }
  const { changeId, effect } = await api.zones.deleteZone({
    zone: name,
    ...(ifVersion !== undefined && { expectedVersion: ifVersion }),
    ...(reason && { reason }),
    requestId: randomUUID(),
  })
  await reportChange(run, { changeId, effects: effect ? [effect] : [], warnings: [] }, wait)
}

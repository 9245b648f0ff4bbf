/** `zonectl zone show`: one zone. */
import { zoneName } from '../names.ts'
import { zoneJson } from '../output/json.ts'
import { fields } from '../output/table.ts'
import { groupDigits } from '../output/text.ts'
import type { Run } from '../run.ts'

export async function zoneShow(run: Run, [zone = '']: string[]): Promise<void> {
  const api = await run.api()
  const shown = zoneJson((await api.zones.getZone({ zone: zoneName(zone) })).zone!)
  await run.emit(shown, () => zoneText(shown))
}

export function zoneText(zone: ReturnType<typeof zoneJson>): string {
  return fields({
    zone: zone.zone,
    version: `${zone.version} (generation ${zone.generation})`,
    serial: String(zone.serial),
    records: `${groupDigits(zone.records)} in ${groupDigits(zone.rrsets)} RRsets`,
    digest: zone.digest,
    placement: zone.placement,
    'default TTL': `${zone.defaultTtl} s`,
    guard: `${zone.guardPercent} % of the RRsets in one change`,
    created: zone.createdAt ?? undefined,
    changed: zone.changedAt ?? undefined,
    id: zone.id,
  })
}

/** `zonectl zone show`: one zone. */
import { zoneName } from '../names.ts'
import { noteText } from '../output/note.ts'
import { zoneJson } from '../output/json.ts'
import { fields } from '../output/table.ts'
import { count, groupDigits } from '../output/text.ts'
import { nameDisplay } from '../output/unicode-name.ts'
import type { Run } from '../run.ts'

export async function zoneShow(run: Run, [zone = '']: string[]): Promise<void> {
  const api = await run.api()
  const shown = zoneJson((await api.zones.getZone({ zone: zoneName(zone) })).zone!)
  const display = await nameDisplay([shown.zone])
  await run.emit(shown, () => zoneText(shown, display))
}

export function zoneText(zone: ReturnType<typeof zoneJson>, display: (name: string) => string): string {
  const { minTtl, maxTtl, historyVersions, historyDays } = zone
  const bounds = minTtl > 0 || maxTtl > 0 ? `${minTtl} s to ${maxTtl > 0 ? `${maxTtl} s` : 'any'}` : undefined
  const versions = historyVersions > 0 ? `the last ${count(historyVersions, 'version')}` : ''
  const days = historyDays > 0 ? `those of ${count(historyDays, 'day')}` : ''
  const history = [versions, days].filter((part) => part !== '').join(', and ')
  return fields({
    zone: display(zone.zone),
    served: zone.disabled ? 'by no edge: the zone is disabled' : undefined,
    version: `${zone.version} (generation ${zone.generation})`,
    serial: String(zone.serial),
    records: `${groupDigits(zone.records)} in ${groupDigits(zone.rrsets)} RRsets`,
    digest: zone.digest,
    placement: zone.placement,
    tags: noteText({ comment: '', tags: zone.tags }),
    'default TTL': `${zone.defaultTtl} s`,
    'TTL bounds': bounds,
    guard: `${zone.guardPercent} % of the RRsets in one change`,
    history: history === '' ? undefined : history,
    owners: zone.owners.join(' ') || undefined,
    created: zone.createdAt ?? undefined,
    changed: zone.changedAt ?? undefined,
    id: zone.id,
  })
}

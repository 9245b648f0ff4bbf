/** `zonectl zone list`: all zones, page by page. */
import type { ZoneListFlags } from '../commands/find.ts'
import { zoneJson } from '../output/json.ts'
import { TableWriter } from '../output/table.ts'
import { groupDigits } from '../output/text.ts'
import { nameDisplay } from '../output/unicode-name.ts'
import { collect, pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'
import { zoneFilter } from './filters.ts'

const pageSize = 1000

export async function zoneList(run: Run, _: string[], { below, contains, placement, tag }: ZoneListFlags): Promise<void> {
  const api = await run.api()
  const filter = zoneFilter({ suffix: below, contains, placement, tag })
  const pages = pagesOf(
    (pageToken) => api.zones.listZones({ pageSize, pageToken, ...(filter && { filter }) }),
    (page) => page.zones,
  )
  if (run.format !== 'table') return run.emit((await collect(pages)).map(zoneJson), () => '')
  const writer = new TableWriter([
    { title: 'ZONE' },
    { title: 'VERSION', align: 'right' },
    { title: 'SERIAL', align: 'right' },
    { title: 'RECORDS', align: 'right' },
    { title: 'CHANGED' },
  ])
  let isEmpty = true
  for await (const zones of pages) {
    if (zones.length === 0) continue
    isEmpty = false
    const display = await nameDisplay(zones.map(({ name }) => name))
    await run.print(writer.write(zones.map((zone) => rowOf(zoneJson(zone), display))))
  }
  if (isEmpty && filter) run.talk('no such zones')
  else if (isEmpty) run.talk('there are no zones yet: zonectl zone import ZONE FILE, or zonectl zone create ZONE --ns NAME')
}

function rowOf(
  { zone, version, serial, records, changedAt, disabled }: ReturnType<typeof zoneJson>,
  display: (name: string) => string,
): string[] {
  const name = disabled ? `${display(zone)} (disabled)` : display(zone)
  return [name, String(version), String(serial), groupDigits(records), changedAt ?? '']
}

/** `zonectl zone owners`: who owns a zone. */
import { randomUUID } from 'node:crypto'
import type { OwnersFlags } from '../commands/zone.ts'
import { usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { fields } from '../output/table.ts'
import type { Run } from '../run.ts'

export async function zoneOwners(run: Run, [text = '', ...named]: string[], { none, reason = '' }: OwnersFlags): Promise<void> {
  if (none && named.length > 0) throw usageError('--none leaves the zone without owners; name some, or none')
  const zone = zoneName(text)
  const { zones } = await run.api()
  const { owners } =
    none || named.length > 0
      ? await zones.setZoneOwners({ zone, owners: named, requestId: randomUUID(), reason })
      : (await zones.getZone({ zone })).zone!
  await run.emit({ zone, owners }, () => fields({ zone, owners: owners.join(' ') || 'nobody' }))
}

/** `zonectl zone set`, `disable` and `enable`: settings of a zone, of which only those that are named change. */
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ZoneSettingsSchema } from '@zonecast/contract/generated/zonecast/zone/v1/zone_service_pb'
import { randomUUID } from 'node:crypto'
import type { SetFlags } from '../commands/zone.ts'
import { usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'
import { tagMap } from './record-edit.ts'
import { settingsOf } from './zone-defaults.ts'

export async function zoneSet(run: Run, [zone = '']: string[], flags: SetFlags): Promise<void> {
  const named = settingsOf(flags)
  const { tag = [], untag = [] } = flags
  if (Object.keys(named).length + tag.length + untag.length === 0)
    throw usageError('no setting and no tag is named', ['zonectl zone set --help lists them'])
  await change(run, zone, named, flags)
}

export function zoneSwitch(run: Run, [zone = '']: string[], disabled: boolean, flags: SetFlags): Promise<void> {
  return change(run, zone, { disabled }, flags)
}

async function change(
  run: Run,
  zone: string,
  named: MessageInitShape<typeof ZoneSettingsSchema>,
  { tag = [], untag = [], reason, wait }: SetFlags,
): Promise<void> {
  const api = await run.api()
  const before = (await api.zones.getZone({ zone: zoneName(zone) })).zone!
  const { changeId, effect } = await api.zones.updateZone({
    zone: before.name,
    settings: { ...before.settings, ...named } as MessageInitShape<typeof ZoneSettingsSchema>,
    expectedSettingsVersion: before.settingsVersion,
    setTags: tagMap(tag),
    removeTags: [...untag],
    ...(reason && { reason }),
    requestId: randomUUID(),
  })
  await reportChange(run, { changeId, effects: effect ? [effect] : [], warnings: [] }, wait)
}

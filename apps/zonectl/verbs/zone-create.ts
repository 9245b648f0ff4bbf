/** `zonectl zone create`: a zone of a SOA and NS RRset. */
import { create } from '@bufbuild/protobuf'
import { ChangeEffectSchema } from '@zonecast/contract/generated/zonecast/zone/v1/change_pb'
import { randomUUID } from 'node:crypto'
import type { CreateFlags } from '../commands/zone.ts'
import { zoneName } from '../names.ts'
import { reportChange } from '../report-change.ts'
import type { Run } from '../run.ts'
import { tagMap } from './record-edit.ts'
import { settingsOf, soaOf } from './zone-defaults.ts'

export async function zoneCreate(run: Run, [zone = '']: string[], flags: CreateFlags): Promise<void> {
  const { ns = [], template, tag = [], reason, wait } = flags
  const api = await run.api()
  const created = await api.zones.createZone({
    zone: zoneName(zone),
    nameServers: ns.map(zoneName),
    soa: soaOf(flags),
    settings: settingsOf(flags),
    tags: tagMap(tag),
    ...(template && { template }),
    ...(reason && { reason }),
    requestId: randomUUID(),
  })
  const { name = '', state, rrCount = 1n } = created.zone ?? {}
  // All that is new but the SOA, which no effect counts.
  const effect = create(ChangeEffectSchema, { zone: name, changed: true, added: rrCount - 1n, ...(state && { state }) })
  await reportChange(run, { changeId: created.changeId, effects: [effect], warnings: created.warnings }, wait)
}

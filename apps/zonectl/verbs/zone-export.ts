/** `zonectl zone export`: the zone on standard output, as it comes. */
import type { ExportFlags } from '../commands/zone.ts'
import { usageError } from '../failure.ts'
import { zoneName } from '../names.ts'
import type { Run } from '../run.ts'
import { rrsetPages } from './record-list.ts'

export async function zoneExport(run: Run, [zone = '']: string[], flags: ExportFlags & { output?: string }): Promise<void> {
  const name = zoneName(zone)
  const api = await run.api()
  if (flags.output !== 'json') {
    const pieces = api.zones.exportZone({ zone: name, ...(flags.version && { version: flags.version }) })
    for await (const { data } of pieces) if (data.length > 0) await run.print(data)
    return
  }
  if (flags.version) throw usageError('an old version is exported as a zone file: leave -o json out')
  // An array that is never whole in memory.
  let separator = '['
  for await (const page of rrsetPages(api, { zone: name })) {
    for (const rrset of page) {
      await run.print(`${separator}\n  ${JSON.stringify(rrset)}`)
      separator = ','
    }
  }
  await run.print('\n]\n')
}

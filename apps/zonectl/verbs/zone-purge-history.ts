/** `zonectl zone purge-history`: names and values of old versions go for good. */
import type { PurgeFlags } from '../commands/history.ts'
import { noteDoubledName, zoneName } from '../names.ts'
import { fields } from '../output/table.ts'
import { count } from '../output/text.ts'
import type { Run } from '../run.ts'

export async function zonePurgeHistory(run: Run, [zone = '']: string[], { name, reason }: PurgeFlags): Promise<void> {
  const api = await run.api()
  noteDoubledName(run, name, zone)
  const what = name ? `the history of ${name} in ${zoneName(zone)}` : `the history of ${zoneName(zone)}`
  await run.confirm(`Remove ${what} for good?`)
  const answer = await api.history.purgeHistory({ zone: zoneName(zone), ...(name && { name }), ...(reason && { reason }) })
  const purged = {
    versions: Number(answer.versions),
    contents: Number(answer.contents),
    auditLines: Number(answer.auditLines),
  }
  await run.emit(purged, () =>
    fields({
      purged: count(purged.versions, 'version'),
      contents: count(purged.contents, 'content'),
      'audit log': `${count(purged.auditLines, 'line')} without their reason`,
    }),
  )
}

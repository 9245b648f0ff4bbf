/** `zonectl zone history`: versions, the newest first, page by page. */
import type { ZoneVersion } from '@zonecast/contract/generated/zonecast/zone/v1/history_service_pb'
import type { HistoryFlags } from '../commands/history.ts'
import { noteDoubledName, zoneName } from '../names.ts'
import { stateJson, timeText } from '../output/json.ts'
import { TableWriter } from '../output/table.ts'
import { groupDigits } from '../output/text.ts'
import { collect, pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'

const pageSize = 500
const defaultLimit = 100

export async function zoneHistory(run: Run, [zone = '']: string[], { name, limit = defaultLimit }: HistoryFlags): Promise<void> {
  const api = await run.api()
  noteDoubledName(run, name, zone)
  const which = { zone: zoneName(zone), ...(name && { name }) }
  const pages = pagesOf(
    (pageToken, left) => api.history.listVersions({ ...which, pageSize: Math.min(pageSize, left), pageToken }),
    (page) => page.versions,
    limit || undefined,
  )
  if (run.format !== 'table') return run.emit((await collect(pages)).map(versionJson), () => '')
  const writer = new TableWriter([
    { title: 'VERSION', align: 'right' },
    { title: 'COMMITTED' },
    { title: 'BY' },
    { title: 'METHOD' },
    { title: 'ADDED', align: 'right' },
    { title: 'REMOVED', align: 'right' },
    { title: 'RECORDS', align: 'right' },
    { title: 'REASON' },
  ])
  let isEmpty = true
  for await (const versions of pages) {
    if (versions.length === 0) continue
    isEmpty = false
    await run.print(writer.write(versions.map((version) => rowOf(versionJson(version)))))
  }
  if (isEmpty) run.talk('no such versions')
}

function versionJson({ state, committedAt, added, removed, rrCount, rrsetCount, ...rest }: ZoneVersion) {
  const { principal, reason, method, changeId, wholeZone, purged } = rest
  return {
    ...stateJson(state),
    committedAt: timeText(committedAt),
    principal,
    reason,
    method,
    changeId,
    added: Number(added),
    removed: Number(removed),
    records: Number(rrCount),
    rrsets: Number(rrsetCount),
    wholeZone,
    purged,
  }
}

function rowOf(version: ReturnType<typeof versionJson>): string[] {
  const { added, removed, records, deleted, wholeZone, purged } = version
  const notes = [deleted ? 'zone deleted' : '', wholeZone ? 'whole zone' : '', purged ? 'purged' : ''].filter(
    (note) => note !== '',
  )
  const remark = notes.length > 0 ? `[${notes.join(', ')}] ` : ''
  const counts = [added, removed, records].map(groupDigits)
  return [
    String(version.version),
    version.committedAt ?? '',
    version.principal,
    version.method,
    ...counts,
    remark + version.reason,
  ]
}

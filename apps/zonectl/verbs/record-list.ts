/** `zonectl record list`: the records of a zone, page by page. */
import type { ListFlags } from '../commands/record.ts'
import type { Api } from '../api.ts'
import { noteDoubledName, zoneName } from '../names.ts'
import { noteJson, noteText } from '../output/note.ts'
import { TableWriter } from '../output/table.ts'
import { nameDisplay } from '../output/unicode-name.ts'
import { collect, pagesOf } from '../pages.ts'
import type { Run } from '../run.ts'
import type { Tag } from '../values.ts'

export interface RRsetJson {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly values: readonly string[]
  readonly comment: string
  readonly tags: Readonly<Record<string, string>>
}

const pageSize = 1000

export async function recordList(run: Run, [zone = '']: string[], { name, type, tag }: ListFlags): Promise<void> {
  const api = await run.api()
  noteDoubledName(run, name, zone)
  const pages = rrsetPages(api, { zone: zoneName(zone), ...(name && { name }), ...(type && { type }), ...(tag && { tag }) })
  if (run.format !== 'table') return run.emit(await collect(pages), () => '')
  const writer = new TableWriter([
    { title: 'NAME' },
    { title: 'TTL', align: 'right' },
    { title: 'TYPE' },
    { title: 'VALUE' },
    { title: '' },
  ])
  let isEmpty = true
  for await (const page of pages) {
    if (page.length === 0) break
    isEmpty = false
    const display = await nameDisplay(page.map((rrset) => rrset.name))
    await run.print(writer.write(page.flatMap((rrset) => rowsOf({ ...rrset, name: display(rrset.name) }))))
  }
  if (isEmpty) run.talk('no such records')
}

function rowsOf({ name, ttl, type, values, ...note }: RRsetJson): string[][] {
  return values.map((value, i) => [name, String(ttl), type, value, i === 0 ? noteText(note) : ''])
}

export function rrsetPages(
  api: Api,
  which: { readonly zone: string; readonly name?: string; readonly type?: string; readonly tag?: Tag },
): AsyncGenerator<readonly RRsetJson[]> {
  return pagesOf(
    (pageToken) => api.records.listRRsets({ ...which, pageSize, pageToken }),
    ({ rrsets }) => rrsets.map(({ name, type, ttl = 0, values, note }) => ({ name, type, ttl, values, ...noteJson(note) })),
  )
}

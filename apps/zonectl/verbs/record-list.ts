/** `zonectl record list`: the records of a zone, page by page. */
import type { ListFlags } from '../commands/record.ts'
import type { Api } from '../api.ts'
import { noteDoubledName, zoneName } from '../names.ts'
import { TableWriter } from '../output/table.ts'
import { nameDisplay } from '../output/unicode-name.ts'
import { collect } from '../pages.ts'
import type { Run } from '../run.ts'

export interface RRsetJson {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly values: readonly string[]
}

const pageSize = 1000

export async function recordList(run: Run, [zone = '']: string[], { name, type }: ListFlags): Promise<void> {
  const api = await run.api()
  noteDoubledName(run, name, zone)
  const pages = rrsetPages(api, { zone: zoneName(zone), ...(name && { name }), ...(type && { type }) })
  if (run.format !== 'table') return run.emit(await collect(pages), () => '')
  const writer = new TableWriter([{ title: 'NAME' }, { title: 'TTL', align: 'right' }, { title: 'TYPE' }, { title: 'VALUE' }])
  let isEmpty = true
  for await (const page of pages) {
    if (page.length === 0) break
    isEmpty = false
    const display = await nameDisplay(page.map((rrset) => rrset.name))
    await run.print(writer.write(page.flatMap((rrset) => rowsOf({ ...rrset, name: display(rrset.name) }))))
  }
  if (isEmpty) run.talk('no such records')
}

function rowsOf({ name, ttl, type, values }: RRsetJson): string[][] {
  return values.map((value) => [name, String(ttl), type, value])
}

export async function* rrsetPages(
  api: Api,
  which: { readonly zone: string; readonly name?: string; readonly type?: string },
): AsyncGenerator<RRsetJson[]> {
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    const page = await api.records.listRRsets({ ...which, pageSize, pageToken })
    yield page.rrsets.map(({ name, type, ttl = 0, values }) => ({ name, type, ttl, values }))
    pageToken = page.nextPageToken
  }
}

/** `zonectl record find`: RRsets across zones, as they are found. */
import type { FoundRRset } from '@zonecast/contract/generated/zonecast/zone/v1/search_service_pb'
import type { FindFlags } from '../commands/find.ts'
import { noteJson, noteText } from '../output/note.ts'
import { TableWriter } from '../output/table.ts'
import type { Run } from '../run.ts'
import { nameFilter, zoneFilter } from './filters.ts'

const defaultLimit = 1000

export async function recordFind(run: Run, _: string[], flags: FindFlags): Promise<void> {
  const api = await run.api()
  const { type, value, valueContains, limit = defaultLimit, placement, tag } = flags
  const name = nameFilter({ exact: flags.name, suffix: flags.below, contains: flags.nameContains })
  const zones = zoneFilter({
    exact: flags.zone,
    suffix: flags.zoneBelow,
    contains: flags.zoneContains,
    placement,
    tag: flags.zoneTag,
  })
  const rdata = nameFilter({ exact: value, contains: valueContains })
  const answers = api.search.findRRsets({
    ...(name && { name }),
    ...(type && { type }),
    ...(rdata && { value: rdata as { match: { case: 'exact' | 'contains'; value: string } } }),
    ...(zones && { zones }),
    ...(tag && { tag }),
    limit,
  })
  const printer = run.format === 'json' ? new JsonPrinter(run) : new TablePrinter(run)
  let isCut = false
  for await (const { found, nextPageToken } of answers) {
    await printer.print(found)
    isCut = nextPageToken !== ''
  }
  await printer.end()
  if (isCut) run.talk(`there may be more than ${limit} RRsets: --limit 0 prints all`)
}

class TablePrinter {
  readonly #run: Run
  readonly #writer = new TableWriter([
    { title: 'ZONE' },
    { title: 'NAME' },
    { title: 'TTL', align: 'right' },
    { title: 'TYPE' },
    { title: 'VALUE' },
    // The note, which most have none of.
    { title: '' },
  ])
  #isEmpty = true

  constructor(run: Run) {
    this.#run = run
  }

  async print(found: readonly FoundRRset[]): Promise<void> {
    if (found.length === 0) return
    this.#isEmpty = false
    await this.#run.print(this.#writer.write(found.flatMap(rowsOf)))
  }

  async end(): Promise<void> {
    if (this.#isEmpty) this.#run.talk('no such records')
  }
}

/** An array that is never whole in memory. */
class JsonPrinter {
  readonly #run: Run
  #separator = '['

  constructor(run: Run) {
    this.#run = run
  }

  async print(found: readonly FoundRRset[]): Promise<void> {
    for (const each of found) {
      const { zone, rrset } = each
      const { name = '', type = '', ttl = 0, values = [], note } = rrset ?? {}
      const json = { zone, name, type, ttl, values, fitting: fittingOf(each), ...noteJson(note) }
      await this.#run.print(`${this.#separator}\n  ${JSON.stringify(json)}`)
      this.#separator = ','
    }
  }

  async end(): Promise<void> {
    await this.#run.print(this.#separator === '[' ? '[]\n' : '\n]\n')
  }
}

/** Who asks for a value wants to see where it stands, and not what stands beside it. */
function rowsOf(found: FoundRRset): string[][] {
  const { name = '', type = '', ttl = 0, note } = found.rrset ?? {}
  const said = noteText(noteJson(note))
  return fittingOf(found).map((value, i) => [found.zone, name, String(ttl), type, value, i === 0 ? said : ''])
}

/** The values that were asked for: all where none was named. */
function fittingOf({ rrset, fitting }: FoundRRset): string[] {
  const { values = [] } = rrset ?? {}
  return fitting.length === 0 ? values : values.filter((_, place) => fitting.includes(place))
}

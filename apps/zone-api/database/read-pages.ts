/** Short reads of a zone's pages. */
import { rrsigCovered, TYPE } from '@zonecast/dns'
import { find, pageCount, type PageRef, rrAt } from '@zonecast/zone'
import { liveZone } from './engine-parts.ts'
import { pageStatements } from './page-statements.ts'
import { headerOf } from './rows.ts'
import { noteOctets } from './note.ts'
import { type Notes, noted } from './notes.ts'
import { RRsetList, startKeys } from './rrset-list.ts'
import type { Db } from './statement.ts'
import type { ZoneCache } from './zone-cache.ts'
import type { RangeAnswer, RangeQuery, RRsetPage, RRsetQuery } from './zone-database.ts'

/** Pages read at a time: about 256 KiB. */
const stepPages = 16

export class PageReads {
  readonly #cache: ZoneCache
  readonly #notes: Notes
  readonly #rows: ReturnType<typeof pageStatements>

  constructor(db: Db, cache: ZoneCache, notes: Notes) {
    this.#cache = cache
    this.#notes = notes
    this.#rows = pageStatements(db, stepPages)
  }

  async readRange({ zone, fromKey, maxOctets }: RangeQuery): Promise<RangeAnswer> {
    const { row } = await liveZone({ cache: this.#cache }, zone)
    const header = headerOf(row)
    const pages: PageRef[] = []
    let octets = 0
    for await (const page of this.#pagesFrom(row.content, fromKey)) {
      octets += page.key.length + page.content.length
      if (pages.length > 0 && octets > maxOctets) return { header, pages, last: false, nextKey: page.key }
      pages.push(page)
    }
    return { header, pages, last: true }
  }

  async listRRsets(query: RRsetQuery): Promise<RRsetPage> {
    const { row } = await liveZone({ cache: this.#cache }, query.zone)
    const list = new RRsetList(row, query)
    for (const key of startKeys(query)) await this.#fill(list, row.content, key)
    const page = list.finish()
    return row.notes === 0 ? page : cutToFit({ ...page, rrsets: await noted(this.#notes, row, page.rrsets) })
  }

  async #fill(list: RRsetList, content: number, fromKey: Uint8Array): Promise<void> {
    let index: number | undefined
    for await (const { content: page } of this.#pagesFrom(content, fromKey)) {
      // Only the first page may hold RRs before the key.
      index = index === undefined ? find(page, fromKey) : 0
      for (const count = pageCount(page); index < count; index++) if (!list.take(rrAt(page, index))) return
    }
  }

  /** The pages from the one that holds a key on, over both spaces. */
  async *#pagesFrom(content: number, fromKey: Uint8Array): AsyncGenerator<PageRef, void, undefined> {
    const [floor] = await this.#rows.floor({ content, key: fromKey })
    if (floor) yield floor
    for (let key = floor?.key ?? new Uint8Array(); ;) {
      const pages = await this.#rows.after({ content, key })
      yield* pages
      if (pages.length < stepPages) return
      key = pages.at(-1)!.key
    }
  }
}

/** What the notes of one page take at most. */
const mostNoteOctets = 256 << 10

/** Ends the page where its notes would be too much for an answer. */
function cutToFit(page: RRsetPage): RRsetPage {
  let octets = 0
  const end = page.rrsets.findIndex(({ note }) => (octets += note ? noteOctets(note) : 0) > mostNoteOctets)
  const last = page.rrsets[end - 1]
  if (!last) return page
  const { owner, type, rdatas } = last
  const isDenial = type === TYPE.NSEC3 || (type === TYPE.RRSIG && rrsigCovered(rdatas[0]!) === TYPE.NSEC3)
  return { ...page, rrsets: page.rrsets.slice(0, end), next: { owner, type, space: isDenial ? 1 : 0 } }
}

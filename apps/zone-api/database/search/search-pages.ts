/** Pages that a search looks through: of small zones those of many at once, of others a few at a time. */
import { compareKeys, firstKey, lastKey, type PageRef } from '@zonecast/zone'
import { pageStatements } from '../page-statements.ts'
import { type Db, filled, listed, slotsOf, statement } from '../statement.ts'
import type { ZoneRow } from '../zone-cache.ts'

export interface Range {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

export const wholeZone: Range = { from: firstKey(0), to: lastKey(1) }
const beforeAll = new Uint8Array()

/** Pages read at a time. */
const stepPages = 16
/** Octets up to which a zone is small enough for its pages to be read with those of others. */
const smallOctets = 16 << 10

/** All pages of some zones, by their content. */
export type PagesAhead = ReadonlyMap<number, readonly PageRef[]>

export class SearchPages {
  readonly #rows: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#rows = statements(db)
  }

  /** The pages of the small zones that these begin with: on a server each zone by itself would be a way there and back. */
  async ahead(rows: readonly ZoneRow[]): Promise<PagesAhead> {
    const end = rows.findIndex((row) => row.content_octets > smallOctets)
    const small = rows.slice(0, end === -1 ? listed : Math.min(end, listed))
    if (small.length < 2) return new Map()
    const ahead = new Map<number, PageRef[]>(small.map(({ content }) => [content, []]))
    const pages = await this.#rows.together(filled([...ahead.keys()]))
    for (const { of, key, content } of pages) ahead.get(of)!.push({ key, content })
    return ahead
  }

  /** The page that holds the lower bound, and those behind it up to the upper one. */
  async *within(content: number, { from, to }: Range, ahead: PagesAhead): AsyncGenerator<PageRef, void, undefined> {
    const isFromFirst = compareKeys(from, wholeZone.from) === 0
    const atHand = isFromFirst ? ahead.get(content) : undefined
    if (atHand) return yield* atHand
    const [floor] = isFromFirst ? [] : await this.#rows.floor({ content, key: from })
    if (floor) yield floor
    for (let key = isFromFirst ? beforeAll : (floor?.key ?? from); ;) {
      const pages = await this.#rows.after({ content, key, to })
      yield* pages
      if (pages.length < stepPages) return
      key = pages.at(-1)!.key
    }
  }
}

function statements(db: Db) {
  return {
    floor: pageStatements(db, 1).floor,
    after: statement(db, (p: { content: number; key: Uint8Array; to: Uint8Array }) =>
      db
        .selectFrom('pages')
        .select(['key', 'page as content'])
        .where('content', '=', p.content)
        .where('key', '>', p.key)
        .where('key', '<', p.to)
        .orderBy('key')
        .limit(stepPages),
    ),
    together: statement(db, (p: readonly number[]) =>
      db
        .selectFrom('pages')
        .select(['content as of', 'key', 'page as content'])
        .where('content', 'in', slotsOf(p))
        .orderBy('content')
        .orderBy('key'),
    ),
  }
}

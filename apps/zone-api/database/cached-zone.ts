/** One zone at hand: its head, its page directory and pages, as of the open transaction. */
import { compareKeys, PageMissing, type PageReader, type PageRef } from '@zonecast/zone'
import type { Selectable } from 'kysely'
import type { ZoneTable } from './schema.ts'
import type { ZoneCache } from './zone-cache.ts'

export type ZoneRow = Readonly<Selectable<ZoneTable>>

/** A page whose key is known. Asking for a content that is not at hand throws PageMissing; asking for the key costs nothing. */
export class PageEntry implements PageRef {
  readonly key: Uint8Array
  stored: Uint8Array | undefined

  constructor(key: Uint8Array, stored?: Uint8Array) {
    this.key = key
    this.stored = stored
  }

  get content(): Uint8Array {
    if (this.stored === undefined) throw new PageMissing(this.key)
    return this.stored
  }
}

/** A page that the database has not yet; undefined content means that it goes. */
interface UnwrittenPage {
  readonly key: Uint8Array
  readonly content: Uint8Array | undefined
}

/** One zone at hand. Every change to it can be taken back until its transaction is committed. */
export class CachedZone implements PageReader {
  row: ZoneRow
  /** Page keys in order, loaded when first needed. */
  directory: PageEntry[] | undefined
  /** Pages that the open transaction has still to write; undefined content means that the page goes. */
  #unwritten: Map<string, UnwrittenPage> | undefined
  readonly #cache: ZoneCache

  constructor(cache: ZoneCache, row: ZoneRow) {
    this.#cache = cache
    this.row = row
  }

  at(key: Uint8Array): PageRef | undefined {
    return this.#pageAt(this.#countUpTo(key) - 1, key)
  }

  after(key: Uint8Array): PageRef | undefined {
    return this.#pageAt(this.#countUpTo(key), key)
  }

  before(key: Uint8Array): PageRef | undefined {
    return this.#pageAt(this.#countUpTo(key) - 2, key)
  }

  /** Runs what reads pages without waiting, loading what it misses. It must have no effects until it returns. */
  async withPages<Result>(read: (reader: PageReader) => Result): Promise<Result> {
    await this.loadDirectory()
    for (;;) {
      try {
        return read(this)
      } catch (error) {
        if (!(error instanceof PageMissing)) throw error
        await this.#load(error.key)
      }
    }
  }

  /** Loads the pages that hold these keys, so that `withPages` need not begin again for each. */
  async prefetch(keys: Iterable<Uint8Array>): Promise<void> {
    await this.loadDirectory()
    for (const key of keys) {
      const entry = this.directory![Math.max(0, this.#countUpTo(key) - 1)]
      if (entry && entry.stored === undefined) await this.#load(entry.key)
    }
  }

  async loadDirectory(): Promise<void> {
    this.directory ??= await this.#cache.directoryOf(this.row.content)
  }

  setRow(row: ZoneRow): void {
    const before = this.row
    this.row = row
    this.#cache.undo.push(() => {
      this.row = before
    })
  }

  /** Forgets the pages of the content it had. `directory` is empty for a new content; absent when it is to be loaded. */
  dropPages(directory?: []): void {
    const before = this.directory
    this.directory = directory
    this.#cache.undo.push(() => {
      this.directory = before
    })
  }

  /** Hands over what has still to be written. */
  takeUnwritten(): UnwrittenPage[] {
    const before = this.#unwritten
    if (before === undefined) return []
    this.#unwritten = undefined
    this.#cache.undo.push(() => {
      this.#unwritten = before
    })
    return [...before.values()]
  }

  /** The transaction has ended, one way or the other. */
  forgetUnwritten(): void {
    this.#unwritten = undefined
  }

  put({ key, content }: PageRef): void {
    const { directory } = this
    if (!directory) throw new Error('the directory is not loaded')
    const index = this.#countUpTo(key) - 1
    const found = directory[index]
    const entry = found && compareKeys(found.key, key) === 0 ? found : undefined
    if (entry) {
      const before = entry.stored
      entry.stored = content
      this.#cache.undo.push(() => {
        entry.stored = before
      })
    } else {
      const added = new PageEntry(key, content)
      directory.splice(index + 1, 0, added)
      this.#cache.undo.push(() => directory.splice(directory.indexOf(added), 1))
    }
    this.#cache.use(directory[entry ? index : index + 1]!)
    this.#noteUnwritten(key, content)
  }

  delete(key: Uint8Array): void {
    const { directory } = this
    const index = this.#countUpTo(key) - 1
    const found = directory?.[index]
    if (!directory || !found || compareKeys(found.key, key) !== 0) throw new Error('there is no such page to delete')
    directory.splice(index, 1)
    this.#cache.undo.push(() => directory.splice(index, 0, found))
    this.#noteUnwritten(key, undefined)
  }

  #noteUnwritten(key: Uint8Array, content: Uint8Array | undefined): void {
    const unwritten = (this.#unwritten ??= new Map())
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
    const before = unwritten.get(name)
    unwritten.set(name, { key, content })
    this.#cache.undo.push(() => (before ? unwritten.set(name, before) : unwritten.delete(name)))
  }

  #pageAt(index: number, key: Uint8Array): PageRef | undefined {
    const entry = this.directory?.[index]
    return entry?.key[0] === key[0] ? entry : undefined
  }

  async #load(key: Uint8Array): Promise<void> {
    const entry = this.directory?.[this.#countUpTo(key) - 1]
    if (!entry) throw new Error('there is no such page to load')
    entry.stored ??= await this.#cache.pageOf(this.row.content, entry.key)
    this.#cache.use(entry)
  }

  #countUpTo(key: Uint8Array): number {
    const directory = this.directory!
    let low = 0
    let high = directory.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(directory[middle]!.key, key) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

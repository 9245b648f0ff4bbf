/** Zones at hand: their heads, page directories and pages, as of the open transaction. */
import { compareBytes } from '@zonecast/dns'
import { compareKeys, PageMissing, type PageReader, type PageRef } from '@zonecast/zone'
import type { Selectable } from 'kysely'
import type { ZoneTable } from './schema.ts'
import { type Db, statement } from './statement.ts'

export type ZoneRow = Readonly<Selectable<ZoneTable>>

/** A page whose key is known. Asking for a content that is not at hand throws PageMissing; asking for the key costs nothing. */
class PageEntry implements PageRef {
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

export interface CacheLimits {
  /** Octets of page content kept between transactions. */
  readonly pageOctets: number
  /** Zones kept, with their directories. */
  readonly zones: number
  /** Page keys kept over all directories. */
  readonly keys: number
}

export const defaultCacheLimits: CacheLimits = { pageOctets: 32 << 20, zones: 20_000, keys: 400_000 }

/** One zone at hand. Every change to it can be taken back until its transaction is committed. */
export class CachedZone implements PageReader {
  row: ZoneRow
  /** Page keys in order, loaded when first needed. */
  directory: PageEntry[] | undefined
  /** Pages that the open transaction has still to write; undefined content means that the page goes. */
  readonly unwritten = new Map<string, { readonly key: Uint8Array; readonly content: Uint8Array | undefined }>()
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
  takeUnwritten(): { readonly key: Uint8Array; readonly content: Uint8Array | undefined }[] {
    const entries = [...this.unwritten]
    this.unwritten.clear()
    this.#cache.undo.push(() => {
      for (const [name, page] of entries) this.unwritten.set(name, page)
    })
    return entries.map(([, page]) => page)
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
    const { unwritten } = this
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

/** The zones of the database that were used last. Memory is bounded between transactions. */
export class ZoneCache {
  /** How to take back what the running job has changed in memory. */
  undo: (() => void)[] = []
  readonly #zones = new Map<string, CachedZone>()
  readonly #pages = new Map<PageEntry, number>()
  #pageOctets = 0
  readonly #limits: CacheLimits
  readonly #statements: ReturnType<typeof statements>
  /** Where others write to the same database: the zones that the open transaction holds, so that they are as they are here. */
  readonly #held: Set<string> | undefined

  constructor(db: Db, limits: CacheLimits = defaultCacheLimits, shared = false) {
    this.#limits = limits
    this.#statements = statements(db)
    this.#held = shared ? new Set() : undefined
  }

  /** The zone of a zone key, tombstones included. */
  async get(zone: string): Promise<CachedZone | undefined> {
    if (this.#held !== undefined && !this.#held.has(zone)) {
      const [row] = await this.#statements.zone({ zone })
      this.#compare(zone, row)
      if (row === undefined) return undefined
    }
    let found = this.#zones.get(zone)
    if (found) this.#zones.delete(zone)
    else if (this.#held?.has(zone)) return undefined
    else {
      const [row] = await this.#statements.zone({ zone })
      if (row === undefined) return undefined
      found = new CachedZone(this, row)
    }
    this.#zones.set(zone, found)
    return found
  }

  /** True where others write to the same database. */
  get isShared(): boolean {
    return this.#held !== undefined
  }

  /** True when nobody else can move the zone before the open transaction ends. */
  holds(zone: string): boolean {
    return this.#held === undefined || this.#held.has(zone)
  }

  /** The open transaction holds these zones, and these are the rows of those that exist. */
  hold(zones: Iterable<string>, rows: readonly ZoneRow[]): void {
    const found = new Map(rows.map((row) => [row.zone_key, row]))
    for (const zone of zones) {
      this.#compare(zone, found.get(zone))
      this.#held!.add(zone)
    }
  }

  /** The transaction has ended. */
  letGo(): void {
    this.#held?.clear()
  }

  /** Makes what is at hand of a zone what its row says: all of it is dropped where somebody else has moved the zone. */
  #compare(zone: string, row: ZoneRow | undefined): void {
    const known = this.#zones.get(zone)
    if (known && row && isSame(known.row, row)) {
      // Notes are changed without a version.
      if (known.row.notes !== row.notes) known.row = row
      return
    }
    if (known) {
      this.#zones.delete(zone)
      for (const entry of known.directory ?? []) this.#forget(entry)
    }
    if (row) this.#zones.set(zone, new CachedZone(this, row))
  }

  add(row: ZoneRow): CachedZone {
    const zone = new CachedZone(this, row)
    this.#zones.set(row.zone_key, zone)
    this.undo.push(() => this.#zones.delete(row.zone_key))
    return zone
  }

  async directoryOf(content: number): Promise<PageEntry[]> {
    return (await this.#statements.keys({ content })).map(({ key }) => new PageEntry(key))
  }

  async pageOf(content: number, key: Uint8Array): Promise<Uint8Array> {
    const [row] = await this.#statements.page({ content, key })
    if (!row) throw new Error(`content ${content} has lost a page`)
    return row.page
  }

  /** Moves a page to the end of those that are dropped first. */
  use(entry: PageEntry): void {
    this.#pageOctets -= this.#pages.get(entry) ?? 0
    this.#pages.delete(entry)
    const octets = entry.stored?.length ?? 0
    this.#pages.set(entry, octets)
    this.#pageOctets += octets
  }

  rollback(): void {
    for (const undo of this.undo.toReversed()) undo()
    this.undo = []
  }

  /** Forgets everything: the database is the truth. */
  clear(): void {
    this.undo = []
    this.#zones.clear()
    this.#pages.clear()
    this.#pageOctets = 0
  }

  /** Called between transactions, when every page is written. */
  trim(): void {
    for (const [entry, octets] of this.#pages) {
      if (this.#pageOctets <= this.#limits.pageOctets) break
      entry.stored = undefined
      this.#pages.delete(entry)
      this.#pageOctets -= octets
    }
    if (this.#zones.size > this.#limits.zones) this.#dropZones((kept) => kept < this.#limits.zones / 2)
    else if (this.#zones.size % 64 === 1) this.#trimKeys()
  }

  #trimKeys(): void {
    let keys = 0
    this.#dropZones((_, zone) => (keys += 1 + (zone.directory?.length ?? 0)) <= this.#limits.keys)
  }

  /** Keeps, from the most recently used on, the zones that `keep` admits. */
  #dropZones(keep: (kept: number, zone: CachedZone) => boolean): void {
    let kept = 0
    for (const [name, zone] of [...this.#zones].toReversed()) {
      if (keep(kept, zone)) kept += 1
      else {
        this.#zones.delete(name)
        for (const entry of zone.directory ?? []) this.#forget(entry)
      }
    }
  }

  #forget(entry: PageEntry): void {
    this.#pageOctets -= this.#pages.get(entry) ?? 0
    this.#pages.delete(entry)
  }
}

function isSame(a: ZoneRow, b: ZoneRow): boolean {
  if (a.generation !== b.generation || a.version !== b.version || a.content !== b.content || a.position !== b.position)
    return false
  return compareBytes(a.digest, b.digest) === 0
}

function statements(db: Db) {
  return {
    zone: statement(db, (p: { zone: string }) => db.selectFrom('zones').selectAll().where('zone_key', '=', p.zone)),
    keys: statement(db, (p: { content: number }) =>
      db.selectFrom('pages').select('key').where('content', '=', p.content).orderBy('key'),
    ),
    page: statement(db, (p: { content: number; key: Uint8Array }) =>
      db.selectFrom('pages').select('page').where('content', '=', p.content).where('key', '=', p.key),
    ),
  }
}

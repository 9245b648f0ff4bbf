/** The zones that were used last, within bounds. */
import { compareBytes } from '@zonecast/dns'
import { CachedZone, PageEntry, type ZoneRow } from './cached-zone.ts'
import { type Db, statement } from './statement.ts'

export type { CachedZone, ZoneRow } from './cached-zone.ts'

export interface CacheLimits {
  /** Octets of page content kept between transactions. */
  readonly pageOctets: number
  /** Zones kept, with their directories. */
  readonly zones: number
  /** Page keys kept over all directories. */
  readonly keys: number
}

export const defaultCacheLimits: CacheLimits = { pageOctets: 32 << 20, zones: 20_000, keys: 400_000 }

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
      // Notes and tags are changed without a version.
      if (known.row.notes !== row.notes || known.row.tags !== row.tags) known.row = row
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

/** The newest versions of zones as readers see them, and what is kept at hand for that. */
import { decodeRR, type Name } from '@zonecast/dns'
import type { Plan } from './apply.ts'
import type { Catalog } from './catalog.ts'
import { reportingDamage } from './damage-report.ts'
import type { Directory } from './directory.ts'
import { decodeZone, recordIsAt, type StoredZone, zoneRecordKey } from './layout.ts'
import { KeptPages, PageMemory } from './page-memory.ts'
import { type Database, pageReader, readDirectory } from './page-reader.ts'
import { StoreDamage, unseal } from './seal.ts'
import type { StoreView } from './store-types.ts'
import { Use } from './use.ts'
import type { VersionSignals } from './version-signals.ts'

/** Zones whose page directory is kept in memory. */
const largestUses = 4096

export interface ViewsOptions {
  readonly database: Database
  readonly catalog: Catalog
  readonly signals: VersionSignals
  /** Octets of pages that are kept for answering, over all zones. */
  readonly pageMemoryOctets: number
  readonly onDamage: (zone: string, reason: string) => void
}

export class Views {
  readonly #options: ViewsOptions
  readonly #memory: PageMemory
  readonly #uses = new Map<string, Use>()
  /** Plans whose transaction is still on its way: a later plan of the same transaction builds on them. */
  readonly #pending = new Map<string, Plan>()

  constructor(options: ViewsOptions) {
    this.#options = options
    this.#memory = new PageMemory(options.pageMemoryOctets)
  }

  /** Page keys of a state, that of a plan on its way included. */
  directoryOf(stored: StoredZone): Directory {
    const planned = this.#pending.get(stored.zone)
    if (planned?.directory && sameState(planned.stored, stored)) return planned.directory
    const use = this.#uses.get(stored.zone)
    return use && isOf(use, stored) ? use.directory : readDirectory(this.#options.database, stored.content)
  }

  /** A plan has been written into the open transaction. */
  planned(plan: Plan): void {
    this.#pending.set(plan.stored.zone, plan)
  }

  /** The transaction of a plan has ended, one way or the other. */
  ended(plan: Plan): void {
    if (this.#pending.get(plan.stored.zone) === plan) this.#pending.delete(plan.stored.zone)
  }

  /** A plan is on disk. True where page keys came or went. */
  committed(before: StoredZone | undefined, plan: Plan): boolean {
    const used = this.#uses.get(plan.stored.zone)
    if (plan.directory) takeOver(before, used, plan, this.#remember(plan.stored, plan.directory))
    else this.#uses.delete(plan.stored.zone)
    return used === undefined || used.directory !== plan.directory
  }

  /** The newest committed version of a live zone. */
  view(zone: string): StoreView | undefined {
    return this.#viewOf(this.#options.catalog.get(zone))
  }

  /** The live zone with the longest apex at or above a name. */
  enclosing(name: Name): StoreView | undefined {
    return this.#viewOf(this.#options.catalog.enclosing(name))
  }

  /** The same, with pages that are kept once they were read. */
  answering(name: Name): StoreView | undefined {
    const view = this.enclosing(name)
    const use = view && this.#uses.get(view.stored.zone)
    if (use === undefined) return undefined
    const { directory, view: plain } = use
    const { signals } = this.#options
    use.answering ??= answeringBy(plain, new KeptPages({ memory: this.#memory, pages: plain.pages, directory, signals }))
    return use.answering.view
  }

  /** Memory may be a turn behind the disk: the record of the present read transaction decides. */
  #viewOf(known: StoredZone | undefined): StoreView | undefined {
    if (known === undefined) return undefined
    const { database, signals } = this.#options
    const use = this.#uses.get(known.zone)
    const key = use?.recordKey ?? zoneRecordKey(known.apex)
    // Not copied: it is good until the next reading, and only looked at.
    const glance = database.getBinaryFast(key)
    if (glance === undefined) return undefined
    const stored = recordIsAt(glance, known) ? known : this.#readRecord(database.getBinary(key)!, known)
    if (stored.header.state.deleted) return undefined
    if (use && isOf(use, stored)) return use.view
    signals.sawNewer(stored.apex)
    return this.#remember(stored, this.directoryOf(stored)).view
  }

  #remember(stored: StoredZone, directory: Directory): Use {
    const use = new Use(stored, directory, (of, keys) => this.#viewOn(of, keys))
    this.#uses.delete(stored.zone)
    this.#uses.set(stored.zone, use)
    if (this.#uses.size > largestUses) this.#uses.delete(this.#uses.keys().next().value as string)
    return use
  }

  #viewOn(stored: StoredZone, directory: Directory): StoreView {
    const { database, signals } = this.#options
    const pages = pageReader(database, stored.content, directory, signals)
    const reporting = reportingDamage(pages, (error) => this.#reportDamage(stored.zone, error))
    return { stored, apex: stored.apex, soa: decodeRR(stored.header.soa), pages: reporting }
  }

  /** Where the record is damaged, memory knows what stood there. */
  #readRecord(record: Buffer, known: StoredZone): StoredZone {
    try {
      return decodeZone(unseal(zoneRecordKey(known.apex), record))
    } catch (error) {
      this.#reportDamage(known.zone, error)
      return known
    }
  }

  #reportDamage(zone: string, error: unknown): void {
    if (error instanceof StoreDamage) this.#options.onDamage(zone, error.message)
    else throw error
  }
}

/** Pages that are kept of the version before serve on, but for those that the plan has written. */
function takeOver(before: StoredZone | undefined, used: Use | undefined, { stored, puts }: Plan, now: Use): void {
  const isNext = used !== undefined && before !== undefined && sameState(used.stored, before)
  if (!isNext || used.answering === undefined || used.stored.content !== stored.content) return
  now.answering = answeringBy(now.view, used.answering.pages.moved(now.view.pages, now.directory, stored.content, puts))
}

function answeringBy(view: StoreView, pages: KeptPages): NonNullable<Use['answering']> {
  return { pages, view: { ...view, pages } }
}

function isOf(use: Use, stored: StoredZone): boolean {
  return use.stored.content === stored.content && sameState(use.stored, stored)
}

function sameState(a: StoredZone, b: StoredZone): boolean {
  return a.header.state.version === b.header.state.version && a.header.state.generation === b.header.state.generation
}

/** The zone store: catalog, consistent views and atomic application. */
import { randomBytes } from 'node:crypto'
import { decodeRR, parseName, type Name } from '@zonecast/dns'
import { sha256, systemClock, type Clock, type Logger } from '@zonecast/runtime'
import type { Delta, Sha256, VersionHeader, ZoneState, ZoneView } from '@zonecast/zone'
import { planApply, planRemoval, planTouch, type Plan, type Written } from './apply.ts'
import { Catalog } from './catalog.ts'
import { reportingDamage } from './damage-report.ts'
import type { Directory } from './directory.ts'
import { journalFrom } from './journal.ts'
import { contentOfLeftover, decodeZone, leftoverRange, metaKey, recordIsAt } from './layout.ts'
import { zoneRecordKey, type StoredZone } from './layout.ts'
import { decodeLevels, encodeLevels, type Levels } from './levels.ts'
import { epochOf, markPuts, readMarks, restartPuts, shardCount, type Marks, type Put, type ShardMark } from './marks.ts'
import { Numbers } from './numbers.ts'
import { openFile } from './open-file.ts'
import { KeptPages, PageMemory } from './page-memory.ts'
import { PageSums } from './page-sums.ts'
import { durably, pageReader, readDirectory, type Database } from './page-reader.ts'
import { ZoneScrub } from './scrub.ts'
import { put, readSpare, StoreDamage, unseal } from './seal.ts'
import { isFilled, Room } from './room.ts'
import { ShardSets } from './shard-sets.ts'
import { createStage, type Stage } from './stage.ts'
import { Sweeper } from './sweep.ts'
import { Tombstones } from './tombstones.ts'
import { Use } from './use.ts'
import { VersionSignals } from './version-signals.ts'

export type { Levels } from './levels.ts'
export type { Marks, ShardMark } from './marks.ts'

/** One committed version of a zone. Good for synchronous use within one turn of the event loop; take a new one after each await. */
export interface StoreView extends ZoneView {
  readonly stored: StoredZone
}

export interface ApplyInput extends Written {
  readonly zone: string
  readonly shard: number
  /** Position of the state in its shard; 0n where it is not known in the store's log id. */
  readonly position: bigint
  readonly header: VersionHeader
  /** What the delta starts from; absent when `delta.added` is the whole content, which then replaces whatever is there. */
  readonly base?: ZoneState | undefined
  readonly delta: Delta
}

export interface RemoveInput extends Written {
  readonly zone: string
  readonly shard: number
  readonly position: bigint
  /** The tombstone: `deleted` is true. */
  readonly state: ZoneState
  readonly placement: string
}

export interface StageInput {
  readonly zone: string
  readonly shard: number
  /** What the store has of its present version is damaged: that version may come again, and replaces it. */
  readonly mend?: boolean
}

/** What leads from an older state of a zone to the present one. */
export interface StoredSteps {
  readonly base: ZoneState
  readonly delta: Delta
  readonly header: VersionHeader
}

/** Every promise of a change resolves when the change is on disk, and rejects with `StoreRefusal` when nothing was changed. */
export interface ZoneStore {
  /** Random name of this store, made with it. */
  readonly storeId: string
  /** Move with every version that is committed. */
  readonly signals: VersionSignals
  /** True while the disk has no room for what is to be written. */
  readonly lacksRoom: () => boolean
  /** Every zone, tombstones included. */
  zones(): Iterable<StoredZone>
  get(zone: string): StoredZone | undefined
  /** The newest committed version of a live zone. */
  view(zone: string): StoreView | undefined
  /** The live zone with the longest apex at or above a name. */
  enclosing(name: Name): StoreView | undefined
  /** The same for answering questions: pages that were read are kept in memory. */
  answering(name: Name): StoreView | undefined
  levels(): Levels
  setLevels(levels: Levels): Promise<void>
  apply(input: ApplyInput): Promise<StoredZone>
  /** Leaves a tombstone; its fence stays for good. */
  remove(input: RemoveInput): Promise<StoredZone>
  /** Notes that a zone's present state stands at a new position. */
  touch(zone: string, position: bigint, levels?: Levels): Promise<void>
  /** Where an edge stands. */
  marks(): Marks
  /** Writes a mark; void where the store follows another log by then. */
  mark(mark: ShardMark): Promise<void>
  /** Raises positions of zones that the store has, and writes a mark, in one transaction. */
  stamp(zones: readonly { readonly zone: string; readonly position: bigint }[], mark: ShardMark): Promise<void>
  /** Puts shards back to 0 and voids the positions of their zones; the zones themselves stay. */
  restart(followed: Pick<Marks, 'logId' | 'placements'>, shards: readonly number[]): Promise<void>
  /** Zones of a shard whose position is known and after `after`, in position order, tombstones included. */
  stamped(shard: number, after: bigint, limit: number): StoredZone[]
  /** The set digest over the live zones of a shard whose position is known, but for some. */
  stampedDigest(shard: number, without?: ReadonlySet<string>): { readonly setDigest: Uint8Array; readonly zones: number }
  /** Begins to take a zone of any size in pieces. */
  beginStage(input: StageInput): Stage
  /**
   * The delta from an older state to the present one, where the journal still has every step. A base without a digest is known by its
   * generation and version alone, as in a resume token.
   */
  deltaFrom(zone: string, base: ZoneState): StoredSteps | undefined
  /** Shards in which tombstones are missing that were here: they are to be listed again from 0, and then missed no more. */
  lostTombstones(): number[]
  /** Positions of these shards are back at 0 (`restart` says so by itself). */
  acceptLoss(shards: readonly number[]): Promise<void>
  /** True where the record of a zone is on disk as it was written; where it is not, `touch` writes it again from memory. */
  holds(zone: string): boolean
  /** Reads a zone through, a slice at a time, and compares it with its digest. */
  scrub(zone: string): ZoneScrub
  /** Damage was found in a zone: what was read of it before is read and checked again. */
  doubt(zone: string): void
  getMeta(name: string): Uint8Array | undefined
  setMeta(name: string, value: Uint8Array): Promise<void>
  close(): Promise<void>
}

export interface ZoneStoreOptions {
  readonly folder: string
  /** Whose data the folder holds; another kind is refused. */
  readonly kind: 'publisher' | 'edge-writer'
  readonly log: Logger
  readonly clock?: Clock
  readonly sha256?: Sha256
  /** Told where something was read of a zone that is not what was written; the read itself fails. May be told often. */
  readonly onDamage?: (zone: string, reason: string) => void
  /** Told when the disk fails: the program is to end at once, and to begin again from what the disk really holds. */
  readonly onBroken?: (error: Error) => void
  /** Versions of each zone whose deltas are kept. */
  readonly journalVersions?: number
  /** Octets of pages that are kept in memory for `answering`, over all zones. */
  readonly pageMemoryOctets?: number
}

const defaultPageMemoryOctets = 32 << 20

/** Zones whose page directory is kept in memory. */
const largestUses = 4096

/** What the parts of a store share. */
export interface StoreContext {
  readonly database: Database
  readonly catalog: Catalog
  readonly signals: VersionSignals
  readonly room: Room
  readonly numbers: Numbers
  readonly sweeper: Sweeper
  readonly clock: Clock
  readonly sha256: Sha256
  readonly pageSums: PageSums
  readonly tombstones: Tombstones
  readonly journalVersions: number
  readonly directoryOf: (stored: StoredZone) => Directory
  readonly commit: (make: () => Plan) => Promise<StoredZone>
}

/** Opens the store in a folder, taking the folder's lock; throws `DataFolderInUse` where another process has it. */
export async function openZoneStore(options: ZoneStoreOptions): Promise<ZoneStore> {
  const clock = options.clock ?? systemClock
  const { database, catalog, close: closeFile } = await openFile({ ...options, clock })
  const signals = new VersionSignals()
  const room = new Room(clock, options.log, options.onBroken, () => isFilled(options.folder))
  const memory = new PageMemory(options.pageMemoryOctets ?? defaultPageMemoryOctets)
  const pageSums = new PageSums()
  const chosenSha256 = options.sha256 ?? sha256
  const sets = new ShardSets(
    chosenSha256,
    Array.from({ length: shardCount }, (_, shard) => epochOf(database, shard)),
  )
  for (const stored of catalog.values()) sets.replace(undefined, stored)
  const tombstones = new Tombstones(database, chosenSha256)
  const storeId = await readStoreId(database)
  const sweeper = new Sweeper(database, options.log)
  const uses = new Map<string, Use>()
  /** Plans whose transaction is still on its way: a later plan of the same transaction builds on them. */
  const pending = new Map<string, Plan>()
  const directoryOf = (stored: StoredZone): Directory => {
    const planned = pending.get(stored.zone)
    if (planned?.directory && sameState(planned.stored, stored)) return planned.directory
    const use = uses.get(stored.zone)
    if (use && use.stored.content === stored.content && sameState(use.stored, stored)) return use.directory
    return readDirectory(database, stored.content)
  }
  const context: StoreContext = {
    database,
    catalog,
    numbers: await Numbers.open(database, highestNumber(database, catalog)),
    sweeper,
    clock,
    signals,
    room,
    sha256: chosenSha256,
    pageSums,
    tombstones,
    journalVersions: options.journalVersions ?? 256,
    directoryOf,
    commit,
  }

  /** Runs a plan in a transaction that may be shared; memory follows once it is on disk. */
  async function commit(make: () => Plan): Promise<StoredZone> {
    let plan: Plan | undefined
    try {
      await durably(database, () => {
        plan = make() // everything that can be refused is refused here, before the first write
        for (const key of plan.removes) database.remove(key)
        for (const { key, value } of plan.puts) put(database, key, value)
        pending.set(plan.stored.zone, plan)
      })
    } finally {
      if (plan && pending.get(plan.stored.zone) === plan) pending.delete(plan.stored.zone)
    }
    if (plan === undefined) throw new Error('the transaction ended without having run')
    const before = catalog.get(plan.stored.zone)
    sets.replace(before, plan.stored)
    catalog.set(plan.stored)
    const used = uses.get(plan.stored.zone)
    if (plan.directory) takeOver(before, used, plan, remember(plan.stored, plan.directory))
    else uses.delete(plan.stored.zone)
    sweeper.add(plan.garbage)
    const { apex, header } = plan.stored
    const reshaped = used === undefined || used.directory !== plan.directory
    signals.committed({ apex, state: header.state, comesOrGoes: isLive(before) !== isLive(plan.stored), reshaped })
    return plan.stored
  }

  /** Writes what concerns no zone's content. */
  async function write(make: () => readonly Put[]): Promise<void> {
    await durably(database, () => {
      for (const { key, value } of make()) put(database, key, value)
    })
  }

  function remember(stored: StoredZone, directory: Directory): Use {
    const use = new Use(stored, directory, viewOn)
    uses.delete(stored.zone)
    uses.set(stored.zone, use)
    if (uses.size > largestUses) uses.delete(uses.keys().next().value as string)
    return use
  }

  function viewOn(stored: StoredZone, directory: Directory): StoreView {
    const pages = pageReader(database, stored.content, directory, signals)
    const reporting = reportingDamage(pages, (error) => reportDamage(stored.zone, error))
    return { stored, apex: stored.apex, soa: decodeRR(stored.header.soa), pages: reporting }
  }

  /** Pages that are kept of the version before serve on, but for those that the plan has written. */
  function takeOver(before: StoredZone | undefined, used: Use | undefined, { stored, puts }: Plan, now: Use): void {
    const isNext = used !== undefined && before !== undefined && sameState(used.stored, before)
    if (!isNext || used.answering === undefined || used.stored.content !== stored.content) return
    now.answering = answeringBy(now.view, used.answering.pages.moved(now.view.pages, now.directory, stored.content, puts))
  }

  function answering(name: Name): StoreView | undefined {
    const view = viewOf(catalog.enclosing(name))
    const use = view && uses.get(view.stored.zone)
    if (use === undefined) return undefined
    const { directory, view: plain } = use
    use.answering ??= answeringBy(plain, new KeptPages({ memory, pages: plain.pages, directory, signals }))
    return use.answering.view
  }

  /** Memory may be a turn behind the disk: the record of the present read transaction decides. */
  function viewOf(known: StoredZone | undefined): StoreView | undefined {
    if (known === undefined) return undefined
    const use = uses.get(known.zone)
    const key = use?.recordKey ?? zoneRecordKey(known.apex)
    // Not copied: it is good until the next reading, and only looked at.
    const glance = database.getBinaryFast(key)
    if (glance === undefined) return undefined
    const stored = recordIsAt(glance, known) ? known : readRecord(database.getBinary(key)!, known)
    if (stored.header.state.deleted) return undefined
    if (use && use.stored.content === stored.content && sameState(use.stored, stored)) return use.view
    signals.sawNewer(stored.apex)
    return remember(stored, directoryOf(stored)).view
  }

  const holds = (zone: string) => readSpare(database, zoneRecordKey(parseName(zone))) !== undefined
  const view = (zone: string) => viewOf(catalog.get(zone))

  function deltaFrom(zone: string, base: ZoneState): StoredSteps | undefined {
    const stored = catalog.get(zone)
    const steps = stored && journalFrom(database, stored, base)
    return stored && steps && { ...steps, header: stored.header }
  }

  /** Where the record is damaged, memory knows what stood there. */
  function readRecord(record: Buffer, known: StoredZone): StoredZone {
    try {
      return decodeZone(unseal(zoneRecordKey(known.apex), record))
    } catch (error) {
      reportDamage(known.zone, error)
      return known
    }
  }

  function reportDamage(zone: string, error: unknown): void {
    if (error instanceof StoreDamage) options.onDamage?.(zone, error.message)
    else throw error
  }

  const sums = tombstones.open(catalog)
  if (sums.length > 0) await write(() => sums)
  sweeper.start()
  return {
    storeId,
    signals,
    lacksRoom: () => room.lacking,
    zones: () => catalog.values(),
    get: (zone) => catalog.get(zone),
    view,
    enclosing: (name) => viewOf(catalog.enclosing(name)),
    answering,
    levels: () => decodeLevels(readSpare(database, metaKey('levels'))),
    setLevels: (levels) => room.insist(() => write(() => [{ key: metaKey('levels'), value: encodeLevels(levels) }])),
    apply: (input) => room.attempt(() => commit(() => planApply(context, input))),
    remove: (input) => room.attempt(() => commit(() => planRemoval(context, input))),
    touch: async (zone, position, levels) => {
      if (catalog.get(zone)) await room.attempt(() => commit(() => planTouch(context, zone, position, { levels })))
    },
    marks: () => readMarks(database),
    mark: (mark) => room.insist(() => write(() => markPuts(database, mark))),
    stamp: (zones, mark) =>
      room.insist(async () => {
        const known = zones.filter(({ zone }) => catalog.get(zone))
        // All are queued in this turn, so that they share one transaction.
        await Promise.all([
          ...known.map(({ zone, position }) => commit(() => planTouch(context, zone, position, {}))),
          write(() => markPuts(database, mark)),
        ])
      }),
    restart: async (followed, shards) => {
      await room.insist(() => write(() => [...restartPuts(database, followed, shards), ...tombstones.acceptPuts(shards)]))
      tombstones.accepted(shards)
      for (const shard of shards) sets.restart(shard, epochOf(database, shard))
      // Zones that were applied behind the restart and came to memory before it.
      for (const stored of catalog.values()) if (shards.includes(stored.shard)) sets.replace(undefined, stored)
    },
    stamped: (shard, after, limit) =>
      [...sets.zonesOf(shard)]
        .map((zone) => catalog.get(zone) as StoredZone)
        .filter((stored) => stored.position > after && sets.isStamped(stored))
        .toSorted((a, b) => (a.position < b.position ? -1 : 1))
        .slice(0, limit),
    stampedDigest: (shard, without = new Set()) =>
      sets.digestOf(
        shard,
        [...without].map((zone) => catalog.get(zone)).filter((stored) => stored !== undefined),
      ),
    lostTombstones: () => tombstones.lost(),
    acceptLoss: async (shards) => {
      await room.insist(() => write(() => tombstones.acceptPuts(shards)))
      tombstones.accepted(shards)
    },
    holds,
    beginStage: (input) => createStage(context, input),
    deltaFrom,
    scrub: (zone) => new ZoneScrub({ view, deltaFrom, holds }, chosenSha256, zone),
    doubt: (zone) => signals.doubt(parseName(zone)),
    getMeta: (name) => readSpare(database, metaKey(`app.${name}`)),
    setMeta: (name, value) => write(() => [{ key: metaKey(`app.${name}`), value: Buffer.from(value) }]),
    close: async () => {
      room.close()
      await sweeper.close()
      await pageSums.close()
      await closeFile()
    },
  }
}

/** The highest number of a zone or content, unused contents included. */
function highestNumber(database: Database, catalog: Catalog): number {
  let highest = 0
  for (const { number, content } of catalog.values()) highest = Math.max(highest, number, content)
  for (const key of database.getKeys(leftoverRange)) highest = Math.max(highest, contentOfLeftover(key))
  return highest
}

function answeringBy(view: StoreView, pages: KeptPages): NonNullable<Use['answering']> {
  return { pages, view: { ...view, pages } }
}

function isLive(stored: StoredZone | undefined): boolean {
  return stored !== undefined && !stored.header.state.deleted
}

function sameState(a: StoredZone, b: StoredZone): boolean {
  return a.header.state.version === b.header.state.version && a.header.state.generation === b.header.state.generation
}

async function readStoreId(database: Database): Promise<string> {
  const key = metaKey('store-id')
  const found = readSpare(database, key)
  if (found) return Buffer.from(found).toString('latin1')
  const made = randomBytes(8).toString('hex')
  await database.transaction(() => put(database, key, Buffer.from(made, 'latin1')))
  return made
}

/** The zone store: zones in LMDB, each change of one atomic and durable. */
import { randomBytes } from 'node:crypto'
import { parseName } from '@zonecast/dns'
import { sha256, systemClock, type Clock } from '@zonecast/runtime'
import { isServed, type Sha256, type ZoneState } from '@zonecast/zone'
import { planApply, planRemoval, planTouch, type Plan } from './apply.ts'
import type { Catalog } from './catalog.ts'
import type { Directory } from './directory.ts'
import { journalFrom } from './journal.ts'
import { contentOfLeftover, leftoverRange, metaKey, type StoredZone, zoneRecordKey } from './layout.ts'
import { decodeLevels, encodeLevels } from './levels.ts'
import { epochOf, markPuts, readMarks, restartPuts, shardCount, type Put } from './marks.ts'
import { Numbers } from './numbers.ts'
import { openFile } from './open-file.ts'
import { PageSums } from './page-sums.ts'
import { durably, type Database } from './page-reader.ts'
import { isFilled, Room } from './room.ts'
import { ZoneScrub } from './scrub.ts'
import { put, readSpare } from './seal.ts'
import { ShardSets } from './shard-sets.ts'
import { createStage } from './stage.ts'
import type { StoredSteps, ZoneStore, ZoneStoreOptions } from './store-types.ts'
import { Sweeper } from './sweep.ts'
import { Tombstones } from './tombstones.ts'
import { VersionSignals } from './version-signals.ts'
import { Views } from './views.ts'

const defaultPageMemoryOctets = 32 << 20

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
  const { onDamage = () => {}, pageMemoryOctets = defaultPageMemoryOctets } = options
  const views = new Views({ database, catalog, signals, pageMemoryOctets, onDamage })
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
    directoryOf: (stored) => views.directoryOf(stored),
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
        views.planned(plan)
      })
    } finally {
      if (plan) views.ended(plan)
    }
    if (plan === undefined) throw new Error('the transaction ended without having run')
    const before = catalog.get(plan.stored.zone)
    sets.replace(before, plan.stored)
    catalog.set(plan.stored)
    const reshaped = views.committed(before, plan)
    sweeper.add(plan.garbage)
    const { apex, header } = plan.stored
    signals.committed({ apex, state: header.state, comesOrGoes: isAnswered(before) !== isAnswered(plan.stored), reshaped })
    return plan.stored
  }

  /** Writes what concerns no zone's content. */
  async function write(make: () => readonly Put[]): Promise<void> {
    await durably(database, () => {
      for (const { key, value } of make()) put(database, key, value)
    })
  }

  function deltaFrom(zone: string, base: ZoneState): StoredSteps | undefined {
    const stored = catalog.get(zone)
    const steps = stored && journalFrom(database, stored, base)
    return stored && steps && { ...steps, header: stored.header }
  }

  const holds = (zone: string) => readSpare(database, zoneRecordKey(parseName(zone))) !== undefined
  const view = (zone: string) => views.view(zone)
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
    enclosing: (name) => views.enclosing(name),
    answering: (name) => views.answering(name),
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

function isAnswered(stored: StoredZone | undefined): boolean {
  return stored !== undefined && isServed(stored.header)
}

async function readStoreId(database: Database): Promise<string> {
  const key = metaKey('store-id')
  const found = readSpare(database, key)
  if (found) return Buffer.from(found).toString('latin1')
  const made = randomBytes(8).toString('hex')
  await database.transaction(() => put(database, key, Buffer.from(made, 'latin1')))
  return made
}

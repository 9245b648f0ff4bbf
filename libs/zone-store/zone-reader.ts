/** Reads zones that another thread writes: for the threads that answer DNS. */
import { join } from 'node:path'
import { open } from 'lmdb'
import { decodeRR, nameKey, type Name } from '@zonecast/dns'
import { isServed } from '@zonecast/zone'
import { reportingDamage } from './damage-report.ts'
import type { Directory } from './directory.ts'
import { decodeZone, recordIsAt, zoneRecordKey, type StoredZone } from './layout.ts'
import { KeptPages, PageMemory } from './page-memory.ts'
import { pageReader, readDirectory, type Database } from './page-reader.ts'
import { StoreDamage, unseal } from './seal.ts'
import { storeFile, storeOptions } from './store-file.ts'
import type { VersionSignals } from './version-signals.ts'
import type { StoreView } from './store-types.ts'

export interface ZoneReader {
  /** The served zone with the longest apex at or above a name, at a version not older than the last one announced. */
  enclosing(name: Name): StoreView | undefined
  /** How often page keys were read so far: 2 ms for a million RRs. */
  readonly scans: number
  close(): Promise<void>
}

export interface ZoneReaderOptions {
  readonly folder: string
  readonly signals: VersionSignals
  /** Octets of pages that are kept in memory, over all zones. */
  readonly pageMemoryOctets: number
  /** Told where something was read of a zone that is not what was written; the read itself fails. May be told often. */
  readonly onDamage: (zone: string, reason: string) => void
}

interface Use {
  readonly view: StoreView
  readonly directory: Directory
  /** The zone's shape when the directory was read; undefined where that cannot be said. */
  readonly shape: number | undefined
}

/** Zones whose page directory is kept. */
const largestUses = 4096

/** Opens a store for reading, in the process that has it open for writing; the signals are that store's. */
export function openZoneReader({ folder, signals, pageMemoryOctets, onDamage }: ZoneReaderOptions): ZoneReader {
  const memory = new PageMemory(pageMemoryOctets)
  const database: Database = open({ ...storeOptions, path: join(folder, storeFile), readOnly: true })
  const uses = new Map<string, Use>()
  let seen = signals.commits
  let scans = 0

  function viewOf(key: string, apex: Name): StoreView | undefined {
    const record = database.getBinary(zoneRecordKey(apex))
    const known = uses.get(key)
    if (record === undefined) return undefined
    if (known !== undefined && recordIsAt(record, known.view.stored)) return known.view
    if (known !== undefined) signals.sawNewer(apex)
    return remember(key, decodeZone(unseal(zoneRecordKey(apex), record)), known)
  }

  /** The page keys of a version; those of the version before where none came or went since, which spares a scan. */
  function shapeOf(stored: StoredZone, before: Use | undefined): Pick<Use, 'directory' | 'shape'> {
    const slot = signals.slotOf(stored.apex)
    const isSame = before?.view.stored.content === stored.content && signals.isNewest(stored.apex, stored.header.state)
    if (isSame && before.shape === signals.shapeOf(slot)) return before
    scans++
    const shape = signals.shapeOf(slot)
    // Commits move before shapes: where they have not moved since the read transaction began, the shape is that of what it reads.
    const isSure = signals.commits === seen
    return { directory: readDirectory(database, stored.content), shape: isSure ? shape : undefined }
  }

  function remember(key: string, stored: StoredZone, before: Use | undefined): StoreView | undefined {
    uses.delete(key)
    if (!isServed(stored.header)) return undefined
    const { directory, shape } = shapeOf(stored, before)
    const plain = pageReader(database, stored.content, directory, signals)
    const kept = new KeptPages({ memory, pages: plain, directory, signals })
    const pages = reportingDamage(kept, (error) => {
      if (error instanceof StoreDamage) onDamage(stored.zone, error.message)
    })
    const view: StoreView = { stored, apex: stored.apex, soa: decodeRR(stored.header.soa), pages }
    uses.set(key, { view, directory, shape })
    if (uses.size > largestUses) uses.delete(uses.keys().next().value as string)
    return view
  }

  return {
    enclosing: (name) => {
      // A read transaction lasts for a turn of the event loop, which may have begun before a commit.
      const commits = signals.commits
      if (commits !== seen) database.resetReadTxn()
      seen = commits
      const folded = nameKey(name)
      for (let at = 0; ; at += 1 + name[at]!) {
        const view = viewOf(folded.slice(at), name.subarray(at))
        if (view !== undefined || name[at] === 0) return view
      }
    },
    get scans() {
      return scans
    },
    close: () => database.close(),
  }
}

/** Pages of one content in LMDB, read by key through its directory. */
import type { RootDatabase } from 'lmdb'
import type { PageReader, PageRef } from '@zonecast/zone'
import { Directory } from './directory.ts'
import { contentRange, keyOfPage, pageKey } from './layout.ts'
import { StoreDamage, unseal, withoutSeal } from './seal.ts'
import type { VersionSignals } from './version-signals.ts'

export type Database = RootDatabase<Uint8Array, Uint8Array>

/**
 * Runs a transaction and resolves once it is on disk. Transactions run in the order in which they were asked for; those of one turn of
 * the event loop share one commit. Where that fails, lmdb tells the reason by a second promise, which nobody else waits for.
 */
export async function durably(database: Database, run: () => void): Promise<void> {
  try {
    await database.transaction(() => {
      run()
      takeCommit(database)
    })
  } catch (error) {
    const { commitError } = error as { commitError?: Promise<never> }
    if (commitError === undefined) throw error
    const cause: unknown = await commitError.catch((reason: unknown) => reason)
    throw new Error(`the store could not be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause: error })
  }
}

/** lmdb has a promise for all that is committed with this turn's writes, too: it rejects beside ours, and unheard it ends the process. */
function takeCommit({ committed }: Database): void {
  void Promise.resolve(committed).catch(() => {})
}

/**
 * Reads within the present read transaction: for synchronous use within one turn of the event loop. Throws `StoreDamage` on a page that
 * is not what was written: a page's seal is checked when a
 * reader meets it first, and again when damage was found anywhere.
 */
export function pageReader(
  database: Database,
  content: number,
  directory: Directory,
  signals: Pick<VersionSignals, 'doubts'>,
): PageReader {
  return new ContentReader(database, content, directory, signals)
}

/** A class, since there is one of these for every version that is read: methods cost it nothing. */
class ContentReader implements PageReader {
  readonly #database: Database
  readonly #content: number
  readonly #directory: Directory
  readonly #signals: Pick<VersionSignals, 'doubts'>
  /** Pages that were found sound. */
  readonly #checked: Uint8Array
  #doubts: number

  constructor(database: Database, content: number, directory: Directory, signals: Pick<VersionSignals, 'doubts'>) {
    this.#database = database
    this.#content = content
    this.#directory = directory
    this.#signals = signals
    this.#checked = new Uint8Array(directory.keys.length)
    this.#doubts = signals.doubts
  }

  at(key: Uint8Array): PageRef | undefined {
    return this.#load(this.#directory.floor(key), key[0])
  }

  after(key: Uint8Array): PageRef | undefined {
    return this.#load(this.#directory.floor(key) + 1, key[0])
  }

  before(key: Uint8Array): PageRef | undefined {
    return this.#load(this.#directory.floor(key) - 1, key[0])
  }

  #load(index: number, space: number | undefined): PageRef | undefined {
    const key = this.#directory.keys[index]
    if (key === undefined || (space !== undefined && key[0] !== space)) return undefined
    if (this.#doubts !== this.#signals.doubts) {
      this.#doubts = this.#signals.doubts
      this.#checked.fill(0)
    }
    const stored = pageKey(this.#content, key)
    const sealed = this.#database.getBinary(stored)
    if (sealed === undefined) throw new StoreDamage(`the store lost a page of content ${this.#content}`)
    const page = this.#checked[index] === 1 ? withoutSeal(sealed) : unseal(stored, sealed)
    this.#checked[index] = 1
    return { key, content: page }
  }
}

/** Reads the page keys of a content: a scan over keys, about 2 ms for a million RRs. */
export function readDirectory(database: Database, content: number): Directory {
  const keys: Uint8Array[] = []
  for (const key of database.getKeys(contentRange(content))) keys.push(Uint8Array.from(keyOfPage(key)))
  return new Directory(keys)
}

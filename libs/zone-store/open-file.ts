/** Opens the LMDB file of a store, or begins anew beside one that cannot be read. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open } from 'lmdb'
import { DataFolderFormat, lockFolder, type Clock, type FolderLock, type Logger } from '@zonecast/runtime'
import { Catalog } from './catalog.ts'
import { readCatalog } from './read-catalog.ts'
import { formatVersion } from './layout.ts'
import type { Database } from './page-reader.ts'
import { headProblem, isUnreadable, unreadable } from './unreadable.ts'
import { storeFile, storeOptions } from './store-file.ts'

export interface OpenFileOptions {
  readonly folder: string
  readonly kind: string
  readonly log: Logger
  readonly clock: Clock
}

export interface OpenFile {
  readonly database: Database
  readonly catalog: Catalog
  close(): Promise<void>
}

/** Starts in a row that did not go well, before the file is looked through by a process that may die of it. */
const badStarts = 2
/** A start has gone well when the program was closed, or has run for so long. */
const goodAfterMs = 60_000

/**
 * Takes the folder's lock and reads the zones. What a store holds can be had from the publishers, so a file that LMDB cannot read, or that
 * kills whoever reads it, is kept under another name, and an empty one begun.
 */
export async function openFile({ folder, kind, log, clock }: OpenFileOptions): Promise<OpenFile> {
  const lock = lockOrUpgrade(folder, kind, log)
  const starts = join(folder, 'starts')
  const before = startsIn(starts)
  if (before >= badStarts && !survivesReading(folder))
    setAside(folder, log, `${before} starts in a row ended badly, and reading it does`)
  const problem = headProblem(join(folder, storeFile))
  if (problem) setAside(folder, log, problem)
  note(starts, before + 1)
  let database: Database | undefined
  try {
    let catalog: Catalog
    try {
      database = openDatabase(folder)
      catalog = await readCatalog(database, log)
    } catch (error) {
      await database?.close().catch(() => {})
      if (!isUnreadable(error)) throw error
      setAside(folder, log, error instanceof Error ? error.message : String(error))
      database = openDatabase(folder)
      catalog = new Catalog()
    }
    const good = clock.schedule(goodAfterMs, () => note(starts, 0))
    const opened = database
    const close = async () => {
      good.cancel()
      await opened.close()
      note(starts, 0)
      lock.close()
    }
    return { database, catalog, close }
  } catch (error) {
    lock.close()
    throw error
  }
}

function openDatabase(folder: string): Database {
  return open({ ...storeOptions, path: join(folder, storeFile) })
}

/** A store of an older layout holds nothing that cannot be fetched again. */
function lockOrUpgrade(folder: string, kind: string, log: Logger): FolderLock {
  try {
    return lockFolder(folder, { kind, formatVersion })
  } catch (error) {
    if (!(error instanceof DataFolderFormat)) throw error
    const [foundKind, found] = readFileSync(join(folder, 'format'), 'utf8').trim().split(' ')
    if (foundKind !== kind || !(Number(found) < formatVersion)) throw error
    const lock = lockFolder(folder, { kind, formatVersion: Number(found) })
    setAside(folder, log, `its layout is ${found}, and ours ${formatVersion}`)
    rmSync(join(folder, 'format'))
    lock.close()
    return lockFolder(folder, { kind, formatVersion })
  }
}

function setAside(folder: string, log: Logger, reason: string): void {
  const file = join(folder, storeFile)
  if (!existsSync(file)) return
  const kept = `${file}.damaged`
  // One is enough to look into; a second would fill the disk.
  rmSync(kept, { force: true })
  renameSync(file, kept)
  rmSync(`${file}-lock`, { force: true })
  log.error({ kept, reason }, 'the store cannot be read: it is kept aside, and a new one begun')
}

/** Bad pages of a mapped file can end a process, so a child reads first. A child that could not even begin says nothing. */
function survivesReading(folder: string): boolean {
  const program = fileURLToPath(new URL('./read-through.ts', import.meta.url))
  const { status, signal } = spawnSync(process.execPath, [program, join(folder, storeFile)], { stdio: 'ignore' })
  return status !== unreadable && signal === null
}

function startsIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) || 0
  } catch {
    return 0
  }
}

function note(file: string, starts: number): void {
  try {
    if (starts === 0) rmSync(file, { force: true })
    else writeFileSync(file, `${starts}\n`)
  } catch {
    // A full disk is no reason not to serve.
  }
}

/** An exclusive lock on a data folder, which the kernel releases when its process dies. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface LockFolderOptions {
  /** What the folder holds, such as `zone-api`. */
  readonly kind: string
  /** The layout of its files; another number is refused. */
  readonly formatVersion: number
}

export interface FolderLock {
  readonly path: string
  close(): void
}

/** Another process has the folder. */
export class DataFolderInUse extends Error {
  readonly exitCode = 69
  readonly holderPid: number | undefined

  constructor(path: string, holderPid: number | undefined) {
    const who = holderPid === undefined ? 'another process' : `process ${holderPid}`
    super(`the data folder ${path} is in use by ${who}; stop it, or choose another folder`)
    this.name = 'DataFolderInUse'
    this.holderPid = holderPid
  }
}

/** The folder holds something else, or another format of it. */
export class DataFolderFormat extends Error {
  readonly exitCode = 64

  constructor(message: string) {
    super(message)
    this.name = 'DataFolderFormat'
  }
}

/** Locks that are held: a connection that is garbage-collected would let go of its lock. */
const held = new Set<DatabaseSync>()

/**
 * Makes the folder if there is none, takes its lock and checks its format, or throws `DataFolderInUse` or `DataFolderFormat`. The
 * lock is SQLite's own lock on the file `lock` (a transaction that stays open): kill -9 releases it, and there is nothing stale
 * to clean up. The file must not be opened by anything else in this process, since closing it would drop a POSIX lock.
 */
export function lockFolder(path: string, { kind, formatVersion }: LockFolderOptions): FolderLock {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const pidFile = join(path, 'lock.pid')
  const connection = new DatabaseSync(join(path, 'lock'), { timeout: 0 })
  try {
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    if ((error as { errcode?: number }).errcode === sqliteBusy) throw new DataFolderInUse(path, readPid(pidFile))
    throw error
  }
  held.add(connection)
  const close = () => {
    if (!held.delete(connection)) return
    connection.close()
  }
  try {
    notePid(pidFile)
    checkFormat(path, kind, formatVersion)
  } catch (error) {
    close()
    throw error
  }
  return { path, close }
}

const sqliteBusy = 5

function readPid(file: string): number | undefined {
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN
  return Number.isInteger(pid) ? pid : undefined
}

/** It only tells people who holds the lock: a full disk is no reason not to start. */
function notePid(file: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
  }
}

function checkFormat(path: string, kind: string, formatVersion: number): void {
  const file = join(path, 'format')
  const expected = `${kind} ${formatVersion}`
  if (!existsSync(file)) return writeDurably(file, `${expected}\n`)
  const found = readFileSync(file, 'utf8').trim()
  if (found === expected) return
  const [foundKind] = found.split(' ')
  throw new DataFolderFormat(
    foundKind === kind
      ? `the data folder ${path} has the format "${found}"; this program reads "${expected}"`
      : `the data folder ${path} belongs to ${foundKind || 'something unknown'}, not to ${kind}; choose another folder`,
  )
}

/** Written aside and renamed, so that a crash leaves either no format or the whole of it. */
function writeDurably(file: string, text: string): void {
  const descriptor = openSync(`${file}.new`, 'w')
  writeSync(descriptor, text)
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(`${file}.new`, file)
}

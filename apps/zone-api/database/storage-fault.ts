/** What SQLite says of the disk, and what that means for whoever called. */
import { Refused } from './refused.ts'

/** Result codes of SQLite without their extension (https://www.sqlite.org/rescode.html). */
const full = 13
const ioError = 10
/** SQLite could not make room for its index of the log, which holds nothing that is not in the log as well. */
const ioErrorSharedMemorySize = 4874
const corrupt = 11
const notADatabase = 26

function codeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' ? errcode : undefined
}

function primaryCode(error: unknown): number | undefined {
  const code = codeOf(error)
  return code === undefined ? undefined : code & 0xff
}

/** True when the disk has no room: nothing was changed, and all goes on once there is room. */
export function isFull(error: unknown): boolean {
  return primaryCode(error) === full || codeOf(error) === ioErrorSharedMemorySize
}

/**
 * True when nobody can tell any more what the disk holds: a sync that failed once may succeed the next time without having written
 * anything, since the kernel has let go of the pages. Nothing is to be written after it; only a restart reads what is really there.
 */
export function isBroken(error: unknown): boolean {
  if (isFull(error)) return false
  const code = primaryCode(error)
  return code === ioError || code === corrupt || code === notADatabase
}

/** The error as its caller is to see it. */
export function forCaller(error: unknown): unknown {
  if (isFull(error)) return new Refused({ kind: 'full' })
  return isBroken(error) ? new Refused({ kind: 'broken' }) : error
}

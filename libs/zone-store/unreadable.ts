/** When an LMDB file is beyond reading. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'

/** LMDB says that the file makes no sense. A full disk, a file that may not be read and the like are another matter. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && /MDB_(?:CORRUPTED|INVALID|PAGE_NOTFOUND|PANIC|VERSION_MISMATCH|BAD_TXN)/.test(error.message)
}

/** Exit code of `read-through.ts`. */
export const unreadable = 3

const pageOctets = 4096
/** Where the magic number stands in each of the two meta pages, behind the head of a page. */
const magicAt = 24
const magic = 0xbeef_c0de

/** What is wrong with the first pages of a file, which lmdb does not survive; nothing for a sound file, an empty one, or none. */
export function headProblem(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const descriptor = openSync(file, 'r')
  try {
    const { size } = fstatSync(descriptor)
    if (size === 0) return undefined
    const head = Buffer.alloc(2 * pageOctets)
    if (size < head.length || readSync(descriptor, head, 0, head.length, 0) < head.length) return `it ends after ${size} octets`
    const isSound = [0, pageOctets].every((page) => head.readUInt32LE(page + magicAt) === magic)
    return isSound ? undefined : 'it does not begin as an LMDB file does'
  } finally {
    closeSync(descriptor)
  }
}

/** The file of seal keys: one a line, of which the first seals and all open. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { newSealKey, type SealKey, sealKey, sealKeyOctets } from './seal.ts'

/** A file that cannot be used, with its name and the rule it breaks; never with what is in it. */
export class SealKeyFileError extends Error {
  readonly exitCode = 64
  override readonly name = 'SealKeyFileError'
}

const maxOctets = 1 << 16
const head = `# Seal keys of zonecast, in base64: the first seals, all open what they sealed.
# Without this file no sealed secret can be read again. Keep a copy, and not beside backups of the database.
`

/** The keys in the file, in its order. Throws `SealKeyFileError`. */
export function readSealKeys(file: string): readonly SealKey[] {
  return parseSealKeys(readPrivately(file), file)
}

/** Whole or not at all, and readable by its owner alone from the first moment. */
export function writeSealKeys(file: string, keys: readonly SealKey[]): void {
  updateSealKeys(file, () => keys, { reads: false })
}

/**
 * Replaces the keys of the file by what `step` makes of them; of a file that is not there, of none. One at a time: a key that got lost
 * between two writers may have sealed something. A link stays a link. Throws `SealKeyFileError`.
 */
export function updateSealKeys(
  file: string,
  step: (keys: readonly SealKey[]) => readonly SealKey[],
  { reads = true } = {},
): readonly SealKey[] {
  const target = targetOf(file)
  const fresh = `${target}.new`
  const handle = beginFile(fresh, file)
  try {
    const keys = step(reads && existsSync(file) ? readSealKeys(file) : [])
    writeSync(handle, head + keys.map(({ key }) => `${key.export().toString('base64')}\n`).join(''))
    fsyncSync(handle)
    renameSync(fresh, target)
    syncFolder(dirname(target))
    return keys
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
}

/** What is replaced: the file that a link leads to. */
function targetOf(file: string): string {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return file
  if (existsSync(file)) return realpathSync(file)
  throw new SealKeyFileError(`the seal key file ${file} is a link that leads to no file; make it lead to one, or remove it`)
}

function beginFile(fresh: string, file: string): number {
  try {
    return openSync(fresh, 'wx', 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw new SealKeyFileError(`the seal key file ${file} cannot be written (${code})`)
    throw new SealKeyFileError(`somebody else is writing the seal key file ${file}; where nobody is, remove ${fresh}`)
  }
}

/** So that the file is there after a power cut, before anything is sealed under its keys. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

export function makeSealKey(): SealKey {
  return sealKey(newSealKey())
}

/** Blank lines and what stands behind `#` say nothing. */
export function parseSealKeys(text: string, file: string): readonly SealKey[] {
  const keys: SealKey[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const written = line.replace(/#.*/, '').trim()
    if (written === '') continue
    const where = `line ${index + 1} of the seal key file ${file}`
    const octets = Buffer.from(written, 'base64')
    if (octets.length !== sealKeyOctets || octets.toString('base64') !== written)
      throw new SealKeyFileError(`${where} is not ${sealKeyOctets} octets in base64, as "openssl rand -base64 32" makes them`)
    const key = sealKey(octets)
    if (keys.some(({ id }) => id === key.id)) throw new SealKeyFileError(`${where} repeats a key; remove one of the two`)
    keys.push(key)
  }
  if (keys.length === 0)
    throw new SealKeyFileError(`the seal key file ${file} holds no key; remove it, and "zonectl seal-key create" makes one`)
  return keys
}

/** Checked on the file that is open, so that no other is read than the one that was checked. */
function readPrivately(file: string): string {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const wayOut = 'put its copy back, or make a first one: zonectl seal-key create'
    throw new SealKeyFileError(
      `the seal key file ${file} ${code === 'ENOENT' ? `is not there; ${wayOut}` : `cannot be read (${code})`}`,
    )
  }
  try {
    const stats = fstatSync(handle)
    demandPrivate(stats, file)
    if (!stats.isFile() || stats.size > maxOctets) throw new SealKeyFileError(`${file} is no seal key file`)
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

/** Our own file is ours alone. One of root may be read by our group, which is how Kubernetes mounts a Secret. */
function demandPrivate({ uid, mode }: Stats, file: string): void {
  const us = process.getuid?.() ?? uid
  if (uid !== us && uid !== 0) throw new SealKeyFileError(`the seal key file ${file} belongs to another user; chown it`)
  const forbidden = uid === us ? 0o077 : 0o027
  if ((mode & forbidden) === 0) return
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  const wanted = uid === us ? 'chmod 600' : 'chmod 640'
  throw new SealKeyFileError(`the seal key file ${file} is open to others (mode ${shown}); ${wanted} it`)
}

/** Secrets from files and into files, never through arguments. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileFault, usageError } from './failure.ts'
import type { Io } from './io.ts'

/** The first line of a file; `-` is stdin. */
export async function firstLineOf({ stdin }: Pick<Io, 'stdin'>, file: string): Promise<string> {
  return (file === '-' ? await text(stdin) : read(file)).split(/\r?\n/, 1)[0]!
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`${file} cannot be read: ${fileFault(error)}`)
  }
}

/** Makes the file first, for its owner alone, and what goes into it then: what could not be kept is not asked for. */
export async function writeNewFile(out: string, make: () => Promise<string>): Promise<void> {
  makeFile(out)
  try {
    writeFileSync(out, await make())
  } catch (error) {
    rmSync(out)
    throw error
  }
}

function makeFile(out: string): void {
  try {
    writeFileSync(out, '', { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw usageError(isThere ? `${out} is there already; name another file` : `${out} cannot be written: ${fileFault(error)}`)
  }
}

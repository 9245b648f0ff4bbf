/** One random token each for administrator, publisher and edge; the zone API is told hashes only. */
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from '../failure.ts'
import type { DataFolder } from './data-folder.ts'
import { writePrivately } from './write-privately.ts'

export type Role = 'administrator' | 'publisher' | 'edge'

export interface Holder {
  readonly principal: string
  readonly role: Role
}

/** Placements that edges of this machine may follow. */
const placements = ['default']

/** Makes the tokens that are missing and writes the hashes of all. */
export function prepareCredentials({ credentials, bootstrapFile }: DataFolder, holders: readonly Holder[]): void {
  mkdirSync(credentials, { recursive: true, mode: 0o700 })
  chmodSync(credentials, 0o700)
  const hashes = holders.map(({ principal, role }) => {
    const sha256 = createHash('sha256')
      .update(tokenOf(join(credentials, `${principal}.token`)))
      .digest('hex')
    return { principal, role, sha256, ...(role === 'edge' && { edgeId: principal, placements }) }
  })
  writePrivately(bootstrapFile, `${JSON.stringify(hashes, undefined, 2)}\n`)
}

/** The token in the file, made when there is none: 256 random bits. */
function tokenOf(file: string): string {
  if (existsSync(file)) {
    const token = readFileSync(file, 'utf8').trim()
    if (/^zc_[\w-]{43}$/.test(token)) return token
    throw new CliError(`${file} holds no token; remove the file, and the next start makes a new one`)
  }
  const token = `zc_${randomBytes(32).toString('base64url')}`
  writePrivately(file, `${token}\n`)
  return token
}

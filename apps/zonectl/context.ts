/** The context that `zonectl up` leaves in its data folder, so that the next command needs no flag. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { usageError } from './failure.ts'

export interface EdgeContext {
  readonly edgeId: string
  /** Its RPC address. */
  readonly url: string
  /** Where it answers DNS. */
  readonly dns: readonly { readonly host: string; readonly port: number }[]
}

export interface Context {
  /** The zone API. */
  readonly server: string
  /** The administrator's credential, relative to the data folder. */
  readonly tokenFile: string
  readonly publisher: string
  /** With TLS, relative to the data folder too: the authority of the servers, and what is shown to those that ask. */
  readonly tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string }
  readonly edges: readonly EdgeContext[]
}

const fileName = 'context.json'
export const defaultDataFolder = '.zonecast'

export function writeContext(folder: string, context: Context): void {
  const file = join(folder, fileName)
  writeFileSync(`${file}.new`, `${JSON.stringify(context, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** The context of a data folder, with the paths of its files made whole; undefined where there is none. */
export function readContext(folder: string): Context | undefined {
  const file = join(folder, fileName)
  if (!existsSync(file)) return undefined
  try {
    const context = JSON.parse(readFileSync(file, 'utf8')) as Context
    const whole = (path: string) => resolve(folder, path)
    const { tokenFile, tls } = context
    const files = tls && { caFile: whole(tls.caFile), certFile: whole(tls.certFile), keyFile: whole(tls.keyFile) }
    return { ...context, tokenFile: whole(tokenFile), ...(files && { tls: files }) }
  } catch (error) {
    throw usageError(
      `${file} cannot be read (${(error as Error).message}); start "zonectl up" again, or name --server and --token-file`,
    )
  }
}

/** Where compiled sources are kept, so that the next start is quicker: with the user's own things, which no one else can write. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Undefined for a user without a home. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  try {
    return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'zonecast')
  } catch {
    return undefined
  }
}

/** Credentials that were good lately, kept in a file over a restart: as hashes, readable by this program alone. */
import type { Role } from '@zonecast/access'
import type { Clock, Logger } from '@zonecast/runtime'
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Principal } from './guard.ts'

/** Whose a credential was when it could be asked last. */
export interface Seen {
  /** Tells credentials apart; nobody can make one of it. */
  readonly key: string
  readonly principal: Principal
  readonly trustedUntilMs: number
}

export interface SeenCredentials {
  load(): readonly Seen[]
  /** Keeps what `seen` gives, soon. */
  save(seen: () => readonly Seen[]): void
  /** Returns when everything is kept. */
  close(): Promise<void>
}

interface Line {
  readonly key: string
  readonly name: string
  readonly role: Role
  readonly permissions: readonly string[]
  readonly edgeId?: string | undefined
  readonly placements?: readonly string[] | undefined
  readonly trustedUntilMs: number
}

/** What is saved within this time is one file. */
const writeAfterMs = 1_000

export function seenCredentialsIn(folder: string, { clock, log }: { clock: Clock; log: Logger }): SeenCredentials {
  const path = join(folder, 'seen-credentials.json')
  let newest: (() => readonly Seen[]) | undefined
  let timer: { cancel(): void } | undefined
  let writing: Promise<void> = Promise.resolve()
  const write = () => {
    timer?.cancel()
    timer = undefined
    const seen = newest
    newest = undefined
    if (seen)
      writing = writing
        .then(() => put(path, seen()))
        .catch((error: unknown) => log.warn({ err: error }, 'credentials that were seen could not be kept'))
    return writing
  }
  return {
    load: () => {
      const now = clock.now()
      return linesOf(path, log).flatMap((line) => (line.trustedUntilMs > now ? [seenOf(line)] : []))
    },
    save(seen) {
      newest = seen
      timer ??= clock.schedule(writeAfterMs, () => void write())
    },
    close: write,
  }
}

/** A file that is not there, or cannot be read, is as good as an empty one: it bridges an outage and nothing else. */
function linesOf(path: string, log: Logger): Line[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Line[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error }, 'credentials that were seen could not be read')
    return []
  }
}

function seenOf({ key, trustedUntilMs, permissions, name, role, edgeId, placements }: Line): Seen {
  const edge = edgeId === undefined ? {} : { edgeId, placements: placements ?? [] }
  return { key, trustedUntilMs, principal: { name, role, permissions: new Set(permissions), grants: [], ...edge } }
}

async function put(path: string, seen: readonly Seen[]): Promise<void> {
  const lines = seen.map(({ key, trustedUntilMs, principal }): Line => {
    const { name, role, permissions, edgeId, placements } = principal
    return { key, name, role, permissions: [...permissions], edgeId, placements, trustedUntilMs }
  })
  await writeFile(`${path}.new`, JSON.stringify(lines), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

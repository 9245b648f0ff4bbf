/** The data folder of a system on one machine: whose it is, where things stand in it, and who holds it. */
import { DataFolderInUse, type FolderLock, lockFolder } from '@zonecast/runtime'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unavailableError, usageError } from '../failure.ts'

export interface DataFolder {
  readonly path: string
  readonly logs: string
  readonly credentials: string
  readonly bootstrapFile: string
  readonly sealKeyFile: string
  /** True when an earlier run has left its data here. */
  readonly wasThere: boolean
  of(part: string): string
  close(): void
}

/** Held while `zonectl up` runs. The kernel releases it, so a run that was killed leaves nothing to clean up. */
const kind = 'zonecast'
const formatVersion = 1

/** Beside the folder of the database, and not in it. */
export function sealKeyFileIn(path: string): string {
  return join(path, 'seal.keys')
}

/** What may stand in a folder whose first start was cut short. */
const ownFiles = new Set(['lock', 'lock.pid', 'lock-journal', 'format.new'])

export function openDataFolder(path: string): DataFolder {
  const wasThere = existsSync(join(path, 'format'))
  if (!wasThere && existsSync(path)) refuseOthersFolder(path)
  const lock = takeLock(path)
  const logs = join(path, 'logs')
  mkdirSync(logs, { recursive: true, mode: 0o700 })
  return {
    path,
    logs,
    credentials: join(path, 'credentials'),
    bootstrapFile: join(path, 'bootstrap.json'),
    sealKeyFile: sealKeyFileIn(path),
    wasThere,
    of: (part) => join(path, part),
    close: () => lock.close(),
  }
}

/** A folder with other things in it was named by mistake. */
function refuseOthersFolder(path: string): void {
  let names: string[]
  try {
    names = readdirSync(path)
  } catch (error) {
    throw usageError(`${path} is no folder that can be used: ${(error as Error).message}`)
  }
  const [foreign] = names.filter((name) => !ownFiles.has(name))
  if (foreign !== undefined)
    throw usageError(`${path} holds other things already (${foreign}); name an empty or new folder with --data`)
}

function takeLock(path: string): FolderLock {
  try {
    return lockFolder(path, { kind, formatVersion })
  } catch (error) {
    if (!(error instanceof DataFolderInUse)) throw error
    const who = error.holderPid === undefined ? 'another "zonectl up"' : `"zonectl up", process ${error.holderPid}`
    throw unavailableError(`the data folder ${path} is in use by ${who}`, [
      'use that one, or stop it first; for a second system beside it: zonectl up --data DIR --port-base N',
    ])
  }
}

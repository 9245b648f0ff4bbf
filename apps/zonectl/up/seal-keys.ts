/** The seal keys of a system on one machine. */
import { makeSealKey, writeSealKeys } from '@zonecast/runtime/sealing'
import { existsSync, rmSync } from 'node:fs'
import type { Run } from '../run.ts'
import type { DataFolder } from './data-folder.ts'

/** Makes the file with a first key, for a database that is yet to be made; what one that is there needs may be in a copy of the file. */
export function prepareSealKeys(folder: DataFolder, { io, talk }: Pick<Run, 'io' | 'talk'>): void {
  const { sealKeyFile } = folder
  if (io.env['ZONECAST_SEAL_KEY_FILE'] !== undefined || existsSync(sealKeyFile)) return
  if (existsSync(folder.of('zone-api'))) {
    talk(
      `${sealKeyFile} is not there, so no secret is made or read: put its copy back, or "zonectl seal-key create" makes a first one`,
    )
    return
  }
  // Whoever has the folder knows that nobody else is at it: a start that was cut short has left this.
  rmSync(`${sealKeyFile}.new`, { force: true })
  writeSealKeys(sealKeyFile, [makeSealKey()])
  talk(`made the seal keys in ${sealKeyFile}; a backup does not have them, so keep a copy elsewhere`)
}

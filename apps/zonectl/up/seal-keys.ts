/** The seal keys of a system on one machine. */
import { makeSealKey, writeSealKeys } from '@zonecast/runtime/sealing'
import { existsSync, rmSync } from 'node:fs'
import type { Run } from '../run.ts'
import type { DataFolder } from './data-folder.ts'

/** Makes the file with a first key where there is none and no other is named. */
export function prepareSealKeys({ sealKeyFile }: DataFolder, { io, talk }: Pick<Run, 'io' | 'talk'>): void {
  if (io.env['ZONECAST_SEAL_KEY_FILE'] !== undefined || existsSync(sealKeyFile)) return
  // Whoever has the folder knows that nobody else is at it: a start that was cut short has left this.
  rmSync(`${sealKeyFile}.new`, { force: true })
  writeSealKeys(sealKeyFile, [makeSealKey()])
  talk(`made the seal keys in ${sealKeyFile}; a backup does not have them, so keep a copy elsewhere`)
}

/** The seal keys of a system on one machine. */
import { makeSealKey, writeSealKeys } from '@zonecast/runtime/sealing'
import { existsSync } from 'node:fs'
import type { Run } from '../run.ts'
import type { DataFolder } from './data-folder.ts'

/** Makes the file with a first key where there is none and no other is named. */
export function prepareSealKeys({ sealKeyFile }: DataFolder, { io, talk }: Pick<Run, 'io' | 'talk'>): void {
  if (io.env['ZONECAST_SEAL_KEY_FILE'] !== undefined || existsSync(sealKeyFile)) return
  writeSealKeys(sealKeyFile, [makeSealKey()])
  talk(`made the seal keys in ${sealKeyFile}; a backup does not have them, so keep a copy elsewhere`)
}

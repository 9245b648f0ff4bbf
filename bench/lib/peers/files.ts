/** Zone files that a primary may write to. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerZone } from './pair.ts'

/** Copies zone files into a folder: servers write the zone back to where it came from. */
export function copyZones(zones: readonly PeerZone[], folder: string): PeerZone[] {
  return zones.map(({ name, file }) => {
    const copy = join(folder, `${name}zone`)
    copyFileSync(file, copy)
    return { name, file: copy }
  })
}

/** A folder on a disk of its own that is small and can be filled. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  readonly folder: string
  /** Leaves so many octets of room. */
  fill(leaveOctets?: number): void
  /** Makes room. */
  free(): void
  close(): void
}

/** A tmpfs: it takes root, as in CI; else run the suite by `unshare --map-root-user --mount`. */
export function smallDisk(octets: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${octets},mode=700`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw new Error(`a small disk needs root: run the suite by \`unshare --map-root-user --mount\`: ${String(error)}`, {
      cause: error,
    })
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    fill: (leaveOctets = 0) => {
      const { bavail, bsize } = statfsSync(folder)
      try {
        writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveOctets)))
      } catch (error) {
        // Somebody else has taken the room meanwhile: it is full.
        if ((error as { code?: unknown }).code !== 'ENOSPC') throw error
      }
    },
    free: () => rmSync(filler, { force: true }),
    close: () => {
      execFileSync('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

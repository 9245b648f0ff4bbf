/** Threads that give way to all others. Worker threads import this file alone, without the rest of the library. */
import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { basename } from 'node:path'

/**
 * From here on the calling thread runs where the others of the machine leave time: for large work that nobody waits for by the
 * millisecond. It gets a tenth of what another thread gets, and all of a core that nobody wants. Only Linux knows threads by number:
 * elsewhere nothing happens.
 */
export function giveWay(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Work at the priority of others is slower for them and no less right.
  }
}

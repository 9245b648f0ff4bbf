/** Programs that an earlier run has left: it was killed, and they are still stopping. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

const fileName = 'run.json'
const pollMs = 100

export function writePids(folder: string, pids: Readonly<Record<string, number>>): void {
  writeFileSync(join(folder, fileName), `${JSON.stringify({ supervisor: process.pid, ...pids }, undefined, 2)}\n`)
}

/** All programs have ended. */
export function forgetPids(folder: string): void {
  rmSync(join(folder, fileName), { force: true })
}

/**
 * Waits for the programs of a run that ended without stopping them, and says which they are. They end by themselves when their
 * supervisor is gone; one that does not is named, and its own locks decide whether it is in the way.
 */
export async function awaitEarlierRun(
  folder: string,
  { talk, waitMs }: { talk: (line: string) => void; waitMs: number },
): Promise<void> {
  const left = () => Object.entries(readPids(folder)).filter(([, pid]) => isAlive(pid))
  const describe = () =>
    left()
      .map(([name, pid]) => `${name} (process ${pid})`)
      .join(', ')
  if (left().length === 0) return
  talk(`an earlier run was killed; waiting for what it left to stop: ${describe()}`)
  const deadline = performance.now() + waitMs
  while (left().length > 0 && performance.now() < deadline) await after(pollMs)
  if (left().length > 0) talk(`still there: ${describe()}; if it holds a port or a folder, stop it with kill`)
}

function readPids(folder: string): Record<string, number> {
  const file = join(folder, fileName)
  if (!existsSync(file)) return {}
  try {
    const { supervisor: _, ...pids } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
    return pids
  } catch {
    // Cut short by the kill: the programs' own locks decide.
    return {}
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

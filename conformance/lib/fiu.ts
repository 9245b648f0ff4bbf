/** Failing system calls of one program, by Debian's libfiu: https://blitiri.com.ar/p/libfiu/. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)
const libraries = ['/usr/lib/fiu/fiu_run_preload.so', '/usr/lib/fiu/fiu_posix_preload.so']

/** Variables with which a program is started so that its calls can be made to fail later. `control` is a path of its own. */
export function fallible(control: string): Readonly<Record<string, string>> {
  for (const library of libraries) {
    if (!existsSync(library)) throw new Error(`${library} is missing: it comes with Debian's package fiu-utils`)
  }
  return { LD_PRELOAD: libraries.join(' '), FIU_CTRL_FIFO: control }
}

/** From now on calls of this name fail in the process: `posix/io/sync/*`, with errno 5 (EIO). */
export async function failCalls(control: string, pid: number, name: string, probability = 1): Promise<void> {
  const errno = 5
  const command =
    probability < 1
      ? `enable_random name=${name},failinfo=${errno},probability=${probability}`
      : `enable name=${name},failinfo=${errno}`
  await run('fiu-ctrl', ['-f', control, '-c', command, String(pid)], { timeout: 5_000 })
}

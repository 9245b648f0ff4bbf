/** Our programs, run for what they say and how they end. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { programEnvironment, programFlags } from '@zonecast/runtime'
import { inherited } from './inherited.ts'

const workspace = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs one by its path and words, such as `apps/zonectl/main.ts zone list`. A failure is an answer, too. */
export function command(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const options = { cwd: workspace, env: { ...programEnvironment, ...inherited(), ...env } }
  return new Promise((resolve) => {
    execFile(process.execPath, [...programFlags, ...words], options, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    )
  })
}

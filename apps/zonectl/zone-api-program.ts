/** What is asked of the zone API's own program, the only one that knows the database. */
import { programEnvironment, programFlags } from '@zonecast/runtime'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DatabaseFlags } from './commands/db.ts'
import { CliError } from './failure.ts'
import type { Run } from './run.ts'

/** Runs `main.ts db …` to its end and gives what it printed. */
export function askDatabase<Answer>(args: readonly string[], run: Run, flags: DatabaseFlags): Promise<Answer> {
  const main = fileURLToPath(new URL('../zone-api/main.ts', import.meta.url))
  const words = [...programFlags, main, 'db', ...args]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, { env: variables(run, flags) }, (error, stdout, stderr) => {
      if (error) reject(new CliError(stderr.trim() || error.message, typeof error.code === 'number' ? error.code : 1))
      else resolve(JSON.parse(stdout) as Answer)
    })
  })
}

/** Settings of the database go to the program as they are, the password among them. */
function variables({ io, dataFolder }: Run, { databaseUrl }: DatabaseFlags): NodeJS.ProcessEnv {
  const given = Object.entries(io.env).filter(([name]) => !name.startsWith('ZONECAST_') || name.startsWith('ZONECAST_DATABASE_'))
  return {
    ...programEnvironment,
    ...Object.fromEntries(given),
    ZONECAST_DATA: join(dataFolder, 'zone-api'),
    ...(databaseUrl !== undefined && { ZONECAST_DATABASE_URL: databaseUrl }),
  }
}

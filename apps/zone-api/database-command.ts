/** `main.ts db status|migrate|backup|restore|inspect`: done without a zone API, and told as one line of JSON. */
import { postgresAddress, readConfig } from './config.ts'
import { inspectBackup, restoreBackup } from './database/backup/restore-backup.ts'
import { takeBackup } from './database/backup/take-backup.ts'
import { bringUpToDate, type Place, schemaState } from './database/schema-state.ts'

type Command = (place: Place, args: readonly string[]) => unknown

const commands: Readonly<Record<string, Command>> = {
  status: (place) => schemaState(place),
  async migrate(place) {
    await bringUpToDate(place)
    return schemaState(place)
  },
  backup: (place, [file = '']) => takeBackup(place, file, Date.now),
  restore: (place, [file = '', force]) => restoreBackup({ place, file, force: force === '--force', now: Date.now }),
  inspect: (_, [file = '']) => inspectBackup(file),
}

/** The exit code is that of a failure; its message goes to standard error. */
export async function databaseCommand(verb: string, args: readonly string[]): Promise<void> {
  try {
    const config = readConfig()
    const place = { folder: config.data, postgres: postgresAddress(config) }
    const command = commands[verb]
    if (!command)
      throw Object.assign(new Error(`there is no "db ${verb}": ${Object.keys(commands).join(', ')}`), { exitCode: 64 })
    process.stdout.write(`${JSON.stringify(await command(place, args))}\n`)
  } catch (error) {
    const { message, exitCode = 1 } = error as Error & { exitCode?: number }
    process.stderr.write(`${message}\n`)
    process.exitCode = exitCode
  }
}

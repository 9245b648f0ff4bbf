/** `main.ts db status|migrate`: one line of JSON about the schema of the database, which is first brought up to date. */
import { postgresAddress, readConfig } from './config.ts'
import { bringUpToDate, schemaState } from './database/schema-state.ts'

/** The exit code is that of a failure; its message goes to standard error. */
export async function databaseCommand(verb: string): Promise<void> {
  try {
    const config = readConfig()
    const place = { folder: config.data, postgres: postgresAddress(config) }
    if (verb === 'migrate') await bringUpToDate(place)
    else if (verb !== 'status') throw Object.assign(new Error(`there is no "db ${verb}": status, migrate`), { exitCode: 64 })
    process.stdout.write(`${JSON.stringify(await schemaState(place))}\n`)
  } catch (error) {
    const { message, exitCode = 1 } = error as Error & { exitCode?: number }
    process.stderr.write(`${message}\n`)
    process.exitCode = exitCode
  }
}

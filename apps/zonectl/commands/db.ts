/** `zonectl db …`: the zone API's database. */
import { type Command, Option } from 'commander'
import { runs, type Shell, withLocal, withOutput } from './define.ts'

export interface DatabaseFlags {
  readonly databaseUrl?: string
}

export function databaseCommands(program: Command, shell: Shell): void {
  const db = program.command('db').description('the zone API’s database: status, migrate')
  const status = db
    .command('status')
    .description('which changes of the schema the database has, and which this version would add')
  const migrate = db.command('migrate').description('bring the database’s schema up to date, as the zone API does at its start')
  for (const command of [status, migrate]) {
    withLocal(withOutput(command, ['table', 'json', 'yaml'])).addOption(
      new Option('--database-url <url>', 'postgres://user@host:port/database (default: SQLite in the data folder)').env(
        'ZONECAST_DATABASE_URL',
      ),
    )
  }
  runs<DatabaseFlags>(status, shell, async () => (await import('../verbs/db.ts')).databaseStatus)
  runs<DatabaseFlags>(migrate, shell, async () => (await import('../verbs/db.ts')).databaseMigrate)
}

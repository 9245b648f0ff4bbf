/** `zonectl db …`: the zone API's database. */
import { type Command, Option } from 'commander'
import {
  runs,
  several,
  type Shell,
  type WaitFlags,
  withCommon,
  withDryRun,
  withLocal,
  withOutput,
  withReason,
  withWait,
} from './define.ts'

export interface DatabaseFlags {
  readonly databaseUrl?: string
}

export interface AdoptFlags {
  readonly edgeUrl?: readonly string[]
  readonly without?: readonly string[]
  readonly dryRun?: boolean
  readonly reason?: string
}

export interface RecoverFlags extends WaitFlags {
  readonly edgeUrl?: readonly string[]
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly reason?: string
}

export function databaseCommands(program: Command, shell: Shell): void {
  const db = program.command('db').description('the zone API’s database: status, migrate, adopt, recover')
  const status = db
    .command('status')
    .description('which changes of the schema the database has, and which this version would add')
  const migrate = db.command('migrate').description('bring the database’s schema up to date, as the zone API does at its start')
  for (const command of [status, migrate]) {
    withDatabase(command)
  }
  runs<DatabaseFlags>(status, shell, async () => (await import('../verbs/db.ts')).databaseStatus)
  runs<DatabaseFlags>(migrate, shell, async () => (await import('../verbs/db.ts')).databaseMigrate)
  adoptCommand(db, shell)
  recoverCommand(db, shell)
}

function adoptCommand(db: Command, shell: Shell): void {
  const adopt = db
    .command('adopt')
    .description('take over what edges have, after the database was restored or rolled back')
    .addOption(
      new Option('--edge-url <url>', 'RPC address of an edge that is not in the data folder; may be repeated').argParser(several),
    )
    .addOption(new Option('--without <edge>', 'go on without what this edge has seen; may be repeated').argParser(several))
    .option('--dry-run', 'say what would be done, but change nothing')
    .option('--reason <text>', 'why, for the history')
  runs<AdoptFlags>(withCommon(adopt), shell, async () => (await import('../verbs/db-adopt.ts')).databaseAdopt)
}

function recoverCommand(db: Command, shell: Shell): void {
  const recover = db
    .command('recover')
    .description('make an orphan, which only edges have, a zone again')
    .argument('<zone>')
    .addOption(
      new Option('--edge-url <url>', 'RPC address of an edge that is not in the data folder; may be repeated').argParser(several),
    )
    .option('--force', 'take it though its ZONEMD does not fit the new serial')
  const edit = withWait(withReason(withDryRun(recover)))
  runs<RecoverFlags>(withCommon(edit), shell, async () => (await import('../verbs/db-recover.ts')).databaseRecover)
}

/** For commands that work on the database itself, without a zone API. */
export function withDatabase(command: Command): Command {
  return withLocal(withOutput(command, ['table', 'json', 'yaml'])).addOption(
    new Option('--database-url <url>', 'postgres://user@host:port/database (default: SQLite in the data folder)').env(
      'ZONECAST_DATABASE_URL',
    ),
  )
}

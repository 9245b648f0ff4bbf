/** `zonectl backup` and `zonectl restore`. */
import type { Command } from 'commander'
import { type DatabaseFlags, withDatabase } from './db.ts'
import { runs, type Shell } from './define.ts'

export interface RestoreFlags extends DatabaseFlags {
  readonly force?: boolean
  readonly check?: boolean
}

export function backupCommands(program: Command, shell: Shell): void {
  const backup = program
    .command('backup')
    .description('write the zone API’s database into one file, while it is in use')
    .argument('<file>', 'must not exist')
  runs<DatabaseFlags>(withDatabase(backup), shell, async () => (await import('../verbs/backup.ts')).backup)
  const restore = program
    .command('restore')
    .description('fill the zone API’s database from a backup, while no zone API uses it')
    .argument('<file>', 'a backup of either engine')
    .option('--check', 'only read the file through and say what it holds')
    .option('--force', 'replace what the database holds')
    .addHelpText('after', '\nThen start the programs and run "zonectl db adopt": until then edges keep what they have.')
  runs<RestoreFlags>(withDatabase(restore), shell, async () => (await import('../verbs/backup.ts')).restore)
}

/** `zonectl zone history|diff|restore|undelete|purge-history`. */
import { type Command, Option } from 'commander'
import { parseCount, parseNarrowing, parseVersion } from '../values.ts'
import {
  type EditFlags,
  runs,
  type Shell,
  type WaitFlags,
  withCommon,
  withDryRun,
  withEdit,
  withReason,
  withWait,
} from './define.ts'

export interface HistoryFlags {
  readonly name?: string
  readonly limit?: number
}

export interface DiffFlags {
  readonly exitCode?: boolean
}

export interface UndeleteFlags extends WaitFlags {
  readonly version?: bigint
  readonly dryRun?: boolean
  readonly reason?: string
}

export interface PurgeFlags {
  readonly name?: string
  readonly reason?: string
}

export function historyCommands(zone: Command, shell: Shell): void {
  listCommand(zone, shell)
  diffCommand(zone, shell)
  restoreCommand(zone, shell)
  undeleteCommand(zone, shell)
  purgeCommand(zone, shell)
}

function listCommand(zone: Command, shell: Shell): void {
  const history = zone
    .command('history')
    .description('versions of a zone, the newest first: who made them, when and why')
    .argument('<zone>')
    .option('--name <name>', 'only versions that touched this owner name', parseNarrowing)
    .addOption(new Option('--limit <n>', 'so many at most (default: 100, 0: all)').argParser(parseCount))
    .addHelpText('after', '\nExample:\n  zonectl zone history harbour.example --name www')
  runs<HistoryFlags>(withCommon(history), shell, async () => (await import('../verbs/zone-history.ts')).zoneHistory)
}

function diffCommand(zone: Command, shell: Shell): void {
  const diff = zone
    .command('diff')
    .description('what one version has and another has not')
    .argument('<zone>')
    .argument('[from]', 'version to start from (default: the one before the newest)')
    .argument('[to]', 'version to come to (default: the newest)')
    .option('--exit-code', 'end with 2 where there are differences')
    .addHelpText('after', '\nExample:\n  zonectl zone diff harbour.example 3 7')
  runs<DiffFlags>(withCommon(diff, ['table', 'json']), shell, async () => (await import('../verbs/zone-diff.ts')).zoneDiff)
}

function restoreCommand(zone: Command, shell: Shell): void {
  const restore = zone
    .command('restore')
    .description('make the content of an old version the newest')
    .argument('<zone>')
    .argument('<version>')
    .addHelpText('after', '\nSettings stay as they are.\n\nExample:\n  zonectl zone restore harbour.example 3 --dry-run')
  runs<EditFlags>(withCommon(withEdit(restore)), shell, async () => (await import('../verbs/zone-restore.ts')).zoneRestore)
}

function undeleteCommand(zone: Command, shell: Shell): void {
  const undelete = zone
    .command('undelete')
    .description('bring a deleted zone back')
    .argument('<zone>')
    .addOption(new Option('--version <n>', 'the version to bring back (default: the last)').argParser(parseVersion))
  runs<UndeleteFlags>(
    withCommon(withReason(withDryRun(withWait(undelete)))),
    shell,
    async () => (await import('../verbs/zone-undelete.ts')).zoneUndelete,
  )
}

function purgeCommand(zone: Command, shell: Shell): void {
  const purge = zone
    .command('purge-history')
    .description('remove names, values and reasons from the history of a zone for good')
    .argument('<zone>')
    .option('--name <name>', 'only of this owner name', parseNarrowing)
    .option('--reason <text>', 'why, for the audit log; it should name no person')
    .addHelpText('after', '\nThe zone is not changed. Versions before those that are purged can no longer be restored.')
  runs<PurgeFlags>(withCommon(purge), shell, async () => (await import('../verbs/zone-purge-history.ts')).zonePurgeHistory)
}

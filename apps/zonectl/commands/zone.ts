/** `zonectl zone …`. */
import { type Command, Option } from 'commander'
import { parseTag, parseVersion, type Tag } from '../values.ts'
import { withZoneFilter, type ZoneListFlags } from './find.ts'
import { historyCommands } from './history.ts'
import { type DefaultsFlags, type SettingsFlags, withDefaults, withSettings } from './zone-options.ts'
import {
  type EditFlags,
  type ReasonFlags,
  runs,
  several,
  type Shell,
  type WaitFlags,
  withAuditReason,
  withCommon,
  withEdit,
  withIfVersion,
  withReason,
  withWait,
} from './define.ts'

export interface CreateFlags extends WaitFlags, DefaultsFlags {
  readonly template?: string
  readonly tag?: readonly Tag[]
  readonly reason?: string
}

export interface SetFlags extends WaitFlags, SettingsFlags {
  readonly tag?: readonly Tag[]
  readonly untag?: readonly string[]
  readonly reason?: string
}

export interface DeleteFlags extends WaitFlags {
  readonly reason?: string
  readonly ifVersion?: bigint
}

export interface ImportFlags extends EditFlags {
  readonly merge?: boolean
  readonly overwrite?: boolean
  readonly serial?: 'keep' | 'continue'
  readonly dnssec?: 'keep' | 'drop' | 'refuse'
  readonly outOfZone?: 'refuse' | 'drop'
}

export interface ExportFlags {
  readonly version?: bigint
}

export interface OwnersFlags extends ReasonFlags {
  readonly none?: boolean
}

export function zoneCommands(program: Command, shell: Shell): void {
  const zone = program
    .command('zone')
    .description(
      'zones: list, show, owners, create, set, disable, enable, delete, import, export; history, diff, restore, undelete',
    )
  const list = zone.command('list').description('all zones')
  runs<ZoneListFlags>(withCommon(withZoneFilter(list)), shell, async () => (await import('../verbs/zone-list.ts')).zoneList)
  const show = zone.command('show').description('one zone').argument('<zone>')
  runs(withCommon(show), shell, async () => (await import('../verbs/zone-show.ts')).zoneShow)
  const owners = zone
    .command('owners')
    .description('say who owns a zone, all of them at once; without names it says who does')
    .argument('<zone>')
    .argument('[principal...]')
    .option('--none', 'nobody')
  runs<OwnersFlags>(withCommon(withAuditReason(owners)), shell, async () => (await import('../verbs/zone-owners.ts')).zoneOwners)
  createCommand(zone, shell)
  setCommand(zone, shell)
  switchCommand(zone, shell, 'disable', 'have no edge serve a zone; it is kept, and may be edited')
  switchCommand(zone, shell, 'enable', 'have the edges serve a zone again')
  deleteCommand(zone, shell)
  importCommand(zone, shell)
  exportCommand(zone, shell)
  historyCommands(zone, shell)
}

function createCommand(zone: Command, shell: Shell): void {
  const create = zone
    .command('create')
    .description('make a zone of a SOA and NS RRset')
    .argument('<zone>')
    .option('--template <name>', 'template that fills what is not named here')
    .addOption(tagOption())
    .addHelpText('after', '\nExample:\n  zonectl zone create harbour.example --ns ns1.dns.example --ns ns2.dns.example')
  runs<CreateFlags>(
    withCommon(withWait(withReason(withDefaults(create)))),
    shell,
    async () => (await import('../verbs/zone-create.ts')).zoneCreate,
  )
}

function setCommand(zone: Command, shell: Shell): void {
  const set = zone
    .command('set')
    .description('change settings and tags of a zone; those that are not named stay')
    .argument('<zone>')
    .addOption(tagOption())
    .option('--untag <tag>', 'a tag that goes; repeat it for more', several)
    .addHelpText('after', '\nExample:\n  zonectl zone set harbour.example --min-ttl 1m --max-ttl 1d')
  runs<SetFlags>(
    withCommon(withWait(withReason(withSettings(set)))),
    shell,
    async () => (await import('../verbs/zone-settings.ts')).zoneSet,
  )
}

function tagOption(): Option {
  const tag = new Option('--tag <tag>', 'a tag: TAG, or TAG=VALUE; repeat it for more')
  return tag.argParser((text, tags: readonly Tag[] = []) => [...tags, parseTag(text)])
}

function switchCommand(zone: Command, shell: Shell, name: 'disable' | 'enable', description: string): void {
  const command = zone.command(name).description(description).argument('<zone>')
  runs<SetFlags>(withCommon(withWait(withReason(command))), shell, async () => {
    const { zoneSwitch } = await import('../verbs/zone-settings.ts')
    return (run, args, flags) => zoneSwitch(run, args, name === 'disable', flags)
  })
}

function deleteCommand(zone: Command, shell: Shell): void {
  const remove = zone.command('delete').description('delete a zone everywhere').argument('<zone>')
  runs<DeleteFlags>(
    withCommon(withWait(withIfVersion(withReason(remove)))),
    shell,
    async () => (await import('../verbs/zone-delete.ts')).zoneDelete,
  )
}

function importCommand(zone: Command, shell: Shell): void {
  const imports = zone
    .command('import')
    .description('make a zone what a zone file says; the zone is created if it is absent')
    .argument('<zone>')
    .argument('<file>', 'zone file (RFC 1035 §5), - for standard input')
    .option('--merge', 'replace only RRsets that are in the file; all others stay')
    .option('--overwrite', 'replace the zone even when it moves meanwhile')
    .addOption(choice('--serial <how>', 'that of the file where it is later, or the zone’s own plus one', ['keep', 'continue']))
    .addOption(choice('--dnssec <how>', 'signatures, keys and ZONEMD in the file', ['keep', 'drop', 'refuse']))
    .addOption(choice('--out-of-zone <how>', 'records of names outside of the zone', ['refuse', 'drop']))
    .addHelpText(
      'after',
      `
$INCLUDE is read here, from the folder of the file and below it.

Examples:
  zonectl zone import harbour.example harbour.example.zone --wait
  zonectl zone import harbour.example new.zone --dry-run`,
    )
  runs<ImportFlags>(withCommon(withEdit(imports)), shell, async () => (await import('../verbs/zone-import.ts')).zoneImport)
}

/** The first of the choices is what is done without the option. */
function choice(flags: string, description: string, choices: readonly [string, ...string[]]): Option {
  return new Option(flags, `${description} (without it: ${choices[0]})`).choices(choices)
}

function exportCommand(zone: Command, shell: Shell): void {
  const exports = zone
    .command('export')
    .description('print a zone as a zone file')
    .argument('<zone>')
    .addOption(new Option('--version <n>', 'the version to export (default: the newest)').argParser(parseVersion))
  runs<ExportFlags>(
    withCommon(exports, ['zone', 'json']),
    shell,
    async () => (await import('../verbs/zone-export.ts')).zoneExport,
  )
}

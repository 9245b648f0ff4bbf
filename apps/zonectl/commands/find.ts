/** `zonectl record find`, and the filters of `zonectl zone list`. */
import { type Command, Option } from 'commander'
import { parseCount, parseNarrowing, parseTag, type Tag } from '../values.ts'
import { runs, type Shell, withCommon } from './define.ts'

export interface FindFlags {
  readonly name?: string
  readonly below?: string
  readonly nameContains?: string
  readonly type?: string
  readonly value?: string
  readonly valueContains?: string
  readonly zone?: string
  readonly zoneBelow?: string
  readonly zoneContains?: string
  readonly placement?: string
  readonly zoneTag?: Tag
  readonly tag?: Tag
  readonly limit?: number
}

export interface ZoneListFlags {
  readonly below?: string
  readonly contains?: string
  readonly placement?: string
  readonly tag?: Tag
}

export function findCommand(record: Command, shell: Shell): void {
  const find = record
    .command('find')
    .description('records across all zones; what is given must all fit')
    .option('--name <name>', 'this owner name, absolute with or without the dot at its end', parseNarrowing)
    .addOption(new Option('--below <name>', 'owner names at or below this one').conflicts('name'))
    .addOption(new Option('--name-contains <text>', 'owner names that hold this text').conflicts(['name', 'below']))
    .option('--type <type>', 'only this type')
    .option('--value <rdata>', 'only this value, in whatever spelling')
    .addOption(new Option('--value-contains <text>', 'only values that hold this text').conflicts('value'))
    .option('--zone <zone>', 'only in this zone')
    .addOption(new Option('--zone-below <zone>', 'only in zones at or below this name').conflicts('zone'))
    .addOption(new Option('--zone-contains <text>', 'only in zones whose name holds this text').conflicts(['zone', 'zoneBelow']))
    .option('--placement <label>', 'only in zones with this placement')
    .addOption(new Option('--zone-tag <tag>', 'only in zones with this tag: TAG, or TAG=VALUE').argParser(parseTag))
    .addOption(new Option('--tag <tag>', 'RRsets with this tag: TAG, or TAG=VALUE').argParser(parseTag))
    .addOption(new Option('--limit <n>', 'so many RRsets at most (default: 1000, 0: all)').argParser(parseCount))
    .addHelpText('after', '\nExample:\n  zonectl record find --value 192.0.2.1')
  runs<FindFlags>(withCommon(find, ['table', 'json']), shell, async () => (await import('../verbs/record-find.ts')).recordFind)
}

export function withZoneFilter(list: Command): Command {
  return list
    .option('--below <name>', 'only zones at or below this name')
    .addOption(new Option('--contains <text>', 'only zones whose name holds this text').conflicts('below'))
    .option('--placement <label>', 'only zones with this placement')
    .addOption(new Option('--tag <tag>', 'only zones with this tag: TAG, or TAG=VALUE').argParser(parseTag))
}

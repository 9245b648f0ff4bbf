/** `zonectl record …`. */
import { type Command, Option } from 'commander'
import { parseNarrowing, parseTag, parseTtl, type Tag } from '../values.ts'
import { findCommand } from './find.ts'
import { type EditFlags, runs, several, type Shell, withCommon, withEdit } from './define.ts'

export interface ListFlags {
  readonly name?: string
  readonly type?: string
  readonly tag?: Tag
}

export interface RecordFlags extends EditFlags {
  readonly ttl?: number
  readonly comment?: string
  readonly tag?: readonly Tag[]
}

export interface TagFlags extends EditFlags {
  readonly comment?: string
  readonly remove?: readonly string[]
  readonly clear?: boolean
}

const names = `
NAME is relative to the zone unless it ends in a dot; @ is the apex. Put -- before a value that begins with a dash.
A TXT value needs no quotes of its own: "v=spf1 -all" is one string.`

export function recordCommands(program: Command, shell: Shell): void {
  const record = program.command('record').description('records: list, find, set, add, remove, delete, tag')
  const list = record
    .command('list')
    .description('records of a zone in canonical order')
    .argument('<zone>')
    .option('--name <name>', 'only this owner name', parseNarrowing)
    .option('--type <type>', 'only this type')
    .addOption(new Option('--tag <tag>', 'only RRsets with this tag: TAG, or TAG=VALUE').argParser(parseTag))
  runs<ListFlags>(withCommon(list), shell, async () => (await import('../verbs/record-list.ts')).recordList)
  findCommand(record, shell)
  edit(
    record,
    shell,
    'set',
    'make an RRset exactly this',
    'zonectl record set harbour.example www A 192.0.2.1 192.0.2.2 --ttl 300 --wait',
  )
  edit(record, shell, 'add', 'add values to an RRset', 'zonectl record add harbour.example @ MX "10 mail"')
  edit(record, shell, 'remove', 'remove values from an RRset', 'zonectl record remove harbour.example www A 192.0.2.2')
  tagCommand(record, shell)
  edit(record, shell, 'delete', 'remove a whole RRset', 'zonectl record delete harbour.example www A --wait')
}

function tagCommand(record: Command, shell: Shell): void {
  const command = record
    .command('tag')
    .description('comment and tags of an RRset, and nothing else: no version is made')
    .argument('<zone>')
    .argument('<name>')
    .argument('<type>')
    .argument('[tag...]', 'TAG, or TAG=VALUE; other tags stay')
    .option('--comment <text>', 'the comment; empty removes it')
    .option('--remove <tag>', 'remove this tag; repeat it for more', several)
    .option('--clear', 'remove comment and tags first')
    .addHelpText('after', `${names}\n\nExample:\n  zonectl record tag harbour.example www A team=web critical`)
  runs<TagFlags>(withCommon(withEdit(command)), shell, async () => (await import('../verbs/record-tag.ts')).recordTag)
}

const severalTags = (text: string, tags: readonly Tag[] = []) => [...tags, parseTag(text)]

export type EditKind = 'set' | 'add' | 'remove' | 'delete'

function edit(record: Command, shell: Shell, kind: EditKind, description: string, example: string): void {
  const command = record.command(kind).description(description).argument('<zone>').argument('<name>').argument('<type>')
  if (kind !== 'delete') command.argument('<value...>', 'RDATA in presentation format, one word a value')
  if (kind === 'set' || kind === 'add') {
    command.addOption(
      new Option('--ttl <ttl>', 'seconds, or 5m, 1h, 2d (default: the RRset’s, or the zone’s)').argParser(parseTtl),
    )
    command
      .option('--comment <text>', 'a comment; with it the RRset loses tags that are not named')
      .addOption(new Option('--tag <tag>', 'TAG, or TAG=VALUE; repeat it for more').argParser(severalTags))
  }
  command.addHelpText('after', `${names}\n\nExample:\n  ${example}`)
  runs<RecordFlags>(withCommon(withEdit(command)), shell, async () => {
    const { recordEdit } = await import('../verbs/record-edit.ts')
    return (run, args, flags) => recordEdit(run, kind, args, flags)
  })
}

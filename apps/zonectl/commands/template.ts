/** `zonectl template …`, and the flags that say what a new zone gets. */
import { type Command, Option } from 'commander'
import { parseCount, parsePercent, parseTtl, parseVersion } from '../values.ts'
import { runs, type Shell, withCommon } from './define.ts'

/** What a zone that is made gets. */
export interface DefaultsFlags {
  readonly ns?: readonly string[]
  readonly mname?: string
  readonly rname?: string
  readonly refresh?: number
  readonly retry?: number
  readonly expire?: number
  readonly minimum?: number
  readonly placement?: string
  readonly guardPercent?: number
  readonly defaultTtl?: number
  readonly minTtl?: number
  readonly maxTtl?: number
  readonly historyVersions?: number
  readonly historyDays?: number
}

export interface TemplateFlags extends DefaultsFlags {
  readonly description?: string
  readonly reason?: string
  readonly ifVersion?: bigint
  readonly unset?: readonly string[]
}

export function templateCommands(program: Command, shell: Shell): void {
  const template = program
    .command('template')
    .description('what zones are made with, under a name: create, list, show, set, delete')
  const create = template
    .command('create')
    .description('make a template')
    .argument('<name>', 'lower-case letters, digits and hyphens')
    .addHelpText('after', '\nExample:\n  zonectl template create web --ns ns1.dns.example --ns ns2.dns.example --default-ttl 5m')
  runs<TemplateFlags>(withCommon(withDefaults(withWords(create))), shell, async () => (await verbs()).templateCreate)
  const list = template.command('list').description('all templates, and what the server itself makes zones with')
  runs(withCommon(list), shell, async () => (await verbs()).templateList)
  const show = template.command('show').description('one template').argument('<name>')
  runs(withCommon(show), shell, async () => (await verbs()).templateShow)
  const set = template
    .command('set')
    .description('change a template; what is not named stays, and so do zones that were made with it')
    .argument('<name>')
    .option('--unset <flag>', 'leave this to the server again, such as rname; repeat it for more', several)
    .addOption(ifVersion())
  runs<TemplateFlags>(withCommon(withDefaults(withWords(set))), shell, async () => (await verbs()).templateSet)
  const remove = template
    .command('delete')
    .description('delete a template; zones that were made with it stay as they are')
    .argument('<name>')
    .option('--reason <text>', 'why, for the audit log')
    .addOption(ifVersion())
  runs<TemplateFlags>(withCommon(remove), shell, async () => (await verbs()).templateDelete)
}

const verbs = () => import('../verbs/template.ts')

const ifVersion = () => new Option('--if-version <n>', 'only if the template is at this version').argParser(parseVersion)

function withWords(command: Command): Command {
  return command.option('--description <text>', 'what it is for').option('--reason <text>', 'why, for the audit log')
}

function withDefaults(command: Command): Command {
  return withHistory(withSOA(command))
    .option('--placement <label>', 'which edges carry the zone')
    .addOption(new Option('--guard-percent <n>', 'largest share one change may remove').argParser(parsePercent))
    .addOption(new Option('--default-ttl <ttl>', 'TTL where none is given').argParser(parseTtl))
    .addOption(new Option('--min-ttl <ttl>', 'lowest TTL that a change may give').argParser(parseTtl))
    .addOption(new Option('--max-ttl <ttl>', 'highest TTL that a change may give').argParser(parseTtl))
}

/** How much history is kept. */
export function withHistory(command: Command): Command {
  return command
    .addOption(
      new Option('--history-versions <n>', 'versions to keep, however old; 0 for what others keep').argParser(parseCount),
    )
    .addOption(
      new Option('--history-days <n>', 'days to keep versions, however many; 0 for what others keep').argParser(parseCount),
    )
}

/** Name servers and fields of the SOA. */
export function withSOA(command: Command): Command {
  return command
    .option('--ns <name>', 'a name server; repeat it for more', several)
    .option('--mname <name>', 'primary server in the SOA (at first: the first name server)')
    .option('--rname <name>', 'mailbox in the SOA, as a name (at first: hostmaster in the zone)')
    .addOption(new Option('--refresh <time>', 'SOA: when secondaries look again (at first: 4h)').argParser(parseTtl))
    .addOption(new Option('--retry <time>', 'SOA: when they try again after a failure (at first: 1h)').argParser(parseTtl))
    .addOption(new Option('--expire <time>', 'SOA: when they give the zone up (at first: 2w)').argParser(parseTtl))
    .addOption(new Option('--minimum <ttl>', 'SOA: TTL of negative answers (at first: 5m)').argParser(parseTtl))
}

export const several = (word: string, words: readonly string[] = []) => [...words, word]

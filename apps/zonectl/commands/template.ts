/** `zonectl template …`. */
import { type Command, Option } from 'commander'
import { parseVersion } from '../values.ts'
import { type ReasonFlags, runs, several, type Shell, withAuditReason, withCommon } from './define.ts'
import { type DefaultsFlags, withDefaults } from './zone-options.ts'

export interface TemplateFlags extends DefaultsFlags, ReasonFlags {
  readonly description?: string
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
    .addOption(ifVersion())
  runs<TemplateFlags>(withCommon(withAuditReason(remove)), shell, async () => (await verbs()).templateDelete)
}

const verbs = () => import('../verbs/template.ts')

const ifVersion = () => new Option('--if-version <n>', 'only if the template is at this version').argParser(parseVersion)

function withWords(command: Command): Command {
  return withAuditReason(command.option('--description <text>', 'what it is for'))
}

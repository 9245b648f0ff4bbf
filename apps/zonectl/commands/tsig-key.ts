/** `zonectl tsig-key …`. */
import { type Command, Option } from 'commander'
import { type ReasonFlags, runs, type Shell, withAuditReason, withCommon } from './define.ts'

const keyForms = ['bind', 'knot', 'nsd', 'dig'] as const
export type KeyForm = (typeof keyForms)[number]

export interface TSIGKeyFlags extends ReasonFlags {
  readonly algorithm?: string
  readonly secretFile?: string
  readonly for?: KeyForm
  readonly out?: string
}

export function tsigKeyCommands(program: Command, shell: Shell): void {
  const group = program
    .command('tsig-key')
    .description('keys that zonecast shares with other name servers (RFC 8945): create, list, show, secret, delete')
  const create = group
    .command('create')
    .description('make a key; its secret is not printed')
    .argument('<name>', 'a domain name, the same on both sides')
    .option('--algorithm <name>', 'hmac-sha256 (default), -sha224, -sha384, -sha512 or -sha1')
    .option('--secret-file <file>', 'the secret in base64, first line of a file, - for stdin (default: a random one)')
  runs<TSIGKeyFlags>(withAuditReason(withCommon(create)), shell, async () => (await verbs()).tsigKeyCreate)
  const list = group.command('list').description('all keys, without secrets')
  runs(withCommon(list), shell, async () => (await verbs()).tsigKeyList)
  const show = group.command('show').description('one key, without its secret').argument('<name>')
  runs(withCommon(show), shell, async () => (await verbs()).tsigKeyShow)
  const secret = group
    .command('secret')
    .description('print a key with its secret, as the configuration of a name server has it; the audit log tells of it')
    .argument('<name>')
    .addOption(new Option('--for <server>', 'whose configuration').choices(keyForms).default('bind'))
    .option('--out <file>', 'write it into a new file that is yours alone, not to stdout')
    .addHelpText('after', '\nExample:\n  zonectl tsig-key secret transfer.example --for knot --out transfer.conf')
  runs<TSIGKeyFlags>(withAuditReason(withCommon(secret)), shell, async () => (await verbs()).tsigKeySecret)
  const remove = group.command('delete').description('delete a key with its secret').argument('<name>')
  runs<TSIGKeyFlags>(withAuditReason(withCommon(remove)), shell, async () => (await verbs()).tsigKeyDelete)
}

const verbs = () => import('../verbs/tsig-key.ts')

/** `zonectl access …`, `zonectl who-can` and `zonectl whoami`. */
import { type Command, Option } from 'commander'
import { parseEnd, parseNarrowing, parseTimeout } from '../values.ts'
import { type ReasonFlags, runs, type Shell, withAuditReason, withCommon } from './define.ts'
import { quotaCommands } from './quota.ts'

export const principalKinds = ['person', 'service', 'edge', 'publisher', 'transfer-agent'] as const

export interface GrantFlags extends ReasonFlags {
  readonly role?: string
  readonly permission?: readonly string[]
  readonly zones?: string
  readonly names?: string
  readonly type?: readonly string[]
  readonly apex?: boolean
}

export interface PrincipalFlags extends GrantFlags {
  readonly kind?: (typeof principalKinds)[number]
  readonly display?: string
  readonly placement?: readonly string[]
}

export interface CredentialFlags extends ReasonFlags {
  readonly label?: string
  readonly expires?: Date
  readonly overlap?: number
  readonly out?: string
  readonly currentPasswordFile?: string
  readonly newPasswordFile?: string
  readonly fingerprint?: string
  readonly subject?: string
}

export interface ExplainFlags {
  readonly principal?: string
}

export function accessCommands(program: Command, shell: Shell): void {
  const access = program.command('access').description('who may do what: principals, grants, credentials')
  principalCommands(access.command('principal').description('people, services, edges and other programs'), shell)
  grantCommands(access, shell)
  tokenCommands(access.command('token').description('random tokens, shown once'), shell)
  otherCredentials(access, shell)
  ownCommands(access.command('own').description('your own credentials'), shell)
  const explain = access
    .command('explain')
    .description('which grant allows something, or what is missing')
    .argument('<permission>', 'such as record.write')
    .argument('[zone]', 'none for what belongs to no zone')
    .argument('[name]', 'owner name')
    .argument('[type]')
    .option('--principal <name>', 'about somebody else')
  runs<ExplainFlags>(withCommon(explain), shell, async () => (await import('../verbs/access-explain.ts')).accessExplain)
  quotaCommands(access, shell)
  const who = program
    .command('who-can')
    .description('who has a permission for something, and by which grant')
    .argument('<permission>', 'such as record.write')
    .argument('[zone]', 'none for what belongs to no zone')
    .argument('[name]', 'owner name')
    .argument('[type]', 'none for some type of the name')
  runs(withCommon(who), shell, async () => (await import('../verbs/access-explain.ts')).whoCan)
  const whoami = program.command('whoami').description('who your credential belongs to, and what it may do where')
  runs(withCommon(whoami), shell, async () => (await import('../verbs/whoami.ts')).whoami)
}

function principalCommands(principal: Command, shell: Shell): void {
  const create = principal
    .command('create')
    .description('make a principal known')
    .argument('<name>', 'unique here: letters, digits and . _ @ -')
    .addOption(new Option('--kind <kind>', 'what it is').choices(principalKinds).default('person'))
    .option('--display <text>', 'name for people')
    .option('--placement <label...>', 'placements that an edge follows (default: default)')
  runs<PrincipalFlags>(withAuditReason(withCommon(withGrant(create))), shell, async () => {
    return (await import('../verbs/access-principal.ts')).principalCreate
  })
  const update = principal
    .command('update')
    .description('change what a principal is called, or what an edge follows')
    .argument('<name>')
    .option('--display <text>', 'name for people')
    .option('--placement <label...>', 'all placements that an edge follows from now on')
  runs<PrincipalFlags>(withAuditReason(withCommon(update)), shell, async () => {
    return (await import('../verbs/access-principal.ts')).principalUpdate
  })
  const list = principal.command('list').description('all principals')
  runs(withCommon(list), shell, async () => (await import('../verbs/access-principal.ts')).principalList)
  const show = principal.command('show').description('one principal with its grants').argument('<name>')
  runs(withCommon(show), shell, async () => (await import('../verbs/access-principal.ts')).principalShow)
  for (const { verb, about } of [
    { verb: 'disable', about: 'put all credentials of a principal out of force' },
    { verb: 'enable', about: 'put the credentials of a principal back in force' },
    { verb: 'delete', about: 'delete a principal with its grants and credentials' },
  ] as const) {
    const command = withAuditReason(withCommon(principal.command(verb).description(about).argument('<name>')))
    runs<ReasonFlags>(command, shell, async () => {
      const verbs = await import('../verbs/access-principal.ts')
      if (verb === 'delete') return verbs.principalDelete
      return (run, args, flags) => verbs.principalSwitch(run, args, verb === 'disable', flags)
    })
  }
}

function grantCommands(access: Command, shell: Shell): void {
  const grant = access.command('grant').description('give a principal permissions').argument('<principal>')
  withGrant(grant).addHelpText(
    'after',
    `
Zones: * every zone, example.org that zone, *.example.org the zones below it.
Names: * every name, @ the apex, www that name, *.dev the names below dev, _acme-challenge.* names that begin so.

Examples:
  zonectl access grant anna --role editor --zones harbour.example
  zonectl access grant acme --role editor --zones '*' --names '_acme-challenge.*' --type TXT`,
  )
  runs<GrantFlags>(withAuditReason(withCommon(grant)), shell, async () => (await import('../verbs/access-grant.ts')).accessGrant)
  const revoke = access
    .command('revoke')
    .description('take a grant back')
    .argument('<grant>', 'its id, as principal show prints it')
  runs<ReasonFlags>(
    withAuditReason(withCommon(revoke)),
    shell,
    async () => (await import('../verbs/access-grant.ts')).accessRevoke,
  )
}

function tokenCommands(token: Command, shell: Shell): void {
  const create = token.command('create').description('give a principal a token').argument('<principal>')
  withNew(create.option('--label <text>', 'what it is for'))
  runs<CredentialFlags>(withAuditReason(withCommon(create)), shell, async () => {
    return (await import('../verbs/access-credential.ts')).tokenCreate
  })
  const rotate = token
    .command('rotate')
    .description('make another token in the place of one')
    .argument('<credential>', 'its id')
    .addOption(new Option('--overlap <time>', 'how long the old one stays in force').argParser(parseTimeout).default(0, '0'))
  runs<CredentialFlags>(withAuditReason(withCommon(withNew(rotate))), shell, async () => {
    return (await import('../verbs/access-credential.ts')).tokenRotate
  })
  const revoke = token
    .command('revoke')
    .description('put a token, a password or a certificate out of force for good')
    .argument('<credential>', 'its id')
  runs<ReasonFlags>(withAuditReason(withCommon(revoke)), shell, async () => {
    return (await import('../verbs/access-credential.ts')).credentialRevoke
  })
  const list = token.command('list').description('all credentials of a principal, without secrets').argument('<principal>')
  runs(withCommon(list), shell, async () => (await import('../verbs/access-credential.ts')).credentialList)
}

function otherCredentials(access: Command, shell: Shell): void {
  const set = access
    .command('password')
    .description('passwords')
    .command('set')
    .description('give a principal a password; those it had end')
    .argument('<principal>')
    .option('--new-password-file <file>', 'first line of a file, - for stdin (default: it is asked for)')
  runs<CredentialFlags>(withAuditReason(withCommon(set)), shell, async () => {
    return (await import('../verbs/access-credential.ts')).passwordSet
  })
  const add = access
    .command('certificate')
    .description('client certificates')
    .command('add')
    .description('let a client certificate speak for a principal')
    .argument('<principal>')
    .addOption(new Option('--fingerprint <hex>', 'SHA-256 of its DER').conflicts('subject'))
    .option('--subject <name>', 'one of its names: DNS:edge-1, URI:…, CN=edge-1')
    .option('--label <text>', 'what it is for')
    .addOption(expires())
  runs<CredentialFlags>(withAuditReason(withCommon(add)), shell, async () => {
    return (await import('../verbs/access-credential.ts')).certificateAdd
  })
}

function ownCommands(own: Command, shell: Shell): void {
  const list = own.command('list').description('your credentials, without secrets')
  runs(withCommon(list), shell, async () => (await import('../verbs/access-credential.ts')).credentialList)
  const revoke = own
    .command('revoke')
    .description('put one of your credentials out of force for good')
    .argument('<credential>', 'its id')
  runs<ReasonFlags>(withAuditReason(withCommon(revoke)), shell, async () => {
    return (await import('../verbs/access-credential.ts')).ownRevoke
  })
  const password = own
    .command('password')
    .description('change your password; others that you had end')
    .option('--current-password-file <file>', 'the one you have: first line of a file, - for stdin (default: it is asked for)')
    .option('--new-password-file <file>', 'the new one, likewise')
  runs<CredentialFlags>(withAuditReason(withCommon(password)), shell, async () => {
    return (await import('../verbs/access-credential.ts')).ownPassword
  })
}

function withGrant(command: Command): Command {
  return command
    .addOption(new Option('--role <role>', 'viewer, editor, zone-owner, operator, administrator, …').conflicts('permission'))
    .option('--permission <name...>', 'permissions by name instead')
    .option('--zones <pattern>', 'for which zones')
    .option('--names <pattern>', 'for which owner names (default: all)', parseNarrowing)
    .option('--type <type...>', 'for which RR types (default: all)')
    .option('--apex', 'also for the SOA and NS of the apex')
    .option('--no-apex', 'not for the SOA and NS of the apex')
}

function withNew(command: Command): Command {
  return command.addOption(expires()).option('--out <file>', 'write the token into a new file instead of printing it')
}

function expires(): Option {
  return new Option('--expires <time>', 'when it ends: 90d, 12h, or 2027-01-31 (default: never)').argParser(parseEnd)
}

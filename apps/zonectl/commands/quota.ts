/** `zonectl access quota …`. */
import { type Command, Option } from 'commander'
import { parseCount } from '../values.ts'
import { type ReasonFlags, runs, type Shell, withAuditReason, withCommon } from './define.ts'

export interface QuotaFlags extends ReasonFlags {
  readonly zones?: number
  readonly rrsets?: number
  readonly changesPerMinute?: number
  readonly burst?: number
}

export function quotaCommands(access: Command, shell: Shell): void {
  const quota = access.command('quota').description('what a principal may take: show, set, clear')
  const show = quota.command('show').description('the quotas of a principal, and what it uses').argument('<principal>')
  runs(withCommon(show), shell, async () => (await import('../verbs/quota.ts')).quotaShow)
  const set = quota
    .command('set')
    .description('give a principal quotas of its own; what is not named is not bounded')
    .argument('<principal>')
    .addOption(new Option('--zones <n>', 'live zones that it has made').argParser(parseCount))
    .addOption(new Option('--rrsets <n>', 'RRsets of a zone').argParser(parseCount))
    .addOption(new Option('--changes-per-minute <n>', 'changes of any kind').argParser(parseCount))
    .addOption(new Option('--burst <n>', 'changes at once (default: as many as a minute brings)').argParser(parseCount))
  runs<QuotaFlags>(withCommon(withAuditReason(set)), shell, async () => (await import('../verbs/quota.ts')).quotaSet)
  const clear = quota.command('clear').description('put the defaults of the server in force again').argument('<principal>')
  runs<ReasonFlags>(withCommon(withAuditReason(clear)), shell, async () => (await import('../verbs/quota.ts')).quotaClear)
}

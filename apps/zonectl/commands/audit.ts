/** `zonectl audit`. */
import { type Command, Option } from 'commander'
import { parseCount, parseTime } from '../values.ts'
import { runs, type Shell, withCommon } from './define.ts'

export interface AuditFlags {
  readonly zone?: string
  readonly principal?: string
  readonly method?: string
  readonly changes?: boolean
  readonly denials?: boolean
  readonly since?: Date
  readonly until?: Date
  readonly limit?: number
}

export function auditCommand(program: Command, shell: Shell): void {
  const audit = program
    .command('audit')
    .description('who did what when, and who was not allowed to; the newest first')
    .option('--zone <zone>', 'only what concerns this zone')
    .option('--principal <name>', 'only what this principal did')
    .option('--method <method>', 'only this method, such as ApplyChanges')
    .option('--changes', 'only changes')
    .addOption(new Option('--denials', 'only calls that were denied').conflicts('changes'))
    .addOption(
      new Option('--since <time>', 'only at this time or later: RFC 3339, or a span before now: 2h, 7d').argParser(parseTime),
    )
    .addOption(new Option('--until <time>', 'only before this time').argParser(parseTime))
    .addOption(new Option('--limit <n>', 'so many at most (default: 100, 0: all)').argParser(parseCount))
    .addHelpText('after', '\nExample:\n  zonectl audit --zone harbour.example --since 7d')
  runs<AuditFlags>(withCommon(audit), shell, async () => (await import('../verbs/audit.ts')).audit)
}

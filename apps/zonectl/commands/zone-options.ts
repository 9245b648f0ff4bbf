/** Flags of what a zone is made with and how it is kept: for zones and templates alike. */
import { type Command, Option } from 'commander'
import { parseCount, parsePercent, parseTtl } from '../values.ts'
import { several } from './define.ts'

export interface SettingsFlags {
  readonly placement?: string
  readonly guardPercent?: number
  readonly defaultTtl?: number
  readonly minTtl?: number
  readonly maxTtl?: number
  readonly historyVersions?: number
  readonly historyDays?: number
}

/** What a zone that is made gets. */
export interface DefaultsFlags extends SettingsFlags {
  readonly ns?: readonly string[]
  readonly mname?: string
  readonly rname?: string
  readonly refresh?: number
  readonly retry?: number
  readonly expire?: number
  readonly minimum?: number
}

export function withSettings(command: Command): Command {
  return command
    .addOption(
      new Option('--history-versions <n>', 'versions to keep, however old; 0 for what others keep').argParser(parseCount),
    )
    .addOption(
      new Option('--history-days <n>', 'days to keep versions, however many; 0 for what others keep').argParser(parseCount),
    )
    .option('--placement <label>', 'which edges carry the zone (at first: default)')
    .addOption(new Option('--guard-percent <n>', 'largest share one change may remove (at first: 30)').argParser(parsePercent))
    .addOption(new Option('--default-ttl <ttl>', 'TTL where none is given (at first: 1h)').argParser(parseTtl))
    .addOption(new Option('--min-ttl <ttl>', 'lowest TTL that a change may give; 0 for no bound').argParser(parseTtl))
    .addOption(new Option('--max-ttl <ttl>', 'highest TTL that a change may give; 0 for no bound').argParser(parseTtl))
}

/** Settings, name servers and fields of the SOA. */
export function withDefaults(command: Command): Command {
  return withSettings(
    command
      .option('--ns <name>', 'a name server; repeat it for more', several)
      .option('--mname <name>', 'primary server in the SOA (at first: the first name server)')
      .option('--rname <name>', 'mailbox in the SOA, as a name (at first: hostmaster in the zone)')
      .addOption(new Option('--refresh <time>', 'SOA: when secondaries look again (at first: 4h)').argParser(parseTtl))
      .addOption(new Option('--retry <time>', 'SOA: when they try again after a failure (at first: 1h)').argParser(parseTtl))
      .addOption(new Option('--expire <time>', 'SOA: when they give the zone up (at first: 2w)').argParser(parseTtl))
      .addOption(new Option('--minimum <ttl>', 'SOA: TTL of negative answers (at first: 5m)').argParser(parseTtl)),
  )
}

/** `zonectl up`. */
import { type Command, Option } from 'commander'
import { parsePortBase } from '../values.ts'
import { runs, type Shell, withLocal, withOutput } from './define.ts'

export interface UpFlags {
  readonly portBase?: number
  readonly tls?: boolean
}

export function upCommand(program: Command, shell: Shell): void {
  const up = program.command('up').description('run the whole system on this machine until Ctrl-C')
  up.addOption(
    new Option('--port-base <n>', 'ports N (zone API), N+1 (publisher), N+2 (edge), N+10 (DNS); 0 takes free ones')
      .env('ZONECAST_PORT_BASE')
      .argParser(parsePortBase),
  )
  up.option('--tls', 'speak TLS, with certificates of an authority that is made in the data folder')
  withLocal(withOutput(up, ['table', 'json'])).addHelpText(
    'after',
    `
Examples:
  zonectl up                                   data in .zonecast, ports 8053–8055, DNS on 5300
  zonectl up --data /tmp/try --port-base 9000  a second system beside it
  zonectl up --tls                             the same over TLS; other commands need no flag`,
  )
  runs<UpFlags>(up, shell, async () => (await import('../verbs/up.ts')).up)
}

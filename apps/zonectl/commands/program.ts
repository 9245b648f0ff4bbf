/** The whole command line, group by group. */
import tab from '@bomb.sh/tab/commander'
import { Command } from 'commander'
import type { Io } from '../io.ts'
import { accessCommands } from './access.ts'
import { auditCommand } from './audit.ts'
import { backupCommands } from './backup.ts'
import { changeCommands } from './change.ts'
import { databaseCommands } from './db.ts'
import type { Shell } from './define.ts'
import { drillCommands } from './drill.ts'
import { edgeCommands } from './edge.ts'
import { recordCommands } from './record.ts'
import { sealKeyCommands } from './seal-key.ts'
import { templateCommands } from './template.ts'
import { tsigKeyCommands } from './tsig-key.ts'
import { upCommand } from './up.ts'
import { zoneCommands } from './zone.ts'

const epilogue = `
Exit codes: 0 ok, 1 error, 2 differences, 64 usage, 69 unavailable, 77 not allowed.
Start with "zonectl up"; its data folder (.zonecast) tells the other commands where the system is.`

export function buildProgram(io: Io, outcome: Shell['outcome']): Command {
  const shell: Shell = { io, outcome }
  const program = new Command('zonectl')
    .description('Edits DNS zones, watches each change until every edge answers it, and runs the whole system here.')
    .version('0.1.0')
    // Commands have a --version of their own.
    .enablePositionalOptions()
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(--help shows how this command is used)')
    .addHelpText('after', epilogue)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      // Who calls decides how it is told.
      writeErr: (text) => void (outcome.complaint += text),
    })
    .exitOverride()
  upCommand(program, shell)
  zoneCommands(program, shell)
  templateCommands(program, shell)
  recordCommands(program, shell)
  changeCommands(program, shell)
  auditCommand(program, shell)
  edgeCommands(program, shell)
  accessCommands(program, shell)
  tsigKeyCommands(program, shell)
  sealKeyCommands(program, shell)
  drillCommands(program, shell)
  databaseCommands(program, shell)
  backupCommands(program, shell)
  tab(program, { completionCommandName: 'completion' })
  return program
}

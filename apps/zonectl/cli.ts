/** From the words of a command line to an exit code. */
import { CommanderError } from 'commander'
import { CliError, EXIT } from './failure.ts'
import { endQuietlyOnClosedPipe, type Io, processIo } from './io.ts'
import { buildProgram } from './commands/program.ts'
import { withWaitMode } from './values.ts'

export async function runCli(argv: readonly string[], io: Io = processIo): Promise<number> {
  endQuietlyOnClosedPipe(io)
  const outcome = { code: 0 }
  const program = buildProgram(io, outcome)
  try {
    await program.parseAsync(withWaitMode(argv), { from: 'user' })
    return outcome.code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return report(error, io)
  }
}

/** Says what is wrong, with what the error's details add. Only an error of our own makes shows where it came from. */
async function report(error: unknown, io: Io): Promise<number> {
  if (error instanceof CliError) return say(io, [error.message, ...error.more], error.exitCode)
  const { describeError, exitCodeOf } = await import('@zonecast/rpc')
  const lines = describeError(error)
  // A field of one word is a flag or an argument, which the message makes plain.
  return say(
    io,
    lines.filter((line) => !/^field: \w+$/.test(line)),
    exitCodeOf(error),
  )
}

function say(io: Io, [first = '', ...more]: readonly string[], code: number): number {
  io.stderr.write(`zonectl: ${first}\n${more.map((line) => `  ${line}\n`).join('')}`)
  return code
}

/** From the words of a command line to an exit code. */
import { CommanderError } from 'commander'
import { CliError, EXIT, usageError } from './failure.ts'
import { endQuietlyOnClosedPipe, type Io, processIo } from './io.ts'
import { commonOptionsLast } from './commands/common-first.ts'
import type { Outcome } from './commands/define.ts'
import { buildProgram } from './commands/program.ts'
import type { OutputFormat } from './run.ts'
import { withWaitMode } from './values.ts'

export async function runCli(argv: readonly string[], io: Io = processIo): Promise<number> {
  endQuietlyOnClosedPipe(io)
  const outcome: Outcome = { code: 0, complaint: '', advice: [] }
  const program = buildProgram(io, outcome)
  try {
    await program.parseAsync(withWaitMode(commonOptionsLast(argv)), { from: 'user' })
    return outcome.code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    const format = askedFormat(argv, io.env)
    const { advice } = outcome
    if (!(error instanceof CommanderError))
      return format === 'table' ? report(error, advice, io) : reportDocument(error, advice, io, format)
    if (format !== 'table') return reportDocument(misuse(outcome.complaint), [], io, format)
    io.stderr.write(outcome.complaint.replace(/^error: /, 'zonectl: '))
    return EXIT.usage
  }
}

/** Also a command line that cannot be understood says how its caller wants to hear of it. */
function askedFormat(argv: readonly string[], env: Io['env']): OutputFormat {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const at = words.findLastIndex((word) => /^(-o|--output)/.test(word))
  const asked = at < 0 ? env['ZONECAST_OUTPUT'] : words[at]!.replace(/^(-o|--output)=?/, '') || words[at + 1]
  return asked === 'json' || asked === 'yaml' ? asked : 'table'
}

/** What commander has to say: a sentence, a guess at what was meant, and where help is. */
function misuse(complaint: string): CliError {
  const [first = '', ...more] = complaint.trimEnd().split('\n')
  return usageError(first.replace(/^error: /, ''), more)
}

/** Says what is wrong, with what the error's details add. Only an error of our own makes shows where it came from. */
async function report(error: unknown, advice: readonly string[], io: Io): Promise<number> {
  if (error instanceof CliError) return say(io, [error.message, ...error.more], error.exitCode)
  const { describeError, exitCodeOf } = await import('@zonecast/rpc')
  return say(io, [...describeError(error), ...advice], exitCodeOf(error))
}

function say(io: Io, [first = '', ...more]: readonly string[], code: number): number {
  io.stderr.write(`zonectl: ${first}\n${more.map((line) => `  ${line}\n`).join('')}`)
  return code
}

/** The same for programs: one document on stderr, and nothing else. */
async function reportDocument(error: unknown, advice: readonly string[], io: Io, format: 'json' | 'yaml'): Promise<number> {
  const { errorReport, exitCodeOf } = await import('@zonecast/rpc')
  const exitCode = exitCodeOf(error)
  const own = error instanceof CliError ? { code: ownCodes[exitCode] ?? 'error', more: error.more } : { more: advice }
  const document = { error: { ...errorReport(error), ...own, exitCode } }
  if (format === 'json') io.stderr.write(`${JSON.stringify(document, undefined, 2)}\n`)
  else io.stderr.write((await import('yaml')).stringify(document))
  return exitCode
}

const ownCodes: Readonly<Record<number, string>> = {
  [EXIT.usage]: 'usage',
  [EXIT.unavailable]: 'unavailable',
  [EXIT.notAllowed]: 'not_allowed',
}

/** How commands are declared: flags that many share, and the step from commander to a verb. */
import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { type CommonFlags, Run, type WaitMode } from '../run.ts'
import { parseTimeout, parseVersion, parseWait } from '../values.ts'

export interface Outcome {
  code: number
  /** What is wrong with the words. */
  complaint: string
  /** Lines beside an error. */
  advice: readonly string[]
}

/** What a program of commands is built over. */
export interface Shell {
  readonly io: Io
  /** Of the verb that ran, or of words where none did. */
  readonly outcome: Outcome
}

type Verb<Flags> = (run: Run, args: string[], flags: Flags & CommonFlags) => Promise<void>

/** Runs a verb. Its module, and with it the libraries it needs, is loaded only now: help and mistakes answer at once. */
export function runs<Flags>(command: Command, { io, outcome }: Shell, load: () => Promise<Verb<Flags>>): Command {
  return command.action(async (...given: unknown[]) => {
    const flags = command.opts() as Flags & CommonFlags
    const args = given
      .slice(0, -2)
      .flat()
      .filter((word) => word !== undefined) as string[]
    const run = new Run(io, flags, (flag) => command.getOptionValueSource(flag) === 'env')
    try {
      const { wait } = flags as WaitFlags
      if (typeof wait === 'object') await (await import('../wait.ts')).refuseUnknownEdges(await run.api(), wait)
      const verb = await load()
      await traced(command, () => verb(run, args, flags))
      outcome.code = run.exitCode
    } catch (error) {
      outcome.advice = await run.advice(error)
      throw await run.explain(error)
    } finally {
      run.close()
    }
  })
}

/** Where a backend for traces is named, the command is where the trace of its change begins. */
async function traced(command: Command, run: () => Promise<void>): Promise<void> {
  if (!process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) return run()
  const { startTracing, withTraceparent } = await import('@zonecast/runtime')
  const tracing = await startTracing('zonectl')
  const name = `${command.parent?.parent ? `${command.parent.name()} ` : ''}${command.name()}`
  try {
    await withTraceparent(undefined, `zonectl ${name}`, run)
  } finally {
    await tracing.close().catch(() => {})
  }
}

const common = 'Common options:'

/** Where the system is, who is asking, and how to answer. */
export function withCommon(command: Command, formats: readonly string[] = ['table', 'json', 'yaml']): Command {
  return withLocal(withOutput(command, formats))
    .addOption(
      new Option('--server <url>', 'the zone API (default: the one of the data folder)').env('ZONECAST_SERVER').helpGroup(common),
    )
    .addOption(tokenFile())
    .addOption(
      new Option('--user <name>', 'who you are, in place of a token; only the zone API takes passwords')
        .env('ZONECAST_USER')
        .helpGroup(common),
    )
    .addOption(
      new Option('--password-file <file>', 'file with the password of --user').env('ZONECAST_PASSWORD_FILE').helpGroup(common),
    )
    .addOption(new Option('--ca <file>', 'authority of the server’s certificate, PEM').env('ZONECAST_CA').helpGroup(common))
    .addOption(clientFile('--client-cert <file>', 'certificate to show to servers that ask for one, PEM', 'CERT'))
    .addOption(clientFile('--client-key <file>', 'its key, PEM', 'KEY'))
    .addOption(
      new Option(
        '--allow-insecure',
        'send the credential in clear text to another machine (or ZONECAST_ALLOW_INSECURE)',
      ).helpGroup(common),
    )
    .addOption(timeout())
}

export function withOutput(command: Command, formats: readonly string[]): Command {
  const output = new Option('-o, --output <format>', 'how to print the answer').choices([...formats])
  // A format that only some commands have cannot come from a variable that all of them read.
  return command.addOption((formats.includes('yaml') ? output.env('ZONECAST_OUTPUT') : output).helpGroup(common))
}

/** For commands that talk to no zone API. */
export function withLocal(command: Command): Command {
  return command
    .addOption(
      new Option('--data <dir>', 'data folder of the system on this machine (default: .zonecast)')
        .env('ZONECAST_DATA')
        .helpGroup(common),
    )
    .addOption(new Option('-q, --quiet', 'say nothing but errors on stderr (or ZONECAST_QUIET)').helpGroup(common))
    .addOption(new Option('--no-input', 'never ask (or ZONECAST_NO_INPUT)').helpGroup(common))
}

export function tokenFile(): Option {
  return new Option('--token-file <file>', 'file with your credential (default: the one of the data folder)')
    .env('ZONECAST_TOKEN_FILE')
    .helpGroup(common)
}

function clientFile(flags: string, text: string, variable: string): Option {
  return new Option(flags, text).env(`ZONECAST_CLIENT_${variable}_FILE`).helpGroup(common)
}

export function timeout(): Option {
  const option = new Option('--timeout <time>', 'how long to wait: 30, 500ms, 2m').env('ZONECAST_TIMEOUT')
  return option.argParser(parseTimeout).helpGroup(common)
}

export interface WaitFlags {
  readonly wait?: WaitMode
}

/** `--wait` for commands that change something. */
export function withWait(command: Command): Command {
  const wait = new Option(
    '--wait [mode]',
    'wait until all edges answer, more than half (--wait=quorum), or some (--wait=EDGE,EDGE…)',
  )
  return command.addOption(wait.argParser(parseWait).env('ZONECAST_WAIT'))
}

/** `--reason` for what makes a version. */
export function withReason(command: Command): Command {
  return command.option('--reason <text>', 'why, for the history')
}

export interface ReasonFlags {
  readonly reason?: string
}

/** `--reason` for what makes no version. */
export function withAuditReason(command: Command): Command {
  return command.option('--reason <text>', 'why, for the audit log')
}

export function withDryRun(command: Command): Command {
  return command.option('--dry-run', 'check everything and say what would happen, but change nothing')
}

export function withIfVersion(command: Command): Command {
  return command.addOption(new Option('--if-version <n>', 'only if the zone is at this version').argParser(parseVersion))
}

export interface EditFlags extends WaitFlags {
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly reason?: string
  readonly ifVersion?: bigint
}

/** Flags of everything that edits a zone. */
export function withEdit(command: Command): Command {
  const guarded = withDryRun(withWait(command)).option('--force', 'allow what the zone’s mass-delete guard would refuse')
  return withIfVersion(withReason(guarded))
}

/** For options that may be repeated. */
export const several = (word: string, words: readonly string[] = []) => [...words, word]

/** Ends of a command that are no bug: the message says what to do, the exit code is for scripts. */

export { fileFault } from '@zonecast/runtime/file-fault'

export const EXIT = { ok: 0, error: 1, differences: 2, usage: 64, unavailable: 69, notAllowed: 77 } as const

export class CliError extends Error {
  readonly exitCode: number
  /** Lines that go with the message, such as one for each thing that is wrong. */
  readonly more: readonly string[]

  constructor(message: string, exitCode: number = EXIT.error, more: readonly string[] = []) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.more = more
  }
}

/** The command cannot be understood. */
export function usageError(message: string, more: readonly string[] = []): CliError {
  return new CliError(message, EXIT.usage, more)
}

/** Something the command needs is away. */
export function unavailableError(message: string, more: readonly string[] = []): CliError {
  return new CliError(message, EXIT.unavailable, more)
}

/** Errors as a caller reads them: lines for people, an exit code for scripts. */
import { Code, ConnectError } from '@connectrpc/connect'
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  RequestInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from './error-details.ts'

/** What is wrong and what to do: the message first, then one line for each thing its details add. Nothing is said twice. */
export function describeError(error: unknown): string[] {
  if (!(error instanceof ConnectError)) return [error instanceof Error ? error.message : String(error)]
  const said = headline(error)
  return [said, ...new Set(detailLines(error, said).filter((line) => line !== '' && line !== said))]
}

/** Exit codes of the command line: 69 what is needed is away, 77 not allowed, 1 everything else. */
export function exitCodeOf(error: unknown): number {
  const code = error instanceof ConnectError ? error.code : undefined
  if (code === Code.Unavailable || code === Code.DeadlineExceeded) return 69
  if (code === Code.Unauthenticated || code === Code.PermissionDenied) return 77
  const wanted = (error as { exitCode?: unknown } | undefined)?.exitCode
  return typeof wanted === 'number' ? wanted : 1
}

/** The reasons an error gives, without the `REASON_` prefix: what a program decides by. */
export function reasonsOf(error: unknown): string[] {
  if (!(error instanceof ConnectError)) return []
  const unmet = error.findDetails(PreconditionFailureSchema).flatMap(({ violations }) => violations.map(({ type }) => type))
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations.map(({ reason }) => reason))
  // Beside unmet preconditions the fields say where they came from, and no more.
  return [...error.findDetails(ErrorInfoSchema).map(({ reason }) => reason), ...(unmet.length > 0 ? unmet : fields)]
}

function headline(error: ConnectError): string {
  const generic = error.rawMessage === '' || error.rawMessage === 'internal error'
  return generic ? `the call failed: ${Code[error.code]}` : error.rawMessage
}

function detailLines(error: ConnectError, said: string): string[] {
  // Where the headline has the text already, what is left to say is what it is about.
  const named = (what: string, name: string, text: string) => {
    if (text === '' || name === '' || text.includes(name)) return said.startsWith(text) ? '' : text
    return said.startsWith(text) ? `${what}: ${name}` : `${name}: ${text}`
  }
  return [
    ...error
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations.map(({ field, description }) => named('field', field, description))),
    ...error
      .findDetails(PreconditionFailureSchema)
      .flatMap(({ violations }) => violations.map(({ subject, description }) => named('subject', subject, description))),
    ...error
      .findDetails(QuotaFailureSchema)
      .flatMap(({ violations }) => violations.map(({ subject, description }) => named('limit', subject, description))),
    ...error
      .findDetails(ErrorInfoSchema)
      .flatMap(({ metadata }) => Object.entries(metadata).map(([name, value]) => `${name}: ${value}`)),
    ...error.findDetails(ResourceInfoSchema).map(({ description }) => description),
    ...error.findDetails(RetryInfoSchema).map(({ retryDelay }) => retryLine(retryDelay)),
    ...error.findDetails(RequestInfoSchema).map(({ requestId }) => `request: ${requestId}`),
  ]
}

function retryLine(delay: { seconds: bigint; nanos: number } | undefined): string {
  return delay ? `try again in ${Number(delay.seconds) + delay.nanos / 1e9} s` : ''
}

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
import { tlsFaultOf } from './tls-fault.ts'

/** One thing that is wrong, where the error says so field by field. What is not known is empty. */
interface DescribedViolation {
  /** Path of the request's field, such as `changes[2].put.ttl`. */
  readonly field: string
  /** A name of `zonecast.error.v1.Reason` without its prefix, or of a rule of the schema. */
  readonly reason: string
  readonly subject: string
  readonly description: string
}

/** What is wrong and what to do: the message first, then one line for each thing its details add. Nothing is said twice. */
export function describeError(error: unknown): string[] {
  const fault = tlsFaultOf(error)
  if (fault) return [fault.message, fault.advice]
  if (!(error instanceof ConnectError)) return [error instanceof Error ? error.message : String(error)]
  const said = headline(error)
  const lines = [...violationLines(violationsOf(error), said), ...detailLines(error, said)]
  return [said, ...new Set(lines.filter((line) => line !== '' && line !== said))]
}

/** An error as a program reads it; `null` where it does not say. */
export function errorReport(error: unknown) {
  const told = error instanceof ConnectError ? error : undefined
  const [retry] = told?.findDetails(RetryInfoSchema) ?? []
  const [info] = told?.findDetails(ErrorInfoSchema) ?? []
  const [request] = told?.findDetails(RequestInfoSchema) ?? []
  const [resource] = told?.findDetails(ResourceInfoSchema) ?? []
  const limits = told?.findDetails(QuotaFailureSchema).flatMap(({ violations }) => violations) ?? []
  return {
    code: told ? codeName(told.code) : 'error',
    message: describeError(error)[0] ?? '',
    reason: info?.reason ?? null,
    violations: told ? violationsOf(told) : [],
    metadata: { ...info?.metadata },
    limits: limits.map(({ subject, description }) => ({ subject, description })),
    resource: resource ? { type: resource.resourceType, name: resource.resourceName } : null,
    retrySeconds: retry?.retryDelay ? secondsOf(retry.retryDelay) : null,
    requestId: request?.requestId ?? null,
  }
}

/** Where preconditions are unmet, the fields beside them say in the same order where they came from, as far as they came from any. */
function violationsOf(error: ConnectError): DescribedViolation[] {
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  const unmet = error.findDetails(PreconditionFailureSchema).flatMap(({ violations }) => violations)
  if (unmet.length === 0) return fields.map(({ field, reason, description }) => ({ field, reason, subject: '', description }))
  let next = 0
  return unmet.map(({ type, subject, description }) => {
    const field = fields[next]?.reason === type ? fields[next++]!.field : ''
    return { field, reason: type, subject, description }
  })
}

/** Exit codes of the command line: 69 what is needed is away, 77 not allowed, 1 everything else. */
export function exitCodeOf(error: unknown): number {
  const fault = tlsFaultOf(error)
  if (fault) return fault.exitCode
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

/** Field, or subject where no field is to blame, and reason in columns, and what the headline has not said. */
function violationLines(violations: readonly DescribedViolation[], said: string): string[] {
  const rows = violations.map(({ field, subject, reason, description }) => [field || subject, reason, description] as const)
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const [placeWidth, reasonWidth] = [width(0), width(1)]
  return rows.map(([place, reason, description]) => {
    const text = description === '' || said.startsWith(description) ? '' : description
    return [place.padEnd(placeWidth), reason.padEnd(reasonWidth), text]
      .filter((cell) => cell !== '')
      .join('  ')
      .trimEnd()
  })
}

function detailLines(error: ConnectError, said: string): string[] {
  // Where the headline has the text already, what is left to say is what it is about.
  const named = (what: string, name: string, text: string) => {
    if (text === '' || name === '' || text.includes(name)) return said.startsWith(text) ? '' : text
    return said.startsWith(text) ? `${what}: ${name}` : `${name}: ${text}`
  }
  return [
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

interface Delay {
  readonly seconds: bigint
  readonly nanos: number
}

function retryLine(delay: Delay | undefined): string {
  return delay ? `try again in ${secondsOf(delay)} s` : ''
}

function secondsOf({ seconds, nanos }: Delay): number {
  return Number(seconds) + nanos / 1e9
}

/** As the Connect protocol writes it: `failed_precondition`. */
function codeName(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}

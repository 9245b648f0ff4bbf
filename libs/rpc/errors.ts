/** The one place where refusals become Connect errors. */
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
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

/** What is wrong with one field of a request, or with the zone it meets. The pure libraries' violations have this shape. */
export interface Violation {
  readonly field?: string
  /** A name of `zonecast.error.v1.Reason` without its prefix. */
  readonly reason: string
  readonly subject?: string
  readonly message: string
  readonly rfc?: string
}

type Detail = Exclude<ConnectError['details'][number], { debug?: unknown; value: Uint8Array }>

/**
 * What a refusal lists travels in trailers, in base64. Many a client takes 8 KiB of them in all, and where there are more the stream is
 * reset and the caller never learns why.
 */
const detailOctets = 4096
/** Longer texts are cut. */
const textCharacters = 400

/** A request that is not carried out, and what its caller can do about it. Thrown by the services of every app. */
export class Refusal extends Error {
  readonly code: Code
  readonly details: readonly Detail[]
  /** Goes to the log and never to the caller. */
  readonly hidden: unknown

  constructor(code: Code, message: string, details: readonly Detail[] = [], hidden?: unknown) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.details = details
    this.hidden = hidden
  }
}

export function toConnectError(refusal: Refusal): ConnectError {
  return new ConnectError(refusal.message, refusal.code, undefined, [...refusal.details])
}

/** Fix the request: one violation a field, all at once. */
export function invalidRequest(violations: readonly Violation[]): Refusal {
  const fieldViolations = thatFit(violations).map((violation) => ({
    field: violation.field ?? violation.subject ?? '',
    description: describe(violation),
    reason: violation.reason,
  }))
  const message = summary(violations, fieldViolations.length)
  return new Refusal(Code.InvalidArgument, message, [detail(BadRequestSchema, { fieldViolations })])
}

/** Fix the zone first. Which fields of the request met it stands beside, in the same order. */
export function preconditionFailed(violations: readonly Violation[]): Refusal {
  const listed = thatFit(violations)
  const failures = listed.map((violation) => ({
    type: violation.reason,
    subject: violation.subject ?? violation.field ?? '',
    description: describe(violation),
  }))
  const message = summary(violations, failures.length)
  const fields = listed.flatMap(({ field = '', reason }) => (field === '' ? [] : [{ field, reason, description: '' }]))
  const details = [detail(PreconditionFailureSchema, { violations: failures })]
  if (fields.length > 0) details.push(detail(BadRequestSchema, { fieldViolations: fields }))
  return new Refusal(Code.FailedPrecondition, message, details)
}

/** Read again and retry. */
export function versionMoved(metadata: Readonly<Record<string, string>>, message = 'the zone has moved; read it again'): Refusal {
  return new Refusal(Code.Aborted, message, [errorInfo('VERSION_MOVED', metadata)])
}

/** Start over from a snapshot, or ask for a newer version. */
export function historyPruned(
  metadata: Readonly<Record<string, string>> = {},
  message = 'that history is no longer kept; start from a snapshot',
): Refusal {
  return new Refusal(Code.OutOfRange, message, [errorInfo('HISTORY_PRUNED', metadata)])
}

/** Look elsewhere. `type` is a noun, such as `zone`. */
export function notFound(type: string, name: string, message = `there is no ${type} ${name}`): Refusal {
  return new Refusal(Code.NotFound, message, [resourceInfo(type, name, message)])
}

/** Choose another name. */
export function alreadyExists(type: string, name: string, message = `the ${type} ${name} exists already`): Refusal {
  return new Refusal(Code.AlreadyExists, message, [resourceInfo(type, name, message)])
}

/** Send less. */
export function exhausted(subject: string, description: string): Refusal {
  return new Refusal(Code.ResourceExhausted, description, [
    detail(QuotaFailureSchema, { violations: [{ subject, description }] }),
  ])
}

/** What a quota of the caller bounds. */
export interface QuotaExceeded {
  readonly principal: string
  readonly quota: string
  readonly limit: number
  readonly present: number
  /** When there is room again, where that is known. */
  readonly retryMs?: number
}

/** Use less, or come back when there is room. */
export function quotaExceeded({ principal, quota, limit, present, retryMs }: QuotaExceeded, message: string): Refusal {
  const details = [
    errorInfo('QUOTA_EXCEEDED', { principal, quota, limit: String(limit), present: String(present) }),
    detail(QuotaFailureSchema, { violations: [{ subject: `principal:${principal}`, description: message }] }),
  ]
  if (retryMs !== undefined) details.push(retryInfo(retryMs))
  return new Refusal(Code.ResourceExhausted, message, details)
}

/** Come back later. */
export function unavailable(retryMs: number, message = 'a part that is needed is away; try again'): Refusal {
  return new Refusal(Code.Unavailable, message, [retryInfo(retryMs)])
}

/** Wait for a later release. */
export function notYet(message: string): Refusal {
  return new Refusal(Code.Unimplemented, message, [errorInfo('NOT_YET', {})])
}

/** Report a bug: the caller gets a request id, the log gets the cause. */
export function internal(cause: unknown, requestId: string = crypto.randomUUID()): Refusal {
  const message = `internal error; the log has more under request ${requestId}`
  return new Refusal(Code.Internal, message, [detail(RequestInfoSchema, { requestId })], cause)
}

function detail<Schema extends DescMessage>(desc: Schema, value: MessageInitShape<Schema>): Detail {
  return { desc, value: create(desc, value) } as unknown as Detail
}

export function errorInfo(reason: string, metadata: Readonly<Record<string, string>>): Detail {
  return detail(ErrorInfoSchema, { reason, domain: 'zonecast', metadata: { ...metadata } })
}

export function retryInfo(ms: number): Detail {
  return detail(RetryInfoSchema, { retryDelay: durationFromMs(ms) })
}

function resourceInfo(resourceType: string, resourceName: string, description: string): Detail {
  return detail(ResourceInfoSchema, { resourceType, resourceName, description })
}

function describe({ message, rfc }: Violation): string {
  return rfc === undefined || message.includes(rfc) ? message : `${message} (${rfc})`
}

/** The first violation says what is wrong; the rest stand in the details, as many as fit. */
function summary(violations: readonly Violation[], listed: number): string {
  const [first] = violations
  if (!first) return 'the request is refused'
  if (violations.length === 1) return describe(shortened(first))
  const rest = `and ${violations.length - 1} more`
  return `${describe(shortened(first))} (${listed < violations.length ? `${rest}; the details list the first ${listed}` : rest})`
}

/** The first violations, as many as the trailers of a response carry; at least one. */
function thatFit(violations: readonly Violation[]): Violation[] {
  const fitting: Violation[] = []
  let octets = 0
  for (const each of violations) {
    const violation = shortened(each)
    const { field = '', subject = '', reason } = violation
    octets += Buffer.byteLength(field + subject + reason + describe(violation))
    if (octets > detailOctets && fitting.length > 0) break
    fitting.push(violation)
  }
  return fitting
}

/** A value of a request may be as long as a message; what is wrong with it is seen in its beginning. */
function shortened(violation: Violation): Violation {
  const { subject, message } = violation
  return { ...violation, message: cut(message), ...(subject !== undefined && { subject: cut(subject) }) }
}

function cut(text: string): string {
  // Not between the halves of a surrogate pair.
  return text.length > textCharacters ? `${text.slice(0, textCharacters).replace(/[\ud800-\udbff]$/, '')}…` : text
}

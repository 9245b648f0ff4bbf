/** The one place where refusals become Connect errors. */
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { type Target, targetTexts } from '@zonecast/access'
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

/** Sign in. */
export function unauthenticated(message: string): Refusal {
  return new Refusal(Code.Unauthenticated, message, [errorInfo('CREDENTIAL_INVALID', {})])
}

/** What was sent, and nothing of why it does not count: that is for the audit log. */
const wrongTexts = {
  none: 'the call shows no credential; send one that is in force, as "authorization: Bearer zc_…"',
  token: 'the token in "authorization: Bearer" is not in force; send one that is',
  password: 'the name and the password, sent as "authorization: Basic" or as "username" and "password", are not those of anybody',
  certificate:
    'the client certificate of the connection speaks for nobody, or not for one principal alone; show another, or send "authorization: Bearer zc_…"',
}

/** Send another: what was shown is not in force. */
export function notInForce(shown: keyof typeof wrongTexts): Refusal {
  return unauthenticated(wrongTexts[shown])
}

/** Show the right one: what a call showed beside the credential that admitted it was wrong. */
export function notShown(field: string, message: string): Refusal {
  return new Refusal(Code.PermissionDenied, message, [errorInfo('CREDENTIAL_INVALID', { field })])
}

/** A credential was wrong, or was not looked at; what the audit log has of it, and the caller has not. */
export class CredentialRefusal extends Refusal {
  /** The principal that the caller claimed to be; empty where there is none of that name. */
  readonly claimed: string
  /** What was wrong. */
  readonly fault: string

  constructor({ code, message, details }: Refusal, claimed: string, fault: string) {
    super(code, message, details)
    this.claimed = claimed
    this.fault = fault
  }
}

/** Wait before the next password: too many were wrong. */
export function tooManyAttempts(retryMs: number): Refusal {
  const seconds = Math.ceil(retryMs / 1_000)
  const message = `too many wrong passwords; the next one is looked at in ${seconds} s`
  const details = [errorInfo('TOO_MANY_ATTEMPTS', {}), retryInfo(seconds * 1_000)]
  return new Refusal(Code.ResourceExhausted, message, details)
}

/** Come back: many passwords are being looked at. */
export function passwordsBusy(retryMs: number): Refusal {
  const details = [errorInfo('UNAVAILABLE', {}), retryInfo(retryMs)]
  return new Refusal(Code.Unavailable, 'too many passwords are being looked at; try again', details)
}

/** Send the credential in a form that can be read. `rule` says which form, and holds nothing of what was sent. */
export function credentialMalformed(rule: string): Refusal {
  return new Refusal(Code.Unauthenticated, rule, [errorInfo('CREDENTIAL_MALFORMED', {})])
}

/** Ask for a permission, in a zone or for an RRset where that is what it was wanted for. */
export function permissionDenied(permission: string, said?: string, target: Target = {}): Refusal {
  const { zone = '', rrset = '' } = targetTexts(target)
  const what = rrset === '' ? zone : rrset
  const message = said ?? `this needs the permission ${permission}${what === '' ? '' : ` for ${what}`}`
  const where = { ...(zone !== '' && { zone }), ...(rrset !== '' && { rrset }) }
  return new Refusal(Code.PermissionDenied, message, [errorInfo('PERMISSION_MISSING', { permission, ...where })])
}

/** Ask for a permission in the zone that is there, inside which or around which another would be made. */
export function zoneOfOthers(permission: string, zone: string, where: 'inside' | 'around', other: string): Refusal {
  const message = `${zone} would lie ${where} ${other}; this needs the permission ${permission} for ${other}`
  return new Refusal(Code.PermissionDenied, message, [errorInfo('ZONE_OF_OTHERS', { permission, zone, other })])
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

function errorInfo(reason: string, metadata: Readonly<Record<string, string>>): Detail {
  return detail(ErrorInfoSchema, { reason, domain: 'zonecast', metadata: { ...metadata } })
}

function retryInfo(ms: number): Detail {
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

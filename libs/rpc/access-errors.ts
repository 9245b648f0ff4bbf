/** Refusals of who calls: for a credential, or for a permission that is missing. */
import { Code } from '@connectrpc/connect'
import { type Target, targetTexts } from '@zonecast/access'
import { errorInfo, Refusal, retryInfo } from './errors.ts'

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

/** What lines of the audit log tell of access, and never a secret. */
import { typeToText } from '@zonecast/dns'
import { Refused } from '../refused.ts'
import type { PrincipalTable } from '../schema.ts'
import type { CredentialRecord, GrantInput } from './access-port.ts'

export function told({ kind, display, disabled, placements }: PrincipalTable): object {
  return { kind, display, disabled: disabled !== 0, placements: JSON.parse(placements) as string[] }
}

export function toldGrant({ role, permissions, zones, names, types, apex }: GrantInput): object {
  return { ...(role === '' ? { permissions } : { role }), zones, names, types: types.map(typeToText), apex }
}

export function toldCredential({ kind, label, expiresAtMs, fingerprint, subject }: CredentialRecord): object {
  const certificate = kind === 'certificate' ? { fingerprint, subject } : {}
  return { kind, label, ...certificate, ...(expiresAtMs > 0 && { expires: new Date(expiresAtMs).toISOString() }) }
}

export function refusedFor(violation: { field: string; subject: string; reason: string; message: string }): Refused {
  return new Refused({ kind: 'precondition', violations: [violation] })
}

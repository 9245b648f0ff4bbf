/** Principals and credentials for the laws about access. */
import { createHash } from 'node:crypto'
import type { AddCredentialInput, CreatePrincipalInput, GrantInput } from '../access/access-port.ts'
import { context, zone } from './fixture.ts'

export const hash = (text: string) => new Uint8Array(createHash('sha256').update(text).digest())
export const editor: GrantInput = { role: 'editor', permissions: [], zones: zone, names: '*', types: [], apex: false }

export function person(name: string, input: Partial<CreatePrincipalInput> = {}): CreatePrincipalInput {
  return { ...context(), name, kind: 'person', display: '', placements: [], grants: [], ...input }
}

export function token(holder: string, text: string, input: Partial<AddCredentialInput> = {}): AddCredentialInput {
  return { ...context(), holder, kind: 'token', label: '', expiresAtMs: 0, sha256: hash(text), ...input }
}

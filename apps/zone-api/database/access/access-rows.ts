/** Rows of the tables about access as records. */
import { defaultPlacement } from '../zone-database.ts'
import type { CredentialTable, GrantTable, PrincipalCredentialTable, PrincipalTable } from '../schema.ts'
import type {
  CredentialRecord,
  GrantInput,
  GrantRecord,
  Identity,
  PrincipalKind,
  PrincipalRecord,
  ProgramKind,
} from './access-port.ts'

export function principalOfRow(row: PrincipalTable): PrincipalRecord {
  const { name, kind, display, disabled, placements, created_at: createdAt, created_by: createdBy } = row
  const made = { createdAtMs: Number(createdAt), createdBy, isBootstrap: false }
  const edge = kind === 'edge' ? { edgeId: name, placements: placementsOf(placements) } : { edgeId: '', placements: [] }
  return { name, kind, display, disabled: disabled !== 0, ...edge, ...made }
}

/** What an edge follows, of which a column lists none or some. */
export function placementsOf(column: string): string[] {
  const named = JSON.parse(column) as string[]
  return named.length > 0 ? named : [defaultPlacement]
}

export function grantOfRow(row: GrantTable): GrantRecord {
  const { id, principal, role, permissions, zones, names, types, apex, created_at: createdAt, created_by: createdBy } = row
  const covers = { zones, names, types: JSON.parse(types) as number[], apex: apex !== 0 }
  const gives = { role, permissions: JSON.parse(permissions) as string[] }
  return { id, principal, ...gives, ...covers, createdAtMs: Number(createdAt), createdBy }
}

export function rowOfGrant({ id, principal, createdAtMs, createdBy, ...input }: GrantRecord): GrantTable {
  const { role, permissions, zones, names, types, apex } = input
  const lists = { permissions: JSON.stringify(permissions), types: JSON.stringify(types) }
  return { id, principal, role, zones, names, apex: apex ? 1 : 0, ...lists, created_at: createdAtMs, created_by: createdBy }
}

/** True for grants that give the same for the same. */
export function isSameGrant(a: GrantInput, b: GrantInput): boolean {
  const textOf = ({ role, permissions, zones, names, types, apex }: GrantInput) =>
    JSON.stringify([role, permissions.toSorted(), zones, names, types.toSorted((one, other) => one - other), apex])
  return textOf(a) === textOf(b)
}

export function isInForce({ revoked_at: revokedAt, expires_at: end }: PrincipalCredentialTable, now: number): boolean {
  return Number(revokedAt) === 0 && (Number(end) === 0 || Number(end) > now)
}

export function credentialOfRow(row: PrincipalCredentialTable): CredentialRecord {
  const { id, principal, kind, label, fingerprint, subject, created_by: createdBy } = row
  const times = {
    createdAtMs: Number(row.created_at),
    expiresAtMs: Number(row.expires_at),
    lastUsedAtMs: Number(row.last_used_at),
    revokedAtMs: Number(row.revoked_at),
  }
  return { id, principal, kind, label, fingerprint, subject, createdBy, ...times }
}

/** The whole of a role over every zone: what programs, and credentials of the bootstrap file, have from the start. */
export function wholeRole(role: string): GrantInput {
  return { role, permissions: [], zones: '*', names: '*', types: [], apex: true }
}

/** True for a grant over everything. */
export function coversAll({ zones, names, types, apex }: GrantInput): boolean {
  return zones === '*' && names === '*' && types.length === 0 && apex
}

const programs: ReadonlySet<string> = new Set<ProgramKind>(['edge', 'publisher', 'transfer-agent'])

/** True for the kind, and the role, of what carries zones. It owns none: its credentials lie where zones are served, and must not change them. */
export function isProgram(text: string): text is ProgramKind {
  return programs.has(text)
}

export function kindOfBootstrap({ role }: Pick<CredentialTable, 'role'>): PrincipalKind {
  return isProgram(role) ? role : 'service'
}

export function identityOfBootstrap(row: CredentialTable, owned: readonly string[]): Identity {
  const { principal: name, role, edge_id: edgeId, placements, created_at: createdAt } = row
  const made = { createdAtMs: Number(createdAt), createdBy: '' }
  const kind = kindOfBootstrap(row)
  const followed = edgeId === '' ? [] : placementsOf(placements)
  const of = { display: '', disabled: false, edgeId, placements: followed, isBootstrap: true }
  const grant = { id: `bootstrap-${name}`, principal: name, ...wholeRole(role), ...made }
  return { principal: { name, kind, ...of, ...made }, grants: [grant], owned }
}

/** A principal as the guard knows it, with its grants read once. */
import {
  everyName,
  type Grant,
  isRole,
  parseNamePattern,
  parseZonePattern,
  permissionsOf,
  type Role,
  ROLE_PERMISSIONS,
  roleGrant,
} from '@zonecast/access'
import { foldName, parseName } from '@zonecast/dns'
import type { Principal } from '@zonecast/rpc'
import type { GrantRecord, Identity } from '../database/access/access-port.ts'
import { coversAll, isProgram } from '../database/access/access-rows.ts'

export function principalFrom({ principal, grants: records, owned }: Identity): Principal {
  const { name, kind, edgeId, placements } = principal
  const given = records.flatMap((record) => grantFrom(record) ?? [])
  const grants = isProgram(kind) ? given : [...given, ...owned.map(ownersGrant)]
  // Of people and services it is the role of their first grant.
  const role = isProgram(kind) ? kind : (grants.find((grant) => grant.role)?.role ?? 'viewer')
  return { name, role, grants, permissions: permissionsOf(grants), ...(edgeId && { edgeId, placements }) }
}

/** Undefined for a role that this version does not know: it gives nothing. */
export function grantFrom(record: GrantRecord): Grant | undefined {
  const { id, role, permissions, zones, names, types, apex } = record
  if (role !== '' && !isRole(role)) return undefined
  if (role !== '' && coversAll(record)) return { ...roleGrant(role), id }
  const given = role === '' ? { permissions: new Set(permissions) } : { role, permissions: ROLE_PERMISSIONS[role] }
  return {
    id,
    ...given,
    zones: parseZonePattern(zones),
    names: parseNamePattern(names),
    types: new Set(types),
    apex,
  }
}

/** What an owner has in its zone. */
export function ownersGrant(zone: string): Grant {
  const name = foldName(parseName(zone))
  const role: Role = 'zone-owner'
  const covers = { zones: { kind: 'zone', name } as const, names: everyName, types: new Set<number>(), apex: true }
  return { id: `owner-${zone}`, role, permissions: ROLE_PERMISSIONS[role], ...covers }
}

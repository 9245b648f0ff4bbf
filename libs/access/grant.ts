/** A grant: permissions, and the zones, owner names and types they are for. */
import { TYPE } from '@zonecast/dns'
import { everyName, formatNamePattern, type NamePattern } from './name-pattern.ts'
import { concernsZone, givenToRestricted, isGivenBySome, type Role, ROLE_PERMISSIONS } from './roles.ts'
import { everyZone, type ZonePattern } from './zone-pattern.ts'

export interface Grant {
  readonly id: string
  /** Where a role brings the permissions. */
  readonly role?: Role
  readonly permissions: ReadonlySet<string>
  readonly zones: ZonePattern
  readonly names: NamePattern
  /** Numbers of RR types; none means all. */
  readonly types: ReadonlySet<number>
  /** Whether the SOA and the NS RRset of the apex are among them. */
  readonly apex: boolean
}

/** Who has grants. */
export interface Holder {
  readonly grants: readonly Grant[]
}

/** The whole of a role, over every zone. */
export function roleGrant(role: Role): Grant {
  return wholeRoles[role]
}

const wholeRoles = Object.fromEntries(
  Object.entries(ROLE_PERMISSIONS).map(([role, permissions]) => [
    role,
    { id: `role-${role}`, role: role as Role, permissions, zones: everyZone, names: everyName, types: new Set(), apex: true },
  ]),
) as unknown as Record<Role, Grant>

/** True for a grant that does not cover all RRsets of its zones: it says nothing about zones as wholes. */
export function isRestricted({ names, types, apex }: Pick<Grant, 'names' | 'types' | 'apex'>): boolean {
  return !apex || types.size > 0 || names.kind !== 'every'
}

/** Whether a grant has the SOA and NS of the apex where nothing is said: people edit RRsets without, and whole zones with them. */
export function apexByDefault(role: Role | undefined, names: NamePattern, types: readonly number[]): boolean {
  return role !== undefined && role !== 'editor' && formatNamePattern(names) === '*' && types.length === 0
}

/** True when a grant gives a permission for anything at all. */
export function gives(grant: Grant, permission: string): boolean {
  if (!grant.permissions.has(permission)) return false
  return (grant.zones.kind === 'every' || isGivenBySome(permission)) && (givenToRestricted(permission) || !isRestricted(grant))
}

/** `all` is lacked by a grant that is limited to some RRsets, where the permission concerns no zone. */
export type Nothing = 'zones' | 'whole' | 'all' | 'apex' | 'soa'

/** Why a grant gives a permission that it names for nothing; undefined where it gives it for something. */
export function whyNothing(grant: Omit<Grant, 'id' | 'permissions'>, permission: string): Nothing | undefined {
  if (grant.zones.kind !== 'every' && !isGivenBySome(permission)) return 'zones'
  if (!isRestricted(grant)) return undefined
  if (!givenToRestricted(permission)) return concernsZone(permission) ? 'whole' : 'all'
  return permission === 'record.write' ? whyNoRRset(grant) : undefined
}

/** The SOA stands at the apex alone; NS stands below as well. */
function whyNoRRset({ names, types, apex }: Pick<Grant, 'names' | 'types' | 'apex'>): Nothing | undefined {
  const isOfApex = names.kind === 'name' && names.labels.length === 0
  const isElsewhere = (type: number) => type !== TYPE.SOA && (type !== TYPE.NS || !isOfApex)
  if (types.size === 0 || [...types].some(isElsewhere)) return undefined
  if (!isOfApex && names.kind !== 'every') return 'soa'
  return apex ? undefined : 'apex'
}

/** What the grants give for anything at all: enough to turn a call away before its body is read, and not to admit it. */
export function permissionsOf(grants: readonly Grant[]): ReadonlySet<string> {
  const [only] = grants
  if (grants.length === 1 && only === (only?.role && wholeRoles[only.role])) return only!.permissions
  return new Set(grants.flatMap((grant) => [...grant.permissions].filter((permission) => gives(grant, permission))))
}

/** Whether grants allow something, by which one, and what the others lack. */
import { equalNames, formatName, type Name, TYPE, typeToText, zoneKeyOf } from '@zonecast/dns'
import { type Grant, type Holder, isRestricted } from './grant.ts'
import { coversName } from './name-pattern.ts'
import { concernsZone, givenToRestricted } from './roles.ts'
import { coversZone } from './zone-pattern.ts'

/** What a permission is wanted for: nothing of a zone, a zone as a whole, or one RRset of it. */
export interface Target {
  readonly zone?: Name
  readonly owner?: Name
  readonly type?: number
}

/** The zone and the RRset, as people and the audit log read them; undefined where the target names none. */
export function targetTexts({ zone, owner, type }: Target): { readonly zone?: string; readonly rrset?: string } {
  const rrset = owner && `${formatName(owner)}${type === undefined ? '' : ` ${typeToText(type)}`}`
  return { ...(zone && { zone: zoneKeyOf(zone) }), ...(rrset && { rrset }) }
}

/** What a grant lacks. `whole` is lacked by one that is limited to some RRsets, where the zone as a whole is at stake. */
export type Lack = 'permission' | 'zone' | 'name' | 'type' | 'apex' | 'whole'

export interface Explanation {
  /** The grant that allows it. */
  readonly grant: Grant | undefined
  /** Where none does: what each grant lacks, the nearest first. */
  readonly misses: readonly { readonly grant: Grant; readonly lacks: readonly Lack[] }[]
}

/** The first grant that allows it. */
export function allows({ grants }: Holder, permission: string, target: Target = {}): Grant | undefined {
  for (const grant of grants) if (firstLack(grant, permission, target) === undefined) return grant
  return undefined
}

export function explain({ grants }: Holder, permission: string, target: Target = {}): Explanation {
  const tried = grants.map((grant) => ({ grant, lacks: [...lacksOf(grant, permission, target)] }))
  const grant = tried.find(({ lacks }) => lacks.length === 0)?.grant
  return { grant, misses: grant ? [] : tried.toSorted((a, b) => a.lacks.length - b.lacks.length) }
}

function firstLack(grant: Grant, permission: string, target: Target): Lack | undefined {
  if (!grant.permissions.has(permission)) return 'permission'
  return lacksOf(grant, permission, target).next().value ?? undefined
}

function* lacksOf(grant: Grant, permission: string, { zone, owner, type }: Target): Generator<Lack, void> {
  if (!grant.permissions.has(permission)) yield 'permission'
  if (!coversZone(grant.zones, concernsZone(permission) ? zone : undefined)) yield 'zone'
  if (!isRestricted(grant)) return
  if (!givenToRestricted(permission)) return yield 'whole'
  // Who may read in a zone may read all of it: only writing is by RRset.
  if (permission !== 'record.write') return
  if (zone === undefined || owner === undefined || type === undefined) return yield 'whole'
  if (!coversName(grant.names, owner, zone)) yield 'name'
  if (grant.types.size > 0 && !grant.types.has(type)) yield 'type'
  if (!grant.apex && isApexRRset(zone, owner, type)) yield 'apex'
}

/** The SOA and the NS RRset of the apex say who serves the zone. */
function isApexRRset(zone: Name, owner: Name, type: number): boolean {
  return (type === TYPE.SOA || type === TYPE.NS) && equalNames(owner, zone)
}

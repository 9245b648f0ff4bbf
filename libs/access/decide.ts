/** Whether grants allow something, by which one, and what the others lack. */
import { equalNames, formatName, type Name, nameKey, TYPE, typeToText, zoneKeyOf } from '@zonecast/dns'
import { type Grant, type Holder, isRestricted } from './grant.ts'
import { coversName } from './name-pattern.ts'
import { concernsZone, givenToRestricted, isOfOneself } from './roles.ts'
import { coversZone, type ZonePattern } from './zone-pattern.ts'

/** What a permission is wanted for: nothing of a zone, a zone as a whole, one RRset of it, or, without a type, some RRset of a name. */
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

/** A grant that allows it. */
export function allows({ grants }: Holder, permission: string, target: Target = {}): Grant | undefined {
  if (grants.length <= mostInTurn || isOfOneself(permission)) return grants.find((grant) => isAllowed(grant, permission, target))
  const { ofZones, ofMany } = indexOf(grants)
  const here = target.zone ? ofZones.get(nameKey(target.zone)) : undefined
  const isFit = (grant: Grant) => isAllowed(grant, permission, target)
  return here?.find(isFit) ?? ofMany.find(isFit)
}

/** So many are tried one after the other; of more, those for the one zone are looked up: owners have one for each of theirs. */
const mostInTurn = 16

interface GrantIndex {
  readonly ofZones: ReadonlyMap<string, readonly Grant[]>
  readonly ofMany: readonly Grant[]
}

const indexes = new WeakMap<readonly Grant[], GrantIndex>()

function indexOf(grants: readonly Grant[]): GrantIndex {
  let index = indexes.get(grants)
  if (!index) {
    const ofZones = new Map<string, Grant[]>()
    const ofMany: Grant[] = []
    for (const grant of grants) {
      const { zones } = grant
      if (zones.kind !== 'zone') ofMany.push(grant)
      else if (!ofZones.get(nameKey(zones.name))?.push(grant)) ofZones.set(nameKey(zones.name), [grant])
    }
    index = { ofZones, ofMany }
    indexes.set(grants, index)
  }
  return index
}

export function explain(holder: Holder, permission: string, target: Target = {}): Explanation {
  const grant = allows(holder, permission, target)
  if (grant) return { grant, misses: [] }
  const tried = holder.grants.map((each) => ({ grant: each, lacks: [...lacksOf(each, permission, target)] }))
  return { grant, misses: tried.toSorted((a, b) => a.lacks.length - b.lacks.length) }
}

/** True where `lacksOf` has nothing to say; on the way of every call, so without what a generator costs. */
function isAllowed(grant: Grant, permission: string, { zone, owner, type }: Target): boolean {
  const { permissions, zones, names, types, apex } = grant
  if (!permissions.has(permission) || !covers(zones, permission, zone)) return false
  if (!isRestricted(grant)) return true
  if (permission !== 'record.write') return givenToRestricted(permission)
  if (zone === undefined || owner === undefined || !coversName(names, owner, zone)) return false
  return type === undefined || ((types.size === 0 || types.has(type)) && (apex || !isApexRRset(zone, owner, type)))
}

function* lacksOf(grant: Grant, permission: string, { zone, owner, type }: Target): Generator<Lack, void> {
  if (!grant.permissions.has(permission)) yield 'permission'
  if (!covers(grant.zones, permission, zone)) yield 'zone'
  if (!isRestricted(grant)) return
  if (!givenToRestricted(permission)) return yield 'whole'
  // Who may read in a zone may read all of it: only writing is by RRset.
  if (permission !== 'record.write') return
  if (zone === undefined || owner === undefined) return yield 'whole'
  if (!coversName(grant.names, owner, zone)) yield 'name'
  if (type === undefined) return
  if (grant.types.size > 0 && !grant.types.has(type)) yield 'type'
  if (!grant.apex && isApexRRset(zone, owner, type)) yield 'apex'
}

function covers(zones: ZonePattern, permission: string, zone: Name | undefined): boolean {
  return isOfOneself(permission) || coversZone(zones, concernsZone(permission) ? zone : undefined)
}

/** The SOA and the NS RRset of the apex say who serves the zone. */
function isApexRRset(zone: Name, owner: Name, type: number): boolean {
  return (type === TYPE.SOA || type === TYPE.NS) && equalNames(owner, zone)
}

/** Who may do what in a zone: each call is decided by what it is about, before the database is asked whether that exists. */
import { allows, gives, type Holder } from '@zonecast/access'
import { Code, type HandlerContext } from '@connectrpc/connect'
import { type Name, parseName, zoneKeyOf } from '@zonecast/dns'
import { denial, type Principal, principalOf, Refusal, requirePermission, zoneOfOthers } from '@zonecast/rpc'
import { afterOwnerKey, afterSubtreeKey, compareKeys, ownerKey } from '@zonecast/zone'
import type { ZoneSpan } from '../database/search/search-port.ts'
import type { ZoneReads } from '../database/zone-database.ts'

type Context = Pick<HandlerContext, 'values' | 'method'>

/** What a change touches, or would. */
export interface Touched {
  readonly owner: Name
  readonly type: number
}

/** Refuses a change of an RRset that the caller may not write. One that touches none asks for what reading asks. */
export function demandWrites(context: Context, zone: Name, touched: Iterable<Touched>): void {
  let isEmpty = true
  const isWhole = allows(principalOf(context), 'record.write', { zone }) !== undefined
  for (const { owner, type } of touched) {
    isEmpty = false
    // Who may write everything in the zone is not asked about each of many changes.
    if (isWhole) break
    requirePermission(context, 'record.write', { zone, owner, type })
  }
  if (isEmpty) requirePermission(context, 'record.read', { zone })
}

/** For lists and streams: whether the caller has a permission in a zone. Undefined where it has it in every zone. */
export function readerOf(context: Pick<HandlerContext, 'values'>, permission: string): ((zone: string) => boolean) | undefined {
  const principal = principalOf(context)
  if (allows(principal, permission)) return undefined
  return (zone) => allows(principal, permission, { zone: parseName(zone) }) !== undefined
}

const remembered = new WeakMap<Principal, Map<string, readonly ZoneSpan[] | undefined>>()

/** The zones in which the caller has a permission, as spans of their order; undefined where it has it in every zone. */
export function spansOf(context: Pick<HandlerContext, 'values'>, permission: string): readonly ZoneSpan[] | undefined {
  const principal = principalOf(context)
  const known = remembered.get(principal) ?? new Map<string, readonly ZoneSpan[] | undefined>()
  remembered.set(principal, known)
  if (!known.has(permission)) known.set(permission, spansFrom(principal, permission))
  return known.get(permission)
}

function spansFrom({ grants }: Principal, permission: string): readonly ZoneSpan[] | undefined {
  const spans: ZoneSpan[] = []
  for (const grant of grants) {
    if (!gives(grant, permission)) continue
    const { zones } = grant
    if (zones.kind === 'every') return undefined
    spans.push(zones.kind === 'zone' ? spanOfZone(zones.name) : spanBelow(zones.name))
  }
  // One is inside another or apart from it: no zone stands in two that are left.
  const apart: ZoneSpan[] = []
  for (const span of spans.toSorted((a, b) => compareKeys(a.after, b.after) || compareKeys(b.to, a.to))) {
    const last = apart.at(-1)
    if (!last || compareKeys(span.to, last.to) > 0) apart.push(span)
  }
  return apart
}

/** Nothing stands between a key and the key without its last octet, but what is above it. */
function spanOfZone(name: Name): ZoneSpan {
  return { after: ownerKey(0, name).subarray(0, -1), to: afterOwnerKey(0, name) }
}

function spanBelow(name: Name): ZoneSpan {
  return { after: ownerKey(0, name), to: afterSubtreeKey(0, name) }
}

const zonesAtOnce = 500

type Around = Pick<ZoneReads, 'zonesAround'>

/** What the database is told of who makes a zone. */
interface Creation {
  readonly owners: readonly string[]
  readonly makesWithin?: readonly ZoneSpan[]
}

/**
 * Refuses to make a zone inside one where the caller has no `zone.create`, or around one. Where nothing encloses it, the permission is
 * wanted for the new zone itself. The owner of the new zone is the caller, unless it may make zones everywhere. The database looks at
 * the zones around once more when it makes the zone.
 */
export async function demandCreation(database: Around, context: Context, apex: Name): Promise<Creation> {
  const principal = principalOf(context)
  if (allows(principal, create)) return { owners: [] }
  const { zone, other } = await creationAsks(database, principal, apex)
  if (other) throw denied(context, apex, other)
  requirePermission(context, create, { zone })
  return { owners: [principal.name], ...madeWithin(context) }
}

/** Where the caller may make zones; empty where that is everywhere. */
export function madeWithin(context: Pick<HandlerContext, 'values'>): { readonly makesWithin?: readonly ZoneSpan[] } {
  const makesWithin = spansOf(context, create)
  return makesWithin ? { makesWithin } : {}
}

/** Others may have made zones meanwhile, and the database has said so: it is a denial as any other. */
export function tellPlaced(context: Context, apex: Name, refusal: unknown): void {
  if (refusal instanceof Refusal && refusal.code === Code.PermissionDenied) denial(context, create, { zone: apex })
}

/** Refuses a zone inside one where the caller has no `zone.create`, or around one. */
export async function demandPlace(database: Around, context: Context, apex: Name): Promise<void> {
  const principal = principalOf(context)
  if (allows(principal, create)) return
  const other = await strangerBy(database, principal, apex, await enclosingOf(database, apex))
  if (other) throw denied(context, apex, other)
}

function denied(context: Context, apex: Name, { where, zone }: Neighbour): Refusal {
  denial(context, create, { zone: parseName(zone) })
  return zoneOfOthers(create, zoneKeyOf(apex), where, zone)
}

async function enclosingOf(database: Around, apex: Name): Promise<string | undefined> {
  return (await database.zonesAround({ apex, limit: 0 })).enclosing
}

const create = 'zone.create'

/** A zone that a new one would lie inside or around. */
interface Neighbour {
  readonly zone: string
  readonly where: 'inside' | 'around'
}

/** The first in which a principal may make none. */
async function strangerBy(
  database: Around,
  principal: Holder,
  apex: Name,
  enclosing: string | undefined,
): Promise<Neighbour | undefined> {
  const isStrange = (zone: string) => !allows(principal, create, { zone: parseName(zone) })
  if (enclosing !== undefined && isStrange(enclosing)) return { zone: enclosing, where: 'inside' }
  for (let after: string | undefined; ;) {
    const { inside } = await database.zonesAround({ apex, limit: zonesAtOnce, ...(after !== undefined && { after }) })
    const zone = inside.find(isStrange)
    if (zone !== undefined) return { zone, where: 'around' }
    after = inside.at(-1)
    if (inside.length < zonesAtOnce) return undefined
  }
}

/** In which zone `zone.create` is wanted for a new one, and which one, not the principal's, it would lie by. */
export async function creationAsks(database: Around, principal: Holder, apex: Name): Promise<{ zone: Name; other?: Neighbour }> {
  if (allows(principal, create)) return { zone: apex }
  const enclosing = await enclosingOf(database, apex)
  const isInOwn = enclosing !== undefined && allows(principal, create, { zone: parseName(enclosing) })
  // Who may make neither is not told that there is one.
  if (!isInOwn && !allows(principal, create, { zone: apex })) return { zone: apex }
  const other = await strangerBy(database, principal, apex, enclosing)
  if (other) return { zone: parseName(other.zone), other }
  return { zone: isInOwn ? parseName(enclosing) : apex }
}

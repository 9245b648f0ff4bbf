/** From edits to a delta, and what it comes to in numbers. */
import { encodeRR, equalBytes, type Name, ownerEnd, type RR, rrsigCovered, TYPE } from '@zonecast/dns'
import { packRRs } from './delta.ts'
import { compareOwners, compareStored } from './order.ts'
import type { Delta } from './types.ts'
import type { OwnerEdit, RRsets, ZoneEdit } from './zone-edit.ts'

export interface Difference {
  readonly delta: Delta
  /** RRs added and removed; one whose TTL or case changes is both. */
  readonly added: number
  readonly removed: number
  /** RRsets that come to be and that cease to be, by owner and type. */
  readonly addedRRsets: number
  readonly removedRRsets: number
  /** The largest TTL that changed RRsets had before, in seconds; 0 when all are new. */
  readonly oldTtl: number
  /** Owners of what changes, in canonical order. */
  readonly names: readonly Name[]
}

/** What differs after the edits. */
export function differenceOf(edit: ZoneEdit): Difference {
  const removed: Uint8Array[] = []
  const added: Uint8Array[] = []
  let addedRRsets = 0
  let removedRRsets = 0
  let oldTtl = 0
  for (const touched of edit.edits()) {
    oldTtl = Math.max(oldTtl, collect(touched, removed, added))
    const before = rrsetKeys(touched.before)
    const after = rrsetKeys(touched.after)
    for (const key of before) if (!after.has(key)) removedRRsets++
    for (const key of after) if (!before.has(key)) addedRRsets++
  }
  removed.sort((a, b) => compareStored(a, b))
  added.sort((a, b) => compareStored(a, b))
  const delta = { removed: packRRs(removed), added: packRRs(added) }
  const names = ownersOf([...removed, ...added])
  return { delta, added: added.length, removed: removed.length, addedRRsets, removedRRsets, oldTtl, names }
}

/** Adds the RRs of an owner that differ to both lists, and returns the largest TTL that the RRsets among them had. */
function collect({ before, after }: OwnerEdit, removed: Uint8Array[], added: Uint8Array[]): number {
  let oldTtl = 0
  for (const type of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(type)
    const now = after.get(type)
    if (old === now) continue
    const changes = removed.length + added.length
    for (const [key, rr] of old ?? []) if (!isSame(rr, now?.get(key))) removed.push(encodeRR(rr))
    for (const [key, rr] of now ?? []) if (!isSame(rr, old?.get(key))) added.push(encodeRR(rr))
    if (removed.length + added.length > changes) for (const rr of old?.values() ?? []) oldTtl = Math.max(oldTtl, rr.ttl)
  }
  return oldTtl
}

/** The same octets as stored. */
function isSame(a: RR, b: RR | undefined): boolean {
  if (a === b || b === undefined) return a === b
  return a.ttl === b.ttl && equalBytes(a.owner, b.owner) && equalBytes(a.rdata, b.rdata)
}

/** RRsets of an owner by space and type: RRSIGs over NSEC3 stand apart from others. */
function rrsetKeys(rrsets: RRsets): Set<string> {
  const keys = new Set<string>()
  for (const [type, values] of rrsets) {
    if (type !== TYPE.RRSIG) keys.add(`${type}`)
    else for (const rr of values.values()) keys.add(rrsigCovered(rr.rdata) === TYPE.NSEC3 ? `${type} 1` : `${type}`)
  }
  return keys
}

function ownersOf(stored: readonly Uint8Array[]): Name[] {
  const owners = stored.map((rr) => rr.subarray(0, ownerEnd(rr, 0))).toSorted((a, b) => compareOwners(a, 0, b, 0))
  return owners.filter((owner, i) => i === 0 || compareOwners(owner, 0, owners[i - 1]!, 0) !== 0)
}

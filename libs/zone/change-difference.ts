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
    for (const key of before.keys()) if (!after.has(key)) removedRRsets++
    for (const key of after.keys()) if (!before.has(key)) addedRRsets++
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
  for (const [type, old] of before) {
    const now = after.get(type)
    if (old === now) continue
    const changes = removed.length + added.length
    for (const [key, rr] of old) if (!isSame(rr, now?.get(key))) removed.push(encodeRR(rr))
    for (const [key, rr] of now ?? []) if (!isSame(rr, old.get(key))) added.push(encodeRR(rr))
    if (removed.length + added.length > changes) for (const rr of old.values()) oldTtl = Math.max(oldTtl, rr.ttl)
  }
  for (const [type, now] of after) if (!before.has(type)) for (const rr of now.values()) added.push(encodeRR(rr))
  return oldTtl
}

/** The same octets as stored. */
function isSame(a: RR, b: RR | undefined): boolean {
  if (a === b || b === undefined) return a === b
  return a.ttl === b.ttl && equalBytes(a.owner, b.owner) && equalBytes(a.rdata, b.rdata)
}

/** RRSIGs over NSEC3 stand in a space of their own: a number that no type has. */
const nsec3Signatures = -1

/** RRsets of an owner by space and type. */
function rrsetKeys(rrsets: RRsets): RRsets | Set<number> {
  const signatures = rrsets.get(TYPE.RRSIG)
  if (signatures === undefined) return rrsets
  const keys = new Set(rrsets.keys())
  keys.delete(TYPE.RRSIG)
  for (const { rdata } of signatures.values()) keys.add(rrsigCovered(rdata) === TYPE.NSEC3 ? nsec3Signatures : TYPE.RRSIG)
  return keys
}

function ownersOf(stored: readonly Uint8Array[]): Name[] {
  const owners = stored.map((rr) => rr.subarray(0, ownerEnd(rr, 0))).toSorted((a, b) => compareOwners(a, 0, b, 0))
  return owners.filter((owner, i) => i === 0 || compareOwners(owner, 0, owners[i - 1]!, 0) !== 0)
}

/** The last deltas of each zone, so that holders of older versions need no snapshot. */
import { netDeltas, type Delta, type ZoneState } from '@zonecast/zone'
import { decodeState, encodeState, journalKey, journalRange, type StoredZone } from './layout.ts'
import type { Database } from './page-reader.ts'
import { readSpare } from './seal.ts'

/** A delta above this is not kept: a walk serves better. */
const largestDelta = 1_000_000
const stateOctets = 53

export interface JournalEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** The entry of the step from `base` to `state`; undefined where the step is too large to keep. */
export function journalEntry(zone: number, base: ZoneState, state: ZoneState, delta: Delta): JournalEntry | undefined {
  const octets = delta.removed.length + delta.added.length
  if (octets > largestDelta || base.generation !== state.generation) return undefined
  const value = Buffer.allocUnsafe(stateOctets + 4 + octets)
  encodeState(value, 0, base)
  value.writeUInt32BE(delta.removed.length, stateOctets)
  value.set(delta.removed, stateOctets + 4)
  value.set(delta.added, stateOctets + 4 + delta.removed.length)
  return { key: journalKey(zone, state.generation, state.version), value }
}

/** Looked for so often, since the scan costs a tenth of a small change; each time more are found than have come since. */
const versionsBetweenScans = 8n
const entriesOfOneScan = 16

/** Keys of entries that are older than the newest `keep`, some at a time. */
export function outdatedEntries(database: Database, zone: number, keep: number, base: ZoneState, state: ZoneState): Uint8Array[] {
  if (base.version / versionsBetweenScans === state.version / versionsBetweenScans) return []
  const { start, end } = journalRange(zone)
  const oldest = state.version >= BigInt(keep) ? journalKey(zone, state.generation, state.version - BigInt(keep) + 1n) : start
  const limit = Buffer.compare(oldest, end) < 0 ? oldest : end
  return [...database.getKeys({ start, end: limit, limit: entriesOfOneScan })]
}

/**
 * All steps from `base` to what the store has, netted; undefined where one is missing or the whole exceeds a megabyte. A base without
 * a digest is known by its generation and version alone; the one given back has all.
 */
export function journalFrom(
  database: Database,
  stored: StoredZone,
  base: ZoneState,
): { readonly base: ZoneState; readonly delta: Delta } | undefined {
  const { state } = stored.header
  if (state.deleted || base.deleted || base.generation !== state.generation || base.version >= state.version) return undefined
  const deltas: Delta[] = []
  let octets = 0
  let first = base
  // Backwards, since a step may span several versions: each entry names the state it starts from.
  for (let version = state.version; version > base.version;) {
    const entry = readEntry(database, journalKey(stored.number, state.generation, version))
    if (entry === undefined || entry.base.version < base.version) return undefined
    octets += entry.delta.removed.length + entry.delta.added.length
    if (octets > largestDelta) return undefined
    deltas.unshift(entry.delta)
    version = entry.base.version
    first = entry.base
  }
  if (base.digest.length > 0 && Buffer.compare(first.digest, base.digest) !== 0) return undefined
  return { base: first, delta: netDeltas(deltas) }
}

function readEntry(database: Database, key: Uint8Array): { base: ZoneState; delta: Delta } | undefined {
  const value = readSpare(database, key)
  if (value === undefined) return undefined
  const split = stateOctets + 4 + value.readUInt32BE(stateOctets)
  return {
    base: decodeState(value, 0),
    delta: { removed: value.subarray(stateOctets + 4, split), added: value.subarray(split) },
  }
}

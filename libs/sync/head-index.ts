/** The publisher's index of heads: (shard, position) → head, shared by all senders. */
import type { Head, ZoneState } from '@zonecast/zone'
import { DigestSum } from './digest-sum.ts'
import { shardCount, type ShardLevel } from './messages.ts'

/** A head in the index, and what stood in its place before. */
export interface IndexEntry {
  readonly head: Head
  /** The zone's head before this one, where the index saw it move. */
  readonly previous: { readonly state: ZoneState; readonly position: bigint } | undefined
}

export interface HeadIndexPorts {
  /** What a live head adds to the set digest: SHA-256 over zone key, generation, version and digest (`headTerm`). */
  readonly headTerm: (zone: string, state: ZoneState) => Uint8Array
}

interface PlacementSum {
  readonly sum: DigestSum
  zones: number
}

/** Entries in position order; an entry whose zone has moved on is dead and stays until the next sweep. */
interface Shard {
  entries: IndexEntry[]
  dead: number
  complete: bigint
  readonly sums: Map<string, PlacementSum>
}

/**
 * Every zone once, tombstones included, at its newest position. Coalescing comes from that: a zone that changes again moves to the end.
 * Senders see a shard up to where it is complete: every head up to that position is in the index, or has moved to a later one.
 */
export class HeadIndex {
  readonly #ports: HeadIndexPorts
  readonly #zones = new Map<string, IndexEntry>()
  #shards: Shard[] = emptyShards()
  #logId: Uint8Array = new Uint8Array(0)

  constructor(ports: HeadIndexPorts) {
    this.#ports = ports
  }

  /** What the positions belong to; empty before the first `reset`. */
  get logId(): Uint8Array {
    return this.#logId
  }

  get size(): number {
    return this.#zones.size
  }

  /** Forgets everything: positions of another log id follow. */
  reset(logId: Uint8Array): void {
    this.#logId = logId
    this.#zones.clear()
    this.#shards = emptyShards()
  }

  /** Takes a head, in any order. False when the index has the zone at this position or a later one. */
  put(head: Head): boolean {
    const before = this.#zones.get(head.zone)
    if (before !== undefined && before.head.position >= head.position) return false
    const shard = this.#shard(head.shard)
    if (before !== undefined) {
      this.#count(shard, before.head, -1)
      shard.dead += 1
    }
    const previous = before && { state: before.head.state, position: before.head.position }
    const entry: IndexEntry = { head, previous }
    this.#zones.set(head.zone, entry)
    this.#count(shard, head, 1)
    insert(shard.entries, entry)
    if (shard.dead > 64 && shard.dead * 2 > shard.entries.length) this.#sweep(shard)
    return true
  }

  /** Says that every head up to a position has been put. */
  complete(shard: number, position: bigint): void {
    const found = this.#shard(shard)
    if (position > found.complete) found.complete = position
  }

  completeTo(shard: number): bigint {
    return this.#shard(shard).complete
  }

  get(zone: string): IndexEntry | undefined {
    return this.#zones.get(zone)
  }

  /** The first head after a position, as far as the shard is complete. */
  next(shard: number, after: bigint): IndexEntry | undefined {
    const { entries, complete } = this.#shard(shard)
    for (let at = firstAfter(entries, after); at < entries.length; at++) {
      const entry = entries[at] as IndexEntry
      if (entry.head.position > complete) return undefined
      if (this.#isLive(entry)) return entry
    }
    return undefined
  }

  /** Heads after a position in position order, as far as the shard is complete. */
  *after(shard: number, position: bigint): Generator<IndexEntry> {
    for (let entry = this.next(shard, position); entry !== undefined; entry = this.next(shard, entry.head.position)) yield entry
  }

  /** Where the shard is complete to, and the digest over its live heads of some placements; undefined while there are heads behind that. */
  level(shard: number, placements: Iterable<string>): ShardLevel | undefined {
    const { entries, complete, sums } = this.#shard(shard)
    const last = entries.at(-1)
    if (last !== undefined && last.head.position > complete) return undefined
    const sum = new DigestSum()
    let zones = 0
    for (const placement of placements) {
      const part = sums.get(placement)
      if (part === undefined) continue
      sum.add(part.sum.bytes())
      zones += part.zones
    }
    return { shard, position: complete, setDigest: sum.bytes(), zones }
  }

  #count(shard: Shard, head: Head, step: 1 | -1): void {
    if (head.state.deleted) return
    let part = shard.sums.get(head.placement)
    if (part === undefined) shard.sums.set(head.placement, (part = { sum: new DigestSum(), zones: 0 }))
    const term = this.#ports.headTerm(head.zone, head.state)
    if (step === 1) part.sum.add(term)
    else part.sum.subtract(term)
    part.zones += step
  }

  #sweep(shard: Shard): void {
    shard.entries = shard.entries.filter((entry) => this.#isLive(entry))
    shard.dead = 0
  }

  #isLive(entry: IndexEntry): boolean {
    return this.#zones.get(entry.head.zone) === entry
  }

  #shard(shard: number): Shard {
    const found = this.#shards[shard]
    if (found === undefined) throw new RangeError(`there is no shard ${shard}`)
    return found
  }
}

function emptyShards(): Shard[] {
  return Array.from({ length: shardCount }, () => ({ entries: [], dead: 0, complete: 0n, sums: new Map() }))
}

/** Index of the first entry behind a position. */
function firstAfter(entries: readonly IndexEntry[], position: bigint): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] as IndexEntry).head.position <= position) low = middle + 1
    else high = middle
  }
  return low
}

/** Heads come in order but for a listing beside live events, so the way from the end is short. */
function insert(entries: IndexEntry[], entry: IndexEntry): void {
  const last = entries.at(-1)
  if (last === undefined || last.head.position < entry.head.position) entries.push(entry)
  else entries.splice(firstAfter(entries, entry.head.position), 0, entry)
}

/** Shared counters that move with every committed version of a zone. */
import { fold, type Name } from '@zonecast/dns'
import type { ZoneState } from '@zonecast/zone'

const slots = 4096
/** Counters before the slots: all commits, comings and goings of live zones, and findings of damage. */
const commitsAt = 0
const liveZonesAt = 1
const doubtsAt = 2
const firstSlot = 3
/** Behind the stamps, for each slot: how often page keys came or went, and which version was announced last. */
const firstShape = firstSlot + slots
const firstNewest = firstShape + slots

/** What a commit did beside moving a zone to its next version. */
export interface Committed {
  readonly apex: Name
  readonly state: ZoneState
  /** A live zone is there that was not, or the other way round. */
  readonly comesOrGoes: boolean
  /** Page keys came or went. */
  readonly reshaped: boolean
}

/**
 * Tells readers in all threads what they may still believe. Whoever keeps what a version of a zone said keeps the `stamp` of that
 * zone with it, and believes it while the stamp stays. Several zones may share a slot: then more is forgotten than need be.
 */
export class VersionSignals {
  /** Handed to other threads, which make their own `VersionSignals` of it. */
  readonly memory: SharedArrayBuffer
  readonly #counters: Int32Array
  /** What this thread has seen before it was announced: the disk is a moment ahead of the counters. */
  readonly #seen = new Int32Array(slots)

  constructor(memory = new SharedArrayBuffer(4 * (firstSlot + 3 * slots))) {
    this.memory = memory
    this.#counters = new Int32Array(memory)
  }

  /**
   * Announces a version that is on disk. The count of all commits moves first: a reader that sees it unchanged around its reading knows
   * that whatever it read is told by the stamps and shapes. The name of the version comes last: who sees it sees all the rest.
   */
  committed({ apex, state, comesOrGoes, reshaped }: Committed): void {
    const slot = slotOf(apex)
    this.#move(slot)
    if (comesOrGoes) Atomics.add(this.#counters, liveZonesAt, 1)
    if (reshaped) Atomics.add(this.#counters, firstShape + slot, 1)
    Atomics.store(this.#counters, firstNewest + slot, nameOf(apex, state))
  }

  #move(slot: number): void {
    Atomics.add(this.#counters, commitsAt, 1)
    Atomics.add(this.#counters, firstSlot + slot, 1)
  }

  /** Says that what is on disk was altered: pages that were found sound are to be checked again, and what was kept of the zone is void. */
  doubt(apex: Name): void {
    Atomics.add(this.#counters, doubtsAt, 1)
    this.#move(slotOf(apex))
  }

  /** Moves with every finding of damage. */
  get doubts(): number {
    return Atomics.load(this.#counters, doubtsAt)
  }

  /** Notes that this thread has read a newer version than it knew: it must not go back behind it. */
  sawNewer(apex: Name): void {
    this.#seen[slotOf(apex)]! += 1
  }

  /** Moves with every commit. */
  get commits(): number {
    return Atomics.load(this.#counters, commitsAt)
  }

  /** Moves when a zone comes or goes: names may then belong to another zone. */
  get liveZones(): number {
    return Atomics.load(this.#counters, liveZonesAt)
  }

  /** The slot of a zone. */
  slotOf(apex: Name): number {
    return slotOf(apex)
  }

  /** Moves when page keys of a zone of a slot come or go. */
  shapeOf(slot: number): number {
    return Atomics.load(this.#counters, firstShape + slot)
  }

  /** True where this version of the zone was announced last of its slot; then `shapeOf` tells of every version up to it. */
  isNewest(apex: Name, state: ZoneState): boolean {
    return Atomics.load(this.#counters, firstNewest + slotOf(apex)) === nameOf(apex, state)
  }

  /** Moves with every version of the zones of a slot; it is only ever compared for equality. */
  stampOf(slot: number): number {
    return (Atomics.load(this.#counters, firstSlot + slot) + this.#seen[slot]!) | 0
  }
}

/** FNV-1a of the lower-cased apex. */
function slotOf(apex: Name): number {
  return hashOf(apex) & (slots - 1)
}

/** 32 bits that another version, or the same version of another zone, hardly has. */
function nameOf(apex: Name, { generation, version }: ZoneState): number {
  const low = Math.imul(Number(version & 0xffff_ffffn), 0x9e37_79b1) ^ Math.imul(Number(generation & 0xffff_ffffn), 0x85eb_ca6b)
  return (low ^ Math.imul(hashOf(apex), 0xc2b2_ae35)) | 0
}

function hashOf(apex: Name): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < apex.length; i++) hash = Math.imul(hash ^ fold(apex[i]!), 0x0100_0193)
  return hash ^ (hash >>> 15)
}

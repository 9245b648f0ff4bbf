/** Shared counters that move with every committed version of a zone. */
import { fold, type Name } from '@zonecast/dns'

const slots = 4096
/** Counters before the slots: all commits, comings and goings of live zones, and findings of damage. */
const commitsAt = 0
const liveZonesAt = 1
const doubtsAt = 2
const firstSlot = 3

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

  constructor(memory = new SharedArrayBuffer(4 * (firstSlot + slots))) {
    this.memory = memory
    this.#counters = new Int32Array(memory)
  }

  /**
   * Announces a version that is on disk. The count of all commits moves first: a reader that sees it unchanged around its reading knows
   * that whatever it read is told by the stamps.
   */
  committed(apex: Name, comesOrGoes: boolean): void {
    Atomics.add(this.#counters, commitsAt, 1)
    Atomics.add(this.#counters, firstSlot + slotOf(apex), 1)
    if (comesOrGoes) Atomics.add(this.#counters, liveZonesAt, 1)
  }

  /** Says that what is on disk was altered: pages that were found sound are to be checked again, and what was kept of the zone is void. */
  doubt(apex: Name): void {
    Atomics.add(this.#counters, doubtsAt, 1)
    this.committed(apex, false)
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

  /** Moves with every version of the zones of a slot; it is only ever compared for equality. */
  stampOf(slot: number): number {
    return (Atomics.load(this.#counters, firstSlot + slot) + this.#seen[slot]!) | 0
  }
}

/** FNV-1a of the lower-cased apex. */
function slotOf(apex: Name): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < apex.length; i++) hash = Math.imul(hash ^ fold(apex[i]!), 0x0100_0193)
  return (hash ^ (hash >>> 15)) & (slots - 1)
}

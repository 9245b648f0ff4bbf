/** Which applied zones the edge's DNS server does not answer yet, shard by shard. */
import { compareStates, type ZoneState } from '@zonecast/zone'

/** A zone as applied. */
export interface AppliedZone {
  readonly zone: string
  readonly state: ZoneState
  readonly position: bigint
}

interface Unanswered {
  /** Undefined where the position is of another log id: then it holds nothing back. */
  readonly position: bigint | undefined
  readonly state: ZoneState
}

/**
 * The answered low-water of one shard. What does not fit into the list is left to the store: from `hole` on, zones are to be listed by
 * position once there is room.
 *
 *     closed ──no room──▶ hole ──room again: listing asked──▶ listing ──listed, more──▶ hole
 *                                                                    └─listed, end──▶ closed
 */
export class Answers {
  readonly #unanswered = new Map<string, Unanswered>()
  readonly #limit: number
  #hole: bigint | undefined
  #listing = false
  /** The first position that found no room since the listing was asked for. */
  #missed: bigint | undefined
  #run = 0

  /** Everything applied behind `answered` is to be listed first. */
  constructor(limit: number, answered: bigint, applied: bigint) {
    this.#limit = limit
    if (answered < applied) this.#hole = answered + 1n
  }

  /** Forgets positions; zones on the list are still to be answered for themselves. */
  reset(): void {
    for (const [zone, { state }] of this.#unanswered) this.#unanswered.set(zone, { position: undefined, state })
    this.#hole = undefined
    this.#missed = undefined
    this.#listing = false
    this.#run += 1
  }

  /** True when the zone is on the list now, and its server is to be asked. */
  add(zone: string, position: bigint | undefined, state: ZoneState): boolean {
    const known = this.#unanswered.get(zone)
    if (known === undefined && this.#unanswered.size >= this.#limit) {
      this.#miss(position)
      return false
    }
    this.#put(zone, position, state, known)
    return true
  }

  /** The server answers a state. */
  confirm(zone: string, state: ZoneState): void {
    const known = this.#unanswered.get(zone)
    if (known !== undefined && compareStates(known.state, state) <= 0) this.#unanswered.delete(zone)
  }

  /** The answered low-water, given the applied one. */
  position(applied: bigint): bigint {
    let low = applied
    const lower = (position: bigint | undefined): void => {
      if (position !== undefined && position <= low) low = position - 1n
    }
    for (const { position } of this.#unanswered.values()) lower(position)
    lower(this.#hole)
    lower(this.#missed)
    return low
  }

  /** Where the next listing begins and its number, when one is due; it is taken to be under way then. */
  takeListing(): { readonly after: bigint; readonly run: number } | undefined {
    if (this.#hole === undefined || this.#listing || this.#unanswered.size * 2 > this.#limit) return undefined
    this.#listing = true
    return { after: this.#hole - 1n, run: this.#run }
  }

  /** Takes a listing: zones after the position asked for, in position order, `end` when there are no more. */
  listed(run: number, zones: readonly AppliedZone[], end: boolean): readonly AppliedZone[] {
    if (run !== this.#run || !this.#listing) return []
    this.#listing = false
    const last = zones.at(-1)
    const rest = end || last === undefined ? undefined : last.position + 1n
    this.#hole = lowest(rest, this.#missed)
    this.#missed = undefined
    for (const { zone, position, state } of zones) this.#put(zone, position, state, this.#unanswered.get(zone))
    return zones
  }

  #put(zone: string, position: bigint | undefined, state: ZoneState, known: Unanswered | undefined): void {
    const newest = known !== undefined && compareStates(known.state, state) > 0 ? known.state : state
    // The zone's head has moved on to the higher position: what it had at the lower one holds nothing back any more.
    const highest =
      known?.position !== undefined && (position === undefined || known.position > position) ? known.position : position
    this.#unanswered.set(zone, { position: highest, state: newest })
  }

  #miss(position: bigint | undefined): void {
    if (position === undefined) return
    if (this.#listing) this.#missed = lowest(this.#missed, position)
    else this.#hole = lowest(this.#hole, position)
  }
}

function lowest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a < b ? a : b
}

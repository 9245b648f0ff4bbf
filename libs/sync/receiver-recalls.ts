/** Zones in trouble at an edge, and when it fetches them by itself. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import { Recent } from './recent.ts'

/** What keeps a zone in trouble; one of `damage`, `quarantine` and `reset` is there. */
export interface Trouble {
  readonly zone: string
  readonly shard: number
  readonly placement: string
  /** What the store has of this very version is not to be relied on. */
  damage: { readonly state: ZoneState; readonly reason: string } | undefined
  /** Snapshots of this state failed too often. */
  quarantine: { readonly state: ZoneState; readonly reason: string } | undefined
  /** An operator's order to go back to this state, whatever is there. */
  reset:
    | { readonly state: ZoneState; readonly order: bigint; readonly streams: Set<number>; readonly had: ZoneState | undefined }
    | undefined
  /** Fetches of it that failed. */
  attempts: number
  /** The tick from which it is fetched. */
  due: number
  running: boolean
}

type Place = Pick<Trouble, 'zone' | 'shard' | 'placement'>

/** Snapshots of one state that fail before the zone is quarantined. */
export const failuresToQuarantine = 3
/** The longest pause, in ticks: ten minutes. */
export const longestPause = 600
/** The pause after a quarantine has begun, in ticks; each failure doubles it. */
export const firstPause = 15
/** More zones are not quarantined: their publishers send them again after pauses of their own. */
const mostTroubles = 10_000
/** Zones whose failures are counted. */
const mostCounted = 1024

/**
 * A zone is fetched whole, from any publisher, without being offered:
 *
 *     sound ──damaged──▶ due ──fetch──▶ running ──whole content durable──▶ sound
 *     sound ──3 failed snapshots──▶ paused ──tick──▶ due       └─failed──▶ paused, twice as long
 *     any of them ──an operator's order──▶ due, once and with the fence down
 *     any of them ──a snapshot, a tombstone or (where it is only quarantined) a later state is durable──▶ sound
 */
export class Recalls {
  readonly #troubles = new Map<string, Trouble>()
  readonly #failures = new Recent<{ readonly state: ZoneState; readonly count: number }>(mostCounted)
  readonly #random: () => number
  readonly #limit: number
  #running = 0
  #tick = 0

  /** At most `limit` are fetched at once; `random` gives numbers in [0, 1). */
  constructor(limit: number, random: () => number) {
    this.#limit = limit
    this.#random = random
  }

  get(zone: string): Trouble | undefined {
    return this.#troubles.get(zone)
  }

  all(): Iterable<Trouble> {
    return this.#troubles.values()
  }

  tick(): void {
    this.#tick += 1
  }

  /** What the store has of a zone is damaged: it is fetched at once, at `state` or later. True when that is news. */
  damaged(place: Place, state: ZoneState, reason: string): boolean {
    const trouble = this.#troubles.get(place.zone) ?? this.#add(place)
    const known = trouble.damage
    if (known !== undefined && compareStates(known.state, state) >= 0) return false
    trouble.damage = { state, reason }
    if (known === undefined && !trouble.running) trouble.due = this.#tick
    return true
  }

  /** An operator orders the zone back: it is fetched at once. False where an order is under way already. */
  ordered(place: Place, reset: NonNullable<Trouble['reset']>): boolean {
    const trouble = this.#troubles.get(place.zone) ?? this.#add(place)
    if (trouble.reset !== undefined || trouble.running) return false
    trouble.reset = reset
    trouble.due = this.#tick
    return true
  }

  /** An order is over; a zone that has no other trouble is sound. */
  obeyed(trouble: Trouble): void {
    trouble.reset = undefined
    this.#drop(trouble)
  }

  /** True for a snapshot that is not to be tried now. */
  isQuarantined(zone: string, state: ZoneState): boolean {
    const quarantine = this.#troubles.get(zone)?.quarantine
    return quarantine !== undefined && compareStates(state, quarantine.state) <= 0
  }

  /** Counts a snapshot that failed; true when the zone is quarantined by it. */
  failed(place: Place, state: ZoneState, reason: string): boolean {
    const known = this.#failures.get(place.zone)
    const count = known !== undefined && compareStates(known.state, state) === 0 ? known.count + 1 : 1
    this.#failures.set(place.zone, { state, count })
    if (count < failuresToQuarantine) return false
    const trouble = this.#troubles.get(place.zone)
    if (trouble === undefined && this.#troubles.size >= mostTroubles) return false
    this.#failures.delete(place.zone)
    this.#quarantine(trouble ?? this.#add(place), state, reason)
    return true
  }

  /** The next zone to be fetched; it counts as running until `ended`. */
  take(): Trouble | undefined {
    if (this.#running >= this.#limit) return undefined
    for (const trouble of this.#troubles.values()) {
      if (trouble.running || trouble.due > this.#tick) continue
      trouble.running = true
      this.#running += 1
      return trouble
    }
    return undefined
  }

  /** A fetch is over, with or without result. */
  ended(trouble: Trouble, failed: boolean): void {
    if (!trouble.running) return
    trouble.running = false
    this.#running -= 1
    if (!failed) return
    trouble.attempts += 1
    trouble.due = this.#tick + this.#pause(trouble.attempts)
  }

  /** A state is durable; `whole`: nothing of what was there before is in it. */
  applied(zone: string, state: ZoneState, whole: boolean): void {
    this.#failures.delete(zone)
    const trouble = this.#troubles.get(zone)
    if (trouble === undefined) return
    if (whole) trouble.damage = undefined
    if (trouble.quarantine !== undefined && compareStates(state, trouble.quarantine.state) >= 0) trouble.quarantine = undefined
    this.#drop(trouble)
  }

  #drop({ zone, damage, quarantine, reset }: Trouble): void {
    if (damage === undefined && quarantine === undefined && reset === undefined) this.#troubles.delete(zone)
  }

  #quarantine(trouble: Trouble, state: ZoneState, reason: string): void {
    trouble.quarantine = { state, reason }
    trouble.attempts = 0
    trouble.due = this.#tick + this.#pause(0)
  }

  #add(place: Place): Trouble {
    const { zone, shard, placement } = place
    const none = { damage: undefined, quarantine: undefined, reset: undefined }
    const made = { zone, shard, placement, ...none, attempts: 0, due: 0, running: false }
    this.#troubles.set(zone, made)
    return made
  }

  /** Doubles up to ten minutes; half of it is left to chance, so that edges do not ask together. */
  #pause(attempts: number): number {
    const whole = Math.min(firstPause * 2 ** Math.min(attempts, 16), longestPause)
    return Math.ceil(whole * (0.5 + this.#random() / 2))
  }
}

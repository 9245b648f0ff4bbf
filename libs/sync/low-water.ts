/** The position up to which all mentions of a shard are settled. */
import { compareStates, type ZoneState } from '@zonecast/zone'

/** A mention that is not settled: nothing else for this edge stands in (after, position). */
interface Pending {
  after: bigint
  readonly position: bigint
  readonly zone: string
  readonly state: ZoneState
}

/** Everything in (after, to] is settled. */
interface Span {
  after: bigint
  to: bigint
}

/**
 * Joins links. Mentions may be settled in any order; the position stays before the first that is not.
 * Memory follows the unsettled mentions, not how many were settled behind them.
 */
export class LowWater {
  #position: bigint
  #spans: Span[] = []
  readonly #pending = new Map<bigint, Pending>()
  readonly #byZone = new Map<string, Pending[]>()

  constructor(position = 0n) {
    this.#position = position
  }

  get position(): bigint {
    return this.#position
  }

  /** Mentions that are not settled. */
  get pending(): number {
    return this.#pending.size
  }

  /** Mentions that are not settled: one a zone. */
  unsettled(): { readonly zone: string; readonly state: ZoneState }[] {
    return [...this.#pending.values()].map(({ zone, state }) => ({ zone, state }))
  }

  /** True when a link that begins at `after` joins to what is known. */
  joins(after: bigint): boolean {
    if (after <= this.#position || this.#pending.has(after)) return true
    return this.#spans.some((span) => span.after < after && after <= span.to)
  }

  /** Takes the mention of a zone. An earlier mention of the zone is settled by it: the head has moved on. */
  mention(after: bigint, position: bigint, zone: string, state: ZoneState): void {
    if (position <= this.#position) return
    const others = this.#byZone.get(zone) ?? []
    if (others.some((other) => other.position > position)) return this.pass(after, position)
    const known = this.#pending.get(position)
    if (known !== undefined) known.after = after < known.after ? after : known.after
    else this.#add({ after, position, zone, state })
    for (const other of others.filter((candidate) => candidate.position < position)) this.#settleOne(other)
    this.#advance()
  }

  /** Takes a link at whose end nothing is left to do. */
  pass(after: bigint, position: bigint): void {
    if (position > this.#position) this.#join({ after, to: position })
    this.#advance()
  }

  /** A state is durable: the zone's mentions up to it are settled. Returns the highest position among them. */
  settle(zone: string, state: ZoneState): bigint | undefined {
    const highest = this.highestWith(zone, state)
    for (const pending of this.#settledBy(zone, state)) this.#settleOne(pending)
    this.#advance()
    return highest
  }

  /** True while a mention of the zone at this state or later is not settled. */
  awaits(zone: string, state: ZoneState): boolean {
    return (this.#byZone.get(zone) ?? []).some((pending) => compareStates(pending.state, state) >= 0)
  }

  /** The highest position whose mention of the zone a state would settle. */
  highestWith(zone: string, state: ZoneState): bigint | undefined {
    let highest: bigint | undefined
    for (const { position } of this.#settledBy(zone, state)) {
      if (highest === undefined || position > highest) highest = position
    }
    return highest
  }

  /** Where the position would stand if a state were durable. */
  positionWith(zone: string, state: ZoneState): bigint {
    return this.#positionWith(this.#settledBy(zone, state))
  }

  /** Where the position would stand if every mention were settled. */
  get end(): bigint {
    return this.#positionWith([...this.#pending.values()])
  }

  #positionWith(extra: readonly Pending[]): bigint {
    let reached = this.#position
    for (let moved = true; moved;) {
      moved = false
      for (const { after, to } of this.#spans) {
        if (after <= reached && to > reached) [reached, moved] = [to, true]
      }
      for (const { after, position } of extra) {
        if (after <= reached && position > reached) [reached, moved] = [position, true]
      }
    }
    return reached
  }

  #settledBy(zone: string, state: ZoneState): Pending[] {
    return (this.#byZone.get(zone) ?? []).filter((pending) => compareStates(pending.state, state) <= 0)
  }

  #add(pending: Pending): void {
    this.#pending.set(pending.position, pending)
    const list = this.#byZone.get(pending.zone)
    if (list === undefined) this.#byZone.set(pending.zone, [pending])
    else list.push(pending)
  }

  #settleOne(pending: Pending): void {
    this.#remove(pending)
    this.#join({ after: pending.after, to: pending.position })
  }

  #remove(pending: Pending): void {
    this.#pending.delete(pending.position)
    const rest = (this.#byZone.get(pending.zone) ?? []).filter((other) => other !== pending)
    if (rest.length === 0) this.#byZone.delete(pending.zone)
    else this.#byZone.set(pending.zone, rest)
  }

  /** Adds a span and melts those that it touches or overlaps. */
  #join(span: Span): void {
    const apart: Span[] = []
    for (const other of this.#spans) {
      if (other.to < span.after || span.to < other.after) apart.push(other)
      else span = { after: other.after < span.after ? other.after : span.after, to: other.to > span.to ? other.to : span.to }
    }
    apart.push(span)
    this.#spans = apart
  }

  #advance(): void {
    const before = this.#position
    for (let at = this.#spans.findIndex((span) => span.after <= this.#position); at >= 0;) {
      const [span] = this.#spans.splice(at, 1)
      if (span !== undefined && span.to > this.#position) this.#position = span.to
      at = this.#spans.findIndex((other) => other.after <= this.#position)
    }
    if (this.#position === before || this.#pending.size === 0) return
    for (const pending of this.#pending.values()) {
      if (pending.position <= this.#position) this.#remove(pending)
    }
  }
}

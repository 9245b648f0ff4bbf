/** What a sender has under way towards its edge: items, and the shards they stand in. */
import type { Head, ZoneState } from '@zonecast/zone'
import type { ShardProgress } from './sender-types.ts'

/** The phases of an item are drawn in `docs/reference/sync-protocol.md`. */
export type Phase = 'offered' | 'composing' | 'waiting' | 'sent' | 'fetching' | 'delayed'

/** One head on its way to the edge. */
export interface Item {
  readonly head: Head
  readonly run: Run
  phase: Phase
  /** The position mentioned before this one; undefined while it is not mentioned. */
  after: bigint | undefined
  /** What the edge is taken to have. */
  base: ZoneState | undefined
  /** What the release leads to, once it has left. */
  target: ZoneState | undefined
  /** Names the body that is being composed. */
  ticket: number
  attempts: number
  /** The tick at which a delayed item goes on. */
  due: number
  octets: number
}

/** A shard as sent to one edge. */
export interface Run {
  readonly shard: number
  /** True between Resume and its Position: what the edge says of positions may be of another log id. */
  asking: boolean
  /** Heads up to here were looked at. */
  cursor: bigint
  /** The last position mentioned. */
  mentioned: bigint
  /** Where the index ended when the cursor was last at its end; -1 before. */
  level: bigint
  /** Position of the last Checkpoint; -1 while one is due as soon as the end is reached. */
  checkpointed: bigint
  /** The tick from which a Checkpoint is due though nothing has moved. */
  due: number
  applied: bigint
  answered: bigint
  /** In position order. */
  readonly items: Item[]
}

export function progressIn({ shard, applied, answered }: Run): ShardProgress {
  return { shard, applied, answered }
}

export function newRun(shard: number): Run {
  return {
    shard,
    asking: true,
    cursor: 0n,
    mentioned: 0n,
    level: -1n,
    checkpointed: -1n,
    due: 0,
    applied: 0n,
    answered: 0n,
    items: [],
  }
}

export function newItem(head: Head, run: Run, phase: Phase, base?: ZoneState): Item {
  const octets = Math.min(head.contentOctets, 256 * 1024)
  return { head, run, phase, after: undefined, base, target: undefined, ticket: 0, attempts: 0, due: 0, octets }
}

/** True while the item takes a place of its own beside the window: nothing of it is on the stream. */
const standsApart = (item: Item): boolean => item.phase === 'fetching' || item.phase === 'delayed'

/** True once the edge has been sent something that it will answer with Ack or Nack. */
export const isUnderway = (item: Item): boolean => item.phase === 'sent' || item.phase === 'fetching'

/** All items of a sender, by zone, by ticket and counted. */
export class Items {
  readonly #zones = new Map<string, Item[]>()
  readonly #tickets = new Map<number, Item>()
  readonly #delayed = new Set<Item>()
  #lastTicket = 0
  #apart = 0
  #octets = 0
  #size = 0

  /** Items that count against the window. */
  get inFlight(): number {
    return this.#size - this.#apart
  }

  /** Items that are fetched or delayed. */
  get apart(): number {
    return this.#apart
  }

  /** Items that are delayed. */
  get delayed(): ReadonlySet<Item> {
    return this.#delayed
  }

  /** Octets of bodies on the stream, or expected to be. */
  get octets(): number {
    return this.#octets
  }

  /** Items of a zone, oldest first. */
  ofZone(zone: string): readonly Item[] {
    return this.#zones.get(zone) ?? []
  }

  open(item: Item): void {
    const list = this.#zones.get(item.head.zone)
    if (list === undefined) this.#zones.set(item.head.zone, [item])
    else list.push(item)
    item.run.items.push(item)
    this.#countIn(item, 1)
  }

  close(item: Item): void {
    const list = this.#zones.get(item.head.zone)
    const at = list?.indexOf(item) ?? -1
    if (list === undefined || at < 0) return
    list.splice(at, 1)
    if (list.length === 0) this.#zones.delete(item.head.zone)
    item.run.items.splice(item.run.items.indexOf(item), 1)
    this.#tickets.delete(item.ticket)
    this.#delayed.delete(item)
    this.#countIn(item, -1)
  }

  move(item: Item, phase: Phase): void {
    this.#countIn(item, -1)
    item.phase = phase
    this.#countIn(item, 1)
    if (phase !== 'composing') this.#tickets.delete(item.ticket)
    if (phase === 'delayed') this.#delayed.add(item)
    else this.#delayed.delete(item)
  }

  resize(item: Item, octets: number): void {
    this.#octets += standsApart(item) ? 0 : octets - item.octets
    item.octets = octets
  }

  /** A ticket for a new body; an older one of the item is void. */
  ticket(item: Item): number {
    this.#tickets.delete(item.ticket)
    item.ticket = ++this.#lastTicket
    this.#tickets.set(item.ticket, item)
    return item.ticket
  }

  byTicket(ticket: number): Item | undefined {
    return this.#tickets.get(ticket)
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const list of this.#zones.values()) yield* list
  }

  #countIn(item: Item, step: 1 | -1): void {
    this.#size += step
    if (standsApart(item)) this.#apart += step
    else this.#octets += step * item.octets
  }
}

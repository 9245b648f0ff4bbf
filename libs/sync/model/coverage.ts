/** What has happened in histories, counted: a simulation in which something never happens says nothing about it. */

/** Everything that is to happen in a run of many histories. */
export const kinds = [
  'change',
  'deletion',
  're-creation',
  'placement moved',
  'backup',
  'restore',
  'stream cut',
  'message lost',
  'message doubled',
  'message reordered',
  'publisher restarted cold',
  'publisher restarted warm',
  'publisher fell behind',
  'two publishers send a shard',
  'shards divided',
  'publisher silent',
  'publisher not up to date',
  'edge restarted',
  'edge killed in a write',
  'edge lost its disk',
  'disk full',
  'zone lost by the store',
  'zone of another digest',
  'tombstone lost by the store',
  'shard listed for a tombstone',
  'damage',
  'damage mended',
  'snapshot failed',
  'quarantine',
  'quarantine over',
  'zone poisoned',
  'zone poisoned at rest',
  'zone lost beside a poisoned one',
  'shard listed for a difference',
  'difference remembered',
  'comparison beside what is not settled',
  'difference beside what is not settled',
  'fetch in pieces',
  'fetch cut',
  'fetch moved on',
  'fence at work',
  'base refused',
  'digest refused',
  'report lost',
  'zone API restarted',
  'placement allowed',
] as const

export type Kind = (typeof kinds)[number]

export class Coverage {
  readonly #counts = new Map<Kind, number>()

  count(kind: Kind): void {
    this.#counts.set(kind, this.of(kind) + 1)
  }

  of(kind: Kind): number {
    return this.#counts.get(kind) ?? 0
  }

  /** Kinds that never happened. */
  missing(): Kind[] {
    return kinds.filter((kind) => this.of(kind) === 0)
  }

  report(): string {
    return kinds.map((kind) => `${kind} ${this.of(kind)}`).join(', ')
  }
}

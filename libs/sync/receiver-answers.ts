/** What follows when a state is durable at an edge: it is stamped, and its server is asked until it answers it. */
import type { ZoneState } from '@zonecast/zone'
import type { EventOf, ReceiverParts } from './receiver-parts.ts'

export class Answering {
  readonly #parts: Omit<ReceiverParts, 'work' | 'recalls'>

  constructor(parts: Omit<ReceiverParts, 'work' | 'recalls'>) {
    this.#parts = parts
  }

  /** A state is durable: what it settles is stamped, where the zone is not yet, and to be answered. True when the server is asked. */
  settle(shard: number, zone: string, state: ZoneState, stamp: bigint | undefined): boolean {
    const answered = this.#parts.standing.answered(shard)
    const position = this.#parts.standing.at(shard).low.settle(zone, state)
    if (position === undefined) return false
    if (position > answered) this.verify(shard, zone, position, state)
    if (stamp === undefined || position > stamp) {
      this.#parts.emit({ kind: 'stamp', shard, zones: [{ zone, position }], mark: this.#parts.standing.mark(shard) })
    }
    return position > answered
  }

  verify(shard: number, zone: string, position: bigint | undefined, state: ZoneState): void {
    this.#parts.touch(shard)
    if (this.#parts.standing.at(shard).answers.add(zone, position, state))
      this.#parts.emit({ kind: 'verify', zone, shard, state })
  }

  answered({ zone, shard, state, at, askedAt }: EventOf<'answered'>): void {
    this.#parts.touch(shard)
    this.#parts.standing.at(shard).answers.confirm(zone, state)
    for (const stream of this.#parts.streams.values()) {
      if (!stream.shards.has(shard)) continue
      this.#parts.teller.send(stream, {
        kind: 'answered',
        zone,
        shard,
        state,
        shardPosition: this.#parts.teller.answered(stream, shard),
        at,
        askedAt,
      })
    }
  }

  listed({ shard, run, zones, end }: EventOf<'listed'>): void {
    this.#parts.touch(shard)
    for (const { zone, state } of this.#parts.standing.at(shard).answers.listed(run, zones, end)) {
      this.#parts.emit({ kind: 'verify', zone, shard, state })
    }
  }
}

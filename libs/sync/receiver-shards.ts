/** Where an edge stands, shard by shard, and what follows when it moves. */
import { compareStates, type ZoneState } from '@zonecast/zone'
import { Answers } from './answers.ts'
import { LowWater } from './low-water.ts'
import { sameLog, shardCount, type Checkpoint, type ShardLevel } from './messages.ts'
import type { Levels, ReceiverEffect, ShardMark } from './receiver-types.ts'

export interface ShardState {
  readonly shard: number
  low: LowWater
  /** Counts restarts: each voids all stamps. */
  run: number
  readonly answers: Answers
  /** The highest position that was given out to be written. */
  marked: bigint
  /** The last Checkpoint, until it can be compared. */
  checkpoint: { readonly message: Checkpoint; readonly stream: number } | undefined
  /** Zones that are here in a later state than any mention has named: until it is mentioned, set digests cannot be equal. */
  readonly ahead: Map<string, ZoneState>
  /** Checkpoints that were not compared because of those. */
  skipped: number
  /** A comparison that was asked for; the level is the publisher's, less the zones that are left out on both sides. */
  comparing: { readonly level: ShardLevel; readonly without: ReadonlySet<string>; readonly stream: number } | undefined
  /** True between a listing that a difference has asked for and the next comparison. */
  relisted: boolean
  /** A difference that a listing did not mend, and after how many comparisons it is listed for again. */
  explained: { readonly found: string; readonly pause: number; left: number } | undefined
}

/** An open stream. */
export interface Stream {
  readonly id: number
  logId: Uint8Array
  placements: ReadonlySet<string>
  /** Shards that its publisher has said it sends. */
  readonly shards: Set<number>
  /** What its publisher lets the edge choose from; undefined where it sends what it likes. */
  offered: { readonly held: ReadonlySet<number>; readonly current: ReadonlySet<number> } | undefined
  /** What it was asked for last. */
  wanted: ReadonlySet<number> | undefined
  /** Nothing was heard of it for so long that others are asked first. */
  isSilent: boolean
  publisherId: string
  /** Shards that it was asked to send again, until a link joins. */
  readonly asked: Set<number>
  /** What it was told of positions last. */
  readonly applied: Map<number, bigint>
  readonly answered: Map<number, bigint>
}

export function newStream(id: number): Stream {
  return {
    id,
    logId: new Uint8Array(0),
    placements: new Set(),
    shards: new Set(),
    offered: undefined,
    wanted: undefined,
    isSilent: false,
    publisherId: '',
    asked: new Set(),
    applied: new Map(),
    answered: new Map(),
  }
}

/** Positions of all shards, with the log id and the placements that they are for. */
export class Standing {
  readonly shards: readonly ShardState[]
  #logId: Uint8Array
  #placements: ReadonlySet<string>

  constructor(levels: Levels, unansweredLimit: number) {
    this.#logId = levels.logId
    this.#placements = new Set(levels.placements)
    this.shards = Array.from({ length: shardCount }, (_, shard) => {
      const { position, answered } = levels.shards.find((level) => level.shard === shard) ?? { position: 0n, answered: 0n }
      const answers = new Answers(unansweredLimit, answered, position)
      return {
        shard,
        low: new LowWater(position),
        run: 0,
        answers,
        marked: position,
        checkpoint: undefined,
        ahead: new Map(),
        skipped: 0,
        comparing: undefined,
        relisted: false,
        explained: undefined,
      }
    })
  }

  get logId(): Uint8Array {
    return this.#logId
  }

  get placements(): readonly string[] {
    return [...this.#placements]
  }

  at(shard: number): ShardState {
    const found = this.shards[shard]
    if (found === undefined) throw new RangeError(`there is no shard ${shard}`)
    return found
  }

  answered(shard: number): bigint {
    const { answers, low } = this.at(shard)
    return answers.position(low.position)
  }

  /**
   * Notes that a zone is in a later state than its release named, unless another mention has named that already. Where its placement is
   * served no longer, nobody will name it.
   */
  tookAhead(shard: number, zone: string, state: ZoneState, placement: string): void {
    const { ahead, low } = this.at(shard)
    if (this.#placements.has(placement) && !low.awaits(zone, state)) ahead.set(zone, state)
  }

  /** Notes that a state was mentioned. */
  named(shard: number, zone: string, state: ZoneState): void {
    const { ahead } = this.at(shard)
    const known = ahead.get(zone)
    if (known !== undefined && compareStates(known, state) <= 0) ahead.delete(zone)
  }

  /** What is written beside data; `position` is one that the data makes true. */
  mark(shard: number, position = this.at(shard).low.position): ShardMark {
    const state = this.at(shard)
    if (position > state.marked) state.marked = position
    return { logId: this.#logId, shard, position, answered: this.answered(shard) }
  }

  /** True when positions on the stream are of the edge's log id. */
  knows(stream: Stream): boolean {
    return sameLog(stream.logId, this.#logId)
  }

  /**
   * True when positions and links on the stream mean the same as the edge's own: of one log id, and for the same placements. With fewer
   * placements, links would pass over zones; with more, the publisher would take positions to cover zones that they do not.
   */
  counts(stream: Stream): boolean {
    return this.knows(stream) && this.#placements.size === stream.placements.size && isSubset(this.#placements, stream.placements)
  }

  /** Follows a stream's log id and placements; the effect tells the store, and is absent where nothing moves. */
  adopt(stream: Stream): Extract<ReceiverEffect, { kind: 'restart' }> | undefined {
    if (stream.logId.length === 0 || this.counts(stream)) return undefined
    const isFewer = this.knows(stream) && isSubset(stream.placements, this.#placements)
    this.#logId = stream.logId
    this.#placements = stream.placements
    // Zones of a placement that is served no longer are never mentioned again.
    for (const state of this.shards) {
      state.ahead.clear()
      state.relisted = false
      state.explained = undefined
    }
    return this.restart(isFewer ? [] : this.shards.map(({ shard }) => shard))
  }

  /** Takes shards back to 0. Work goes on, and data stays. */
  restart(shards: readonly number[]): Extract<ReceiverEffect, { kind: 'restart' }> {
    for (const shard of shards) {
      const state = this.at(shard)
      state.low = new LowWater()
      state.run += 1
      state.answers.reset()
      state.ahead.clear()
      state.marked = 0n
      state.checkpoint = state.comparing = undefined
    }
    return { kind: 'restart', logId: this.#logId, placements: [...this.#placements], shards }
  }
}

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return [...part].every((one) => whole.has(one))
}

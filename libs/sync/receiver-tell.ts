/** What an edge tells its streams of where it stands. */
import { protocolVersion, type FollowRequest } from './messages.ts'
import type { Standing, Stream } from './receiver-shards.ts'
import type { ReceiverEffect, ReceiverOptions } from './receiver-types.ts'

/** Says positions in the terms of each stream: 0 where the edge's are of another log id or for other placements. */
export class Teller {
  readonly #standing: Standing
  readonly #emit: (effect: ReceiverEffect) => void

  constructor(standing: Standing, emit: (effect: ReceiverEffect) => void) {
    this.#standing = standing
    this.#emit = emit
  }

  send(stream: Stream, message: FollowRequest): void {
    this.#emit({ kind: 'send', stream: stream.id, message })
  }

  /** Where the edge stands in all shards. */
  hello(stream: Stream, { edgeId, placements, setDigestOf, divides = false }: ReceiverOptions): void {
    const shards = this.#standing.shards
      .filter(({ low }) => low.position > 0n)
      .map(({ shard, low }) => {
        const { setDigest, zones } = setDigestOf?.(shard) ?? { setDigest: new Uint8Array(0), zones: 0 }
        return { shard, position: low.position, setDigest, zones }
      })
    const answered = shards.map(({ shard }) => ({ shard, position: this.#standing.answered(shard) }))
    const { logId, placements: heldPlacements } = this.#standing
    const own = { protocol: protocolVersion, edgeId, placements, divides, resets: true }
    this.send(stream, { kind: 'hello', ...own, logId, shards, heldPlacements, answered })
  }

  /** The answer to Resume, or the wish to be sent a shard again from here. */
  position(stream: Stream, shard: number): void {
    const isKnown = this.#standing.counts(stream)
    const position = isKnown ? this.#standing.at(shard).low.position : 0n
    const answered = isKnown ? this.#standing.answered(shard) : 0n
    stream.applied.set(shard, position)
    stream.answered.set(shard, answered)
    this.send(stream, { kind: 'position', logId: stream.logId, shard, position, answered })
  }

  /** Where the edge stands, as the stream is told it now. */
  applied(stream: Stream, shard: number): bigint {
    if (!this.#standing.counts(stream)) return 0n
    const { position } = this.#standing.at(shard).low
    stream.applied.set(shard, position)
    return position
  }

  /** Where its answers stand, as the stream is told it now. */
  answered(stream: Stream, shard: number): bigint {
    if (!this.#standing.counts(stream)) return 0n
    const position = this.#standing.answered(shard)
    stream.answered.set(shard, position)
    return position
  }

  /** Tells a stream of a shard that it sends what it was not told otherwise. */
  moved(stream: Stream, shard: number): void {
    if (!stream.shards.has(shard) || !this.#standing.counts(stream)) return
    if (this.#standing.at(shard).low.position > (stream.applied.get(shard) ?? 0n)) {
      this.send(stream, { kind: 'have', shard, entries: [], shardPosition: this.applied(stream, shard) })
    }
    if (this.#standing.answered(shard) <= (stream.answered.get(shard) ?? 0n)) return
    const shardPosition = this.answered(stream, shard)
    this.send(stream, { kind: 'answered', zone: undefined, shard, state: undefined, shardPosition, at: undefined })
  }
}

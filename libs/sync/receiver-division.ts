/** Which publisher an edge wants each shard from. */
import { shardCount, type Shards } from './messages.ts'
import type { Mender } from './receiver-mend.ts'
import type { EventOf, ReceiverParts } from './receiver-parts.ts'
import type { Trouble } from './receiver-recalls.ts'
import type { Stream } from './receiver-shards.ts'

export class Division {
  readonly #parts: ReceiverParts
  readonly #mender: Mender
  readonly #isOn: boolean

  constructor(parts: ReceiverParts, mender: Mender, isOn: boolean) {
    this.#parts = parts
    this.#mender = mender
    this.#isOn = isOn
  }

  /** A publisher has said what it can send. */
  offered(stream: Stream, { held, current }: Shards): void {
    stream.offered = { held: new Set(held), current: new Set(current) }
    this.divide()
  }

  /** A publisher has begun with a shard. */
  resumed(stream: Stream, shard: number): void {
    // Where it was asked for before the publisher read what is wanted now, it is answered and not counted on.
    if (stream.wanted?.has(shard) === false) return
    stream.shards.add(shard)
    if (stream.offered === undefined) this.divide()
  }

  heard({ stream: id, isSilent }: EventOf<'silent'>): void {
    const stream = this.#parts.streams.get(id)
    if (stream === undefined || stream.isSilent === isSilent) return
    stream.isSilent = isSilent
    this.divide()
  }

  /** Says to each publisher what is wanted from it, where that is news. */
  divide(): void {
    if (!this.#isOn) return
    const { streams, teller, recalls } = this.#parts
    for (const [stream, wanted] of divide(streams.values())) {
      const before = stream.wanted
      stream.wanted = wanted
      stream.shards.clear()
      for (const shard of wanted) stream.shards.add(shard)
      teller.send(stream, { kind: 'want', shards: [...wanted] })
      const isNew = ({ shard }: Readonly<Trouble>) => wanted.has(shard) && before?.has(shard) !== true
      for (const trouble of recalls.all()) if (isNew(trouble)) this.#mender.tell(trouble, [stream])
    }
  }
}

/**
 * Divides the shards among streams whose publishers let the edge choose, and gives the Wants that are not said yet. The same publishers
 * give every edge the same division, so that each composes a release once; where one comes or goes, only its shards move.
 */
export function divide(streams: Iterable<Stream>): Map<Stream, ReadonlySet<number>> {
  const all = [...streams]
  const choosing = all.filter(({ offered }) => offered !== undefined)
  const wants = new Map(choosing.map((stream) => [stream, new Set<number>()]))
  for (let shard = 0; shard < shardCount; shard++) {
    // A publisher of before sends all it has, asked or not.
    if (all.some((stream) => stream.offered === undefined && !stream.isSilent && stream.shards.has(shard))) continue
    const best = bestFor(choosing, shard)
    if (best) wants.get(best)?.add(shard)
  }
  return new Map([...wants].filter(([{ wanted }, shards]) => wanted === undefined || !isSame(wanted, shards)))
}

/** Rather one that is up to date than one that only holds the shard, and rather one that is heard than one that is silent. */
function bestFor(streams: readonly Stream[], shard: number): Stream | undefined {
  let found: { readonly stream: Stream; readonly rank: number } | undefined
  for (const stream of streams) {
    if (!stream.offered?.held.has(shard)) continue
    const merit = (stream.isSilent ? 0 : 2) + (stream.offered.current.has(shard) ? 1 : 0)
    const rank = merit * 2 ** 32 + lotOf(stream.publisherId, shard)
    if (found === undefined || rank > found.rank) found = { stream, rank }
  }
  return found?.stream
}

/** The highest lot has the shard (rendezvous hashing): 32 bits of FNV-1a, mixed so that names that end alike do not fall alike. */
function lotOf(publisherId: string, shard: number): number {
  let hash = 0x811c_9dc5
  for (const letter of `${shard} ${publisherId}`) hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x0100_0193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function isSame(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((shard) => b.has(shard))
}

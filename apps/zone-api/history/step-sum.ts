/** Many steps as one, with little more in memory than what comes of them. */
import { type Delta, emptyDelta, joinPieces, netDeltas } from '@zonecast/zone'

/** Steps are netted when there are so many, or so many octets of them. */
const netCount = 4096
const netOctets = 8 << 20

export class StepSum {
  #deltas: Delta[] = []
  #pieces: Delta[] = []
  #fresh = 0

  add(delta: Delta): void {
    this.#deltas.push(delta)
    this.#fresh += octetsOf(delta)
    if (this.#deltas.length < netCount && this.#fresh < netOctets) return
    this.net()
  }

  /** A piece of a step; `last` completes it. */
  addPiece(piece: Delta, last: boolean): void {
    this.#pieces.push(piece)
    if (!last) return
    this.add(joinPieces(this.#pieces))
    this.#pieces = []
  }

  /** What all of it comes to. */
  net(): Delta {
    const delta = this.#deltas.length === 0 ? emptyDelta : netDeltas(this.#deltas)
    this.#deltas = [delta]
    this.#fresh = 0
    return delta
  }

  /** About how much is kept. */
  get octets(): number {
    return [...this.#deltas, ...this.#pieces].reduce((sum, delta) => sum + octetsOf(delta), 0)
  }
}

function octetsOf({ removed, added }: Delta): number {
  return removed.length + added.length
}

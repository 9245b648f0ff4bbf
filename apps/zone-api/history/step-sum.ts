/** Many steps as one, with little more in memory than what comes of them. */
import { type Delta, joinPieces, netDeltas } from '@zonecast/zone'

/** So many netted runs of steps, or so many octets of them, become one. */
const mostRuns = 16
const netOctets = 8 << 20

export class StepSum {
  #runs: Delta[] = []
  #pieces: Delta[] = []
  #fresh = 0

  /** Steps in order. They are netted at once, so that the work is done in small parts. */
  add(steps: readonly Delta[]): void {
    if (steps.length === 0) return
    const run = netDeltas(steps)
    this.#runs.push(run)
    this.#fresh += octetsOf(run)
    if (this.#runs.length >= mostRuns || this.#fresh >= netOctets) this.net()
  }

  /** A piece of a step; `last` completes it. */
  addPiece(piece: Delta, last: boolean): void {
    this.#pieces.push(piece)
    if (!last) return
    this.add([joinPieces(this.#pieces)])
    this.#pieces = []
  }

  /** What all of it comes to. */
  net(): Delta {
    const delta = netDeltas(this.#runs)
    this.#runs = [delta]
    this.#fresh = 0
    return delta
  }

  /** About how much is kept. */
  get octets(): number {
    return [...this.#runs, ...this.#pieces].reduce((sum, delta) => sum + octetsOf(delta), 0)
  }
}

function octetsOf({ removed, added }: Delta): number {
  return removed.length + added.length
}

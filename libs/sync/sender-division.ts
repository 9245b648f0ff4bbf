/** Which shards a sender sends: those that its publisher holds, and of these what an edge that divides has asked for. */
import { sameLog, type Hello, type Shards } from './messages.ts'
import { heldIn } from './sender-hello.ts'

export class SenderDivision {
  #held: ReadonlySet<number>
  #current: ReadonlySet<number>
  /** What the edge wants; undefined where it takes all. */
  #wanted: ReadonlySet<number> | undefined
  /** The first Want goes on from where Hello stood. */
  #hello: Hello | undefined
  #isTold = false

  constructor(held: readonly number[], current: readonly number[]) {
    this.#held = new Set(held)
    this.#current = new Set(current)
  }

  get sends(): ReadonlySet<number> {
    const wanted = this.#wanted
    return wanted === undefined ? this.#held : new Set([...wanted].filter((shard) => this.#held.has(shard)))
  }

  /** `isKnown`: the positions of the Hello are of this log, and for the placements that are served. */
  begin(hello: Hello, isKnown: boolean): void {
    if (hello.divides !== true) return
    this.#wanted = new Set()
    this.#hello = isKnown ? hello : undefined
  }

  hold(held: readonly number[], current: readonly number[]): void {
    this.#held = new Set(held)
    this.#current = new Set(current)
    this.#isTold = false
  }

  /** Gives where shards begin that were not sent yet; those that it does not name are asked for. */
  want(shards: readonly number[], logId: Uint8Array): (shard: number) => ReturnType<typeof heldIn> | undefined {
    if (this.#wanted === undefined) return () => undefined // an edge that takes all has nothing to choose
    this.#wanted = new Set(shards)
    const hello = this.#hello
    this.#hello = undefined
    return (shard) => (hello && sameLog(hello.logId, logId) ? heldIn(hello, shard) : undefined)
  }

  /** Tells an edge that divides what it may ask for, once. */
  tell(desk: { send(message: Shards): void }): void {
    if (this.#wanted === undefined || this.#isTold) return
    this.#isTold = true
    desk.send({ kind: 'shards', held: sorted(this.#held), current: sorted(this.#current) })
  }
}

function sorted(shards: ReadonlySet<number>): number[] {
  return [...shards].toSorted((a, b) => a - b)
}

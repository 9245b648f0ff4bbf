/** Merges sorted runs into one order. */
import { compareKeysAt } from './entry-order.ts'
import type { RunReader } from './run-file.ts'

/** A heap of runs by their present entries; of equal keys the one of the earlier run comes first. */
export class RunMerge {
  readonly #heap: { readonly run: RunReader; readonly number: number }[] = []
  #taken = true

  /** Runs in the order in which they were made. */
  constructor(runs: readonly RunReader[]) {
    runs.forEach((run, number) => {
      if (run.advance()) this.#heap.push({ run, number })
    })
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i)
  }

  /** The run whose present entry is next; undefined at the end. It is good until the next call. */
  next(): RunReader | undefined {
    if (!this.#taken) this.#advance()
    this.#taken = false
    return this.#heap[0]?.run
  }

  #advance(): void {
    const heap = this.#heap
    if (heap.length === 0) return
    if (!heap[0]!.run.advance()) {
      const last = heap.pop()!
      if (heap.length === 0) return
      heap[0] = last
    }
    this.#sink(0)
  }

  #sink(start: number): void {
    const heap = this.#heap
    let at = start
    const item = heap[at]!
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++
      if (!this.#before(heap[child]!, item)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = item
  }

  #before(a: { run: RunReader; number: number }, b: { run: RunReader; number: number }): boolean {
    const difference = compareKeysAt(a.run.bytes, a.run.entry, b.run.bytes, b.run.entry)
    return difference < 0 || (difference === 0 && a.number < b.number)
  }
}

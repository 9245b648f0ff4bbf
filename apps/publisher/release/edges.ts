/** The edges that follow now. */
import type { EdgeStream } from './edge-stream.ts'

/** An edge may have two streams for a moment, when it comes back before the old one is known to be dead: the newer one counts. */
export class Edges {
  readonly #streams = new Set<EdgeStream>()
  readonly #newest = new Map<string, EdgeStream>()

  get size(): number {
    return this.#newest.size
  }

  /** The stream of each edge. */
  current(): Iterable<EdgeStream> {
    return this.#newest.values()
  }

  of(edgeId: string): EdgeStream | undefined {
    return this.#newest.get(edgeId)
  }

  isCurrent(stream: EdgeStream): boolean {
    return this.#newest.get(stream.edgeId) === stream
  }

  add(stream: EdgeStream): void {
    this.#streams.add(stream)
    this.#newest.set(stream.edgeId, stream)
  }

  /** Of an edge whose newest stream has gone, the newest of those that are left counts. */
  remove(stream: EdgeStream): void {
    this.#streams.delete(stream)
    if (!this.isCurrent(stream)) return
    const left = [...this.#streams].findLast(({ edgeId }) => edgeId === stream.edgeId)
    if (left) this.#newest.set(stream.edgeId, left)
    else this.#newest.delete(stream.edgeId)
  }

  /** What this publisher holds, and what of it is up to date. */
  hold(held: readonly number[], current: readonly number[]): void {
    for (const stream of this.#streams) stream.step({ kind: 'shards', held, current })
  }

  /** The index has moved. */
  moved(): void {
    for (const stream of this.#streams) stream.step({ kind: 'moved' })
  }
}

/** The digest sum of what a walk brings: the first pages are summed here, the many of a large zone in a thread. */
import { DigestSum, type PageRef, type Sha256 } from '@zonecast/zone'
import type { PageSums } from './page-sums.ts'

/** A walk below this is not worth a thread. */
const smallOctets = 1 << 20
/** Ranges that may wait for their sum: what holds back a walk that comes faster than it is summed. */
const mostWaiting = 4

/** A sum under way, which counts once its pages are on disk. */
export type RangeSum = Promise<Uint8Array> | Uint8Array

export class WalkSum {
  readonly #sha256: Sha256
  readonly #threads: PageSums
  readonly #total: DigestSum
  readonly #waiting: Promise<void>[] = []
  #octets = 0
  #lost = false

  constructor(sha256: Sha256, threads: PageSums) {
    this.#sha256 = sha256
    this.#threads = threads
    this.#total = new DigestSum(sha256)
  }

  /** True when a sum could not be worked out: the walk begins anew. */
  get lost(): boolean {
    return this.#lost
  }

  /** Begins to sum a range; `add` makes it count. */
  sum(pages: readonly PageRef[]): RangeSum {
    this.#octets += pages.reduce((octets, { content }) => octets + content.length, 0)
    const contents = pages.map(({ content }) => content)
    if (this.#octets > smallOctets) {
      const sum = this.#threads.sum(contents)
      sum.catch(() => {})
      return sum
    }
    const sum = new DigestSum(this.#sha256)
    for (const content of contents) sum.addPage(content)
    return sum.bytes()
  }

  /** Adds a range's sum; waits where too many are under way. */
  async add(sum: RangeSum): Promise<void> {
    if (sum instanceof Uint8Array) return this.#total.addSum(sum)
    const added = sum.then(
      (value) => this.#total.addSum(value),
      () => void (this.#lost = true),
    )
    this.#waiting.push(added)
    if (this.#waiting.length > mostWaiting) await this.#waiting.shift()
  }

  /** The sum of all ranges that were added; rejects when one was lost. */
  async total(): Promise<Uint8Array> {
    await Promise.all(this.#waiting.splice(0))
    if (this.#lost) throw new Error('the digest of a walk could not be worked out')
    return this.#total.bytes()
  }
}

/** One stream between an edge and a publisher: order is kept, and it may be cut anywhere. */
import type { FollowRequest, FollowResponse } from '../messages.ts'
import type { Coverage } from './coverage.ts'
import type { Random } from './random.ts'

/** Once cut, each side reads what was on its way to it, up to some message, and then sees the end, each in its own time. */
export class Link {
  readonly id: number
  readonly edge: string
  readonly publisher: string
  readonly up: FollowRequest[] = []
  readonly down: FollowResponse[] = []
  cut = false
  edgeEnded = false
  publisherEnded = false
  readonly #coverage: Coverage

  constructor(id: number, edge: string, publisher: string, coverage: Coverage) {
    this.id = id
    this.edge = edge
    this.publisher = publisher
    this.#coverage = coverage
  }

  sendUp(message: FollowRequest): void {
    if (!this.cut) this.up.push(message)
  }

  sendDown(message: FollowResponse): void {
    if (!this.cut) this.down.push(message)
  }

  cutNow(random: Random): void {
    if (this.cut) return
    this.cut = true
    const before = this.up.length + this.down.length
    this.up.length = random.below(this.up.length + 1)
    this.down.length = random.below(this.down.length + 1)
    this.#coverage.count('stream cut')
    if (this.up.length + this.down.length < before) this.#coverage.count('message lost')
  }

  /** Takes the next message; on a harsh link perhaps one that was sent later, as no transport of ours would do. */
  take<Message extends FollowRequest | FollowResponse>(queue: Message[], random: Random, isHarsh: boolean): Message | undefined {
    if (!isHarsh || queue.length < 2) return queue.shift()
    // What says to which log the others belong keeps its place.
    const fixed = queue.findIndex((message) => !mayDouble(message))
    const limit = Math.min(fixed < 0 ? queue.length : fixed, 4)
    const at = random.below(Math.max(limit, 1))
    if (at > 0) this.#coverage.count('message reordered')
    return queue.splice(at, 1)[0]
  }
}

/** Messages that may arrive twice, or in another order: not those whose count the transport vouches for. */
export function mayDouble(message: FollowRequest | FollowResponse): boolean {
  return !['hello', 'want', 'welcome', 'shards', 'resume', 'position'].includes(message.kind)
}

/** One stream between an edge and a publisher: order is kept, and it may be cut anywhere. */
import type { FollowRequest, FollowResponse } from '../messages.ts'
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

  constructor(id: number, edge: string, publisher: string) {
    this.id = id
    this.edge = edge
    this.publisher = publisher
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
    this.up.length = random.below(this.up.length + 1)
    this.down.length = random.below(this.down.length + 1)
  }
}

/** Messages that may arrive twice: not those whose count the transport vouches for. */
export function mayDouble(message: FollowRequest | FollowResponse): boolean {
  return !['hello', 'welcome', 'resume', 'position'].includes(message.kind)
}

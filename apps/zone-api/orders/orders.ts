/** Operators' orders to edges: given to every publisher that watches, and settled by the one that reaches the edge. */
import { unavailable } from '@zonecast/rpc'
import { randomBytes } from 'node:crypto'
import { AsyncQueue, type Clock } from '@zonecast/runtime'
import type { ZoneState } from '@zonecast/zone'

export interface Order {
  readonly order: bigint
  readonly edgeId: string
  readonly zone: string
  readonly shard: number
  readonly state: ZoneState
  readonly placement: string
  readonly force: boolean
}

export interface Outcome {
  readonly outcome: 'done' | 'fine' | 'failed'
  readonly had: ZoneState | undefined
  readonly has: ZoneState | undefined
  readonly detail: string
}

/** An edge that is reached answers within this time, unless its zone is a large one. */
const longestMs = 60_000
/** Orders that a publisher has not read. */
const mostUnread = 64

interface Waiting {
  settle(outcome: Outcome): void
}

/** Known as one and the same to every publisher that passes it on, whichever zone API has given it; never 0. */
function newOrder(): bigint {
  return (randomBytes(8).readBigUInt64BE() >> 1n) | 1n
}

/** An order lives as long as its caller waits: who is told that it did not work gives it again. */
export class Orders {
  readonly #clock: Clock
  readonly #watches = new Set<AsyncQueue<Order>>()
  readonly #waiting = new Map<bigint, Waiting>()

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock
  }

  /** Orders as they are given, until the signal says so. */
  async *watch(signal: AbortSignal): AsyncGenerator<Order, void, undefined> {
    const queue = new AsyncQueue<Order>(mostUnread)
    const end = () => queue.end()
    signal.addEventListener('abort', end)
    this.#watches.add(queue)
    try {
      if (!signal.aborted) yield* queue
    } finally {
      signal.removeEventListener('abort', end)
      this.#watches.delete(queue)
    }
  }

  /** True while a publisher is there to pass orders on. */
  get isWatched(): boolean {
    return this.#watches.size > 0
  }

  /** Resolves with what came of it; rejects with `unavailable` where nobody says so in time. */
  give(order: Omit<Order, 'order'>, signal: AbortSignal): Promise<Outcome> {
    const number = newOrder()
    if (!this.isWatched) throw unavailable(1_000, `no publisher is there to reach the edge ${order.edgeId}`)
    return new Promise((resolve, reject) => {
      const late = () => {
        end()
        reject(unavailable(1_000, `edge ${order.edgeId} has not answered; what it serves is unchanged unless it still does`))
      }
      const timer = this.#clock.schedule(longestMs, late)
      const end = () => {
        timer.cancel()
        signal.removeEventListener('abort', late)
        this.#waiting.delete(number)
      }
      signal.addEventListener('abort', late)
      this.#waiting.set(number, {
        settle: (outcome) => {
          end()
          resolve(outcome)
        },
      })
      for (const queue of this.#watches) void queue.push({ order: number, ...order })
    })
  }

  report(order: bigint, outcome: Outcome): void {
    this.#waiting.get(order)?.settle(outcome)
  }

  close(): void {
    for (const queue of this.#watches) queue.end()
  }
}

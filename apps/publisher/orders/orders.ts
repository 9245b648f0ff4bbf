/** What operators order of edges: read from one address of the zone API, passed on to the edge, and answered there. */
import { ContractError, required, stateFromMessage, stateToMessage } from '@zonecast/contract'
import { OrderOutcome, type WatchOrdersResponse } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ReportOrderRequestSchema } from '@zonecast/contract/generated/zonecast/edge/v1/edge_registry_service_pb'
import { backoff, type Clock, type Logger, pause } from '@zonecast/runtime'
import type { ResetDone } from '@zonecast/sync'
import type { ZoneApiAddress } from '../ingest/zone-api.ts'
import type { EdgeStream } from '../release/edge-stream.ts'

export interface OrderPorts {
  readonly address: Pick<ZoneApiAddress, 'url' | 'registry'>
  readonly publisherId: string
  /** Shards that this publisher sends; orders for others are those of other publishers. */
  readonly shards: readonly number[]
  readonly edgeOf: (edgeId: string) => Pick<EdgeStream, 'reset'> | undefined
  readonly clock: Clock
  readonly log: Logger
  readonly random?: () => number
}

type Answer = MessageInitShape<typeof ReportOrderRequestSchema>

const pauses = { baseMs: 50, maxMs: 5_000 }
/** Answers that are waited for; older ones nobody asks for any more. */
const mostWaiting = 256

const outcomes = { done: OrderOutcome.DONE, fine: OrderOutcome.FINE, failed: OrderOutcome.FAILED } as const

export class Orders {
  readonly #ports: OrderPorts
  readonly #stop = new AbortController()
  /** Orders that edges have still to answer. */
  readonly #waiting = new Set<bigint>()
  #run: Promise<void> | undefined

  constructor(ports: OrderPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#run ??= this.#follow()
  }

  /** An edge has answered; true where the order came from this address. */
  answered({ order, outcome, had, have, detail }: ResetDone): boolean {
    if (!this.#waiting.delete(order)) return false
    const states = { ...(had && { had: stateToMessage(had) }), ...(have && { has: stateToMessage(have) }) }
    void this.#report({ order, outcome: outcomes[outcome], ...states, detail: detail.slice(0, 1_000) })
    return true
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#run
  }

  async #follow(): Promise<void> {
    const { address, publisherId, clock, log, random } = this.#ports
    const { signal } = this.#stop
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        for await (const order of address.registry.watchOrders({ publisherId }, { signal })) {
          attempt = 0
          if (order.order !== 0n) this.#pass(order)
        }
      } catch (error) {
        log.debug({ err: error, url: address.url }, 'orders cannot be read at the moment')
      }
      if (signal.aborted) return
      await pause(clock, backoff(attempt, pauses, random), signal)
    }
  }

  #pass({ order, edgeId, zone, shard, state, placement, force }: WatchOrdersResponse): void {
    const { shards, edgeOf, log } = this.#ports
    const edge = shards.includes(shard) ? edgeOf(edgeId) : undefined
    if (edge === undefined) return
    try {
      const target = stateFromMessage(required(state, 'WatchOrdersResponse.state'))
      if (edge.reset({ order, zone, shard, state: target, placement, force })) this.#await(order)
      else void this.#report({ order, outcome: OrderOutcome.FAILED, detail: 'the edge runs a version that knows no reset' })
    } catch (error) {
      if (!(error instanceof ContractError)) throw error
      log.error({ err: error, zone }, 'an order cannot be read')
    }
  }

  #await(order: bigint): void {
    this.#waiting.add(order)
    if (this.#waiting.size > mostWaiting) this.#waiting.delete(this.#waiting.values().next().value as bigint)
  }

  async #report(answer: Answer): Promise<void> {
    const { address, log } = this.#ports
    try {
      await address.registry.reportOrder(answer, { signal: this.#stop.signal })
    } catch (error) {
      log.warn({ err: error, url: address.url }, 'the outcome of an order could not be told')
    }
  }
}

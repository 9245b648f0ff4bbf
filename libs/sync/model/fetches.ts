/** The fetches of an edge: each in pieces, from whichever publisher, cut and gone on with. */
import { compareStates, type Head } from '@zonecast/zone'
import type { ReceiverEffect, ReceiverEvent } from '../receiver-types.ts'
import type { Coverage } from './coverage.ts'
import type { Random } from './random.ts'

type FetchOrder = Extract<ReceiverEffect, { kind: 'fetch' }>

/** What some publisher has of a zone; undefined where it cannot be had there. */
export type FetchSource = (zone: string) => Pick<Head, 'state' | 'placement'> | undefined

interface Running {
  readonly order: FetchOrder
  pieces: number
  /** What all pieces so far are at. */
  found: ReturnType<FetchSource>
  failures: number
}

export interface FetchPorts {
  readonly random: Random
  readonly coverage: Coverage
  readonly source: FetchSource
}

const failuresToGiveUp = 3

export class Fetches {
  readonly #ports: FetchPorts
  #running: Running[] = []

  constructor(ports: FetchPorts) {
    this.#ports = ports
  }

  get size(): number {
    return this.#running.length
  }

  add(order: FetchOrder): void {
    this.#running.push({ order, pieces: 1 + this.#ports.random.below(4), found: undefined, failures: 0 })
  }

  clear(): void {
    this.#running = []
  }

  /** One piece of one fetch arrives, or does not. */
  step(isCalm: boolean): ReceiverEvent | undefined {
    const { random, coverage } = this.#ports
    if (this.#running.length === 0) return undefined
    const running = random.pick(this.#running)
    const found = !isCalm && random.chance(0.1) ? undefined : this.#piece(running)
    if (found === undefined) {
      coverage.count('fetch cut')
      return ++running.failures < failuresToGiveUp ? undefined : this.#end(running, undefined)
    }
    if (running.found !== undefined && compareStates(running.found.state, found.state) !== 0) coverage.count('fetch moved on')
    running.found = found
    if (--running.pieces > 0) return undefined
    return this.#end(running, found)
  }

  /** A publisher that is behind what is there already is of no use. */
  #piece({ order, found: before }: Running): ReturnType<FetchSource> {
    const found = this.#ports.source(order.zone)
    if (found === undefined || found.state.deleted || compareStates(found.state, order.target) < 0) return undefined
    return before !== undefined && compareStates(found.state, before.state) < 0 ? undefined : found
  }

  #end(running: Running, found: ReturnType<FetchSource>): ReceiverEvent {
    this.#running = this.#running.filter((other) => other !== running)
    const { job } = running.order
    if (found === undefined) return { kind: 'fetchFailed', job, detail: 'cut' }
    this.#ports.coverage.count('fetch in pieces')
    const { state, placement } = found
    return { kind: 'fetched', job, state, placement }
  }
}

/** Counts of answers, in memory that all threads of the program see. */
import { RCODE } from '@zonecast/dns'
import type { Transport, Verdict } from '@zonecast/dns-net'
import type { Metrics } from '@zonecast/runtime'

/** RCODEs in use end at 23. */
const rcodes = 32
const transports: readonly Transport[] = ['udp', 'tcp']
const actions = ['drop', 'slip', 'leak'] as const
const counters = transports.length * rcodes + actions.length

/** What one thread counts. Nobody else writes it, so that counting is an addition and no more. */
export class AnswerCounts {
  readonly memory: SharedArrayBuffer
  readonly #counts: Float64Array

  constructor(memory = new SharedArrayBuffer(8 * counters)) {
    this.memory = memory
    this.#counts = new Float64Array(memory)
  }

  answered(rcode: number, transport: Transport): void {
    this.#counts[(transport === 'udp' ? 0 : rcodes) + (rcode & (rcodes - 1))]! += 1
  }

  limited(action: Exclude<Verdict, 'send'>): void {
    this.#counts[transports.length * rcodes + actions.indexOf(action)]! += 1
  }

  answers(transport: Transport, rcode: number): number {
    return this.#counts[transports.indexOf(transport) * rcodes + rcode]!
  }

  limits(action: (typeof actions)[number]): number {
    return this.#counts[transports.length * rcodes + actions.indexOf(action)]!
  }
}

/** Shows the sums of all threads as metrics, and gives the number of queries answered. */
export function describeCounts(metrics: Metrics, threads: readonly AnswerCounts[]): () => number {
  const names = new Map<number, string>(Object.entries(RCODE).map(([name, value]) => [value, name]))
  const sum = (of: (counts: AnswerCounts) => number) => threads.reduce((total, counts) => total + of(counts), 0)
  const all = transports.flatMap((transport) => Array.from({ length: rcodes }, (_, rcode) => ({ transport, rcode })))
  metrics.counter({
    name: 'zonecast_dns_queries_total',
    help: 'DNS queries answered.',
    labels: ['rcode', 'transport'] as const,
    collect: (counter) => {
      counter.reset()
      for (const { transport, rcode } of all) {
        const count = sum((counts) => counts.answers(transport, rcode))
        if (count > 0) counter.inc({ rcode: names.get(rcode) ?? String(rcode), transport }, count)
      }
    },
  })
  metrics.counter({
    name: 'zonecast_dns_limited_total',
    help: 'DNS responses over the rate limit: dropped, truncated (slip) or sent all the same (leak).',
    labels: ['action'] as const,
    collect: (counter) => {
      counter.reset()
      for (const action of actions)
        counter.inc(
          { action },
          sum((counts) => counts.limits(action)),
        )
    },
  })
  return () => all.reduce((total, { transport, rcode }) => total + sum((counts) => counts.answers(transport, rcode)), 0)
}

/** What a program counts of the calls it makes to others. */
import type { Metrics } from '@zonecast/runtime'
import type { MemberState } from './member.ts'

/** A client that is counted: its server, and what its addresses are at. */
export interface Counted {
  /** The host and port of its URL: as many as the program is configured with. */
  readonly server: string
  readonly states: () => readonly MemberState[]
}

export interface ClientMetrics {
  /** Counts from here on; the second function ends it. */
  count(client: Counted): { readonly tell: (what: 'attempt' | 'retry' | 'throttled') => void; readonly forget: () => void }
}

const memberStates: readonly MemberState[] = ['idle', 'connecting', 'connected', 'doubtful', 'down']
const known = new WeakMap<Metrics, ClientMetrics>()

/** One for all clients of a program. */
export function clientMetrics(metrics: Metrics): ClientMetrics {
  const found = known.get(metrics) ?? createClientMetrics(metrics)
  known.set(metrics, found)
  return found
}

function createClientMetrics(metrics: Metrics): ClientMetrics {
  const clients = new Set<Counted>()
  const attempts = metrics.counter({
    name: 'zonecast_client_attempts_count',
    help: 'Calls to other programs as they were sent or tried: first attempts and retries, and retries that the budget did not allow.',
    labels: ['server', 'kind'],
  })
  metrics.gauge({
    name: 'zonecast_client_members_count',
    help: 'Addresses behind the names of other programs, by what the connection to them is at.',
    labels: ['server', 'state'],
    collect: (gauge) => {
      gauge.reset()
      for (const { server, states } of clients) {
        const now = states()
        for (const state of memberStates) gauge.inc({ server, state }, now.filter((one) => one === state).length)
      }
    },
  })
  const kinds = { attempt: 'first', retry: 'retry', throttled: 'throttled' } as const
  return {
    count(client) {
      clients.add(client)
      return {
        tell: (what) => attempts.inc({ server: client.server, kind: kinds[what] }),
        forget: () => void clients.delete(client),
      }
    },
  }
}

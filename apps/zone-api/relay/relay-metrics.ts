/** What a relay counts. */
import type { Metrics } from '@zonecast/runtime'

export type RelayMetrics = ReturnType<typeof relayMetrics>

export function relayMetrics(metrics: Metrics) {
  return {
    events: metrics.counter({ name: 'zonecast_relay_events_total', help: 'Events put into the event log.' }),
    failures: metrics.counter({
      name: 'zonecast_relay_failures_total',
      help: 'Times that the event log could not be reached or written.',
    }),
    publishSeconds: metrics.histogram({
      name: 'zonecast_relay_publish_seconds',
      help: 'Time that the event log took to take a batch of events.',
    }),
  }
}

export function registerRelayGauges(metrics: Metrics, relay: { readonly connected: boolean; readonly behind: number }): void {
  metrics.gauge({
    name: 'zonecast_relay_connected',
    help: '1 while the event log takes what is committed.',
    collect: (gauge) => gauge.set(relay.connected ? 1 : 0),
  })
  metrics.gauge({
    name: 'zonecast_relay_behind_positions',
    help: 'Positions that are committed and not in the event log yet.',
    collect: (gauge) => gauge.set(relay.behind),
  })
}
